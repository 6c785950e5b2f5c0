"""A stranger reads: the place, a meeting, a theme, a municipality, the projects, the rules."""

import time

from tests.browser.conftest import Reader, on_the_phone


def test_a_newcomer_understands_the_place(reader: Reader) -> None:
    """J-P1: next meeting, latest answers, one search box, three doors; in well under 20 seconds."""
    begun = time.monotonic()
    reader.open("/")
    for words in ("Næste møde", "Seneste svar", "Leverandør", "Kommune", "KL/KOMBIT"):
        assert words in reader.text
    assert reader.page.locator("main input[type=search]").count() == 1
    assert time.monotonic() - begun < 20


def test_the_archives_tenth_meeting_is_read_with_what_is_uncertain_in_words(reader: Reader) -> None:
    reader.open("/moeder?aar=2020")
    reader.press("Virtuelt Dialogforum", "link", exact=False)
    text = reader.text
    for words in (
        "28. oktober 2020",
        "årstal udledt",
        "Ældre end 12 måneder",
        "Klar retning",
        "Claus Rydkjær",
    ):
        assert words in text
    assert reader.page.locator('main a[href^="https://www.kl.dk/"]').count() > 0
    reader.press("Program", "link", exact=False)
    assert "Forvaltningsdirektør, KOMBIT" in reader.text
    reader.press("Indspil", "link", exact=False)
    assert "Målbilleder" in reader.text
    reader.press("Det sagde I", "link", exact=False)
    assert "Åben opfordring" in reader.text


@on_the_phone
def test_what_was_not_given_is_said(reader: Reader) -> None:
    reader.open("/moeder/1")
    assert "ca. 50 deltagere" in reader.text
    assert "ikke gengivet" in reader.text


@on_the_phone
def test_a_wrong_slug_leads_to_the_meeting(reader: Reader) -> None:
    reader.open("/moeder/10-noget-helt-andet")
    assert reader.page.url.endswith("/moeder/10")


@on_the_phone
def test_a_theme_shows_everything_under_it(reader: Reader) -> None:
    reader.open("/temaer")
    reader.press("Kommunernes Digitaliseringsprogram 2021-2025", "link")
    reader.press("Kommunernes digitale fundamenter", "link", exact=False)
    assert "infrastruktur" in reader.text.lower()


@on_the_phone
def test_a_municipality_is_found_with_its_projects(reader: Reader) -> None:
    reader.open("/kommuner")
    reader.press("Norddjurs", "link")
    assert "Intelligent fordeling og journalisering af mails" in reader.text


@on_the_phone
def test_projects_are_narrowed_by_round(reader: Reader) -> None:
    reader.open("/projekter?runde=2020")
    assert "DESERT" in reader.text
    assert "FleetOptimiser" not in reader.page.locator("main").inner_text().split("I familie med")[0]


def test_the_rules_open_and_say_who_to_phone(reader: Reader) -> None:
    """J-P5: four links in the footer, each with a telephone number, in under 30 seconds."""
    begun = time.monotonic()
    for name in ("Tilgængelighedserklæring", "Privatliv", "Ligebehandling", "Åbne data"):
        reader.open("/")
        reader.page.locator("footer").get_by_role("link", name=name).click()
        reader.page.wait_for_load_state()
        reader.look()
        assert reader.page.locator('main a[href^="tel:"]').count() > 0
    assert time.monotonic() - begun < 30


@on_the_phone
def test_the_other_languages_are_whole_pages(reader: Reader) -> None:
    for language, words in (("en", "Next meeting"), ("sv", "Nästa möte")):
        reader.open(f"/{language}/")
        assert reader.page.locator("html").get_attribute("lang") == language
        assert words in reader.text

"""The front page: what comes next, what was answered last, a way in for each kind of people."""

from tests.site import Site


def test_the_front_page_says_what_it_is_for_and_what_has_happened(archive_site: Site) -> None:
    page = archive_site.new_browser().get("/").text
    for words in (
        "Næste møde",
        "Seneste svar",
        "Seneste møde",
        "Leverandør",
        "Kommune",
        "KL/KOMBIT",
        'name="q"',
    ):
        assert words in page
    assert 'href="/moeder/eksempel-proev-lokalet"' in page


def test_an_empty_site_says_so_and_does_not_break(site: Site) -> None:
    page = site.browser().get("/").text
    assert "Det næste møde er ikke annonceret endnu." in page
    assert "Der er ikke offentliggjort svar endnu." in page


def test_the_front_page_asks_the_database_three_times(archive_site: Site) -> None:
    assert archive_site.count_statements(archive_site.new_browser(), "/") == 3

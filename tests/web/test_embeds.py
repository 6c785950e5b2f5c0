"""What of us stands in other people's pages: frames, what a shared link looks like, and oEmbed."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from urllib.parse import quote

import pytest
from PIL import Image
from sqlalchemy import update

from app.core.clock import moved_to
from app.core.documents.share_picture import SharePicture, draw_share_picture
from app.domain.contributions.models import Contribution
from app.web.sharing import SECTIONS, Share, share_of
from tests.decks import add_read_deck
from tests.promised import add_commitment, add_proposal
from tests.said import add_meeting_row, add_theme_rows, put_said
from tests.site import Site

NOON = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)
HOSTILE = '"><script>alert(1)</script>'
FRAMES = ("/indlejr/naeste-moede", "/indlejr/oensker", "/indlejr/forpligtelser", "/indlejr/oensker/OE-0001")


@pytest.fixture(autouse=True)
def in_november() -> Iterator[None]:
    with moved_to(NOON):
        yield


def say(site: Site, key: str = "a", **given: object) -> str:
    with site.unit() as session:
        return put_said(session, key, **given).reference


def promise(site: Site, **given: object) -> str:
    with site.unit() as session:
        return add_commitment(session, site.people.staff, **given).reference


def without_key(page: str) -> str:
    """A page of somebody signed in, without the key of its form."""
    return re.sub(r'name="key" value="[^"]*"', "", page)


def oembed(address: str) -> str:
    return "/oembed?url=" + quote("http://testserver" + address, safe="")


def test_frames_alone_may_stand_in_other_sites_and_set_no_cookie(site: Site) -> None:
    assert say(site) == "OE-0001"
    for path in (*FRAMES, "/indlejr/oensker/OE-0009"):
        # The second time it was kept.
        for answer in (site.browser().get(path), site.browser().get(path), site.browser("staff").get(path)):
            policy = answer.headers["content-security-policy"]
            assert ("frame-ancestors *" in policy, "form-action 'none'" in policy) == (True, True), path
            assert "x-frame-options" not in answer.headers
            assert "set-cookie" not in answer.headers
    for path in ("/", "/indlejr", "/oensker/OE-0001", "/oembed", "/indlejr/hoejde.js"):
        headers = site.browser().get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["x-frame-options"] == "DENY", path


def test_a_frame_says_the_same_to_whoever_is_signed_in(site: Site) -> None:
    say(site)
    say(site, "b", title="Kun for os", visibility="staff")
    for path in FRAMES:
        assert site.browser("staff").get(path).text == site.browser().get(path).text, path


def test_what_is_not_for_everybody_is_told_as_what_is_not_there(site: Site) -> None:
    kinds = ("participants", "municipalities", "staff", "own")
    hidden = [say(site, one, title="Hemmeligt", visibility=one) for one in kinds]
    for form in ("/indlejr{}", "/delebillede{}.png", "/oembed?url=http://testserver{}"):
        for who in ("stranger", "staff"):
            missing = site.browser(who).get(form.format("/oensker/OE-9999"))
            for reference in hidden:
                there = site.browser(who).get(form.format(f"/oensker/{reference}"))
                assert without_key(there.text).replace(reference, "OE-9999") == without_key(missing.text)
                assert there.status_code == missing.status_code == 404
    assert "Hemmeligt" not in site.browser("staff").get("/indlejr/oensker").text


def test_what_is_hidden_is_gone_from_frame_picture_and_oembed_with_the_next_request(site: Site) -> None:
    path = f"/oensker/{say(site, title='Først åben')}"
    addresses = (f"/indlejr{path}", f"/delebillede{path}.png", oembed(path))
    for address in addresses:
        assert site.browser().get(address).status_code == 200
        assert site.browser().get(address).status_code == 200
    with site.unit() as session:
        session.execute(update(Contribution).values(hidden_at=NOON))
    for address in addresses:
        assert site.browser().get(address).status_code == 404
    assert "Først åben" not in site.browser().get("/indlejr/oensker").text


def test_a_proposal_that_waits_is_in_no_chart_and_has_no_frame(site: Site) -> None:
    promise(site, title="Lovet")
    with site.unit() as session:
        proposed = add_proposal(session, site.people.staff, title="Foreslået").reference
    page = site.browser("staff").get("/indlejr/forpligtelser").text
    assert re.findall(r'<td class="number">(.*?)</td>', page) == ["1", "100 %"]
    assert site.browser("staff").get(f"/indlejr/forpligtelser/{proposed}").status_code == 404


def test_frames_pictures_and_oembed_are_kept_while_nothing_is_written(site: Site) -> None:
    wish = f"/oensker/{say(site)}"
    for path in (*FRAMES, f"/delebillede{wish}.png", "/delebillede/moeder.png", oembed(wish)):
        accept = {"Accept": "application/json"} if path.startswith("/oembed") else {}
        first = site.browser().get(path, headers=accept)
        site.statements.clear()
        again = site.browser().get(path, headers=accept)
        assert (again.content, site.statements) == (first.content, []), path


def test_oembed_answers_as_the_standard_says(site: Site) -> None:
    path = f"/oensker/{say(site, title='Klar & tydelig')}"
    answer = site.browser().get(oembed(path + "?utm_source=x") + "&format=json&maxwidth=400")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == {
        "version": "1.0",
        "type": "rich",
        "title": "Ønske OE-0001: Klar & tydelig",
        "provider_name": "Dialogforum",
        "provider_url": "http://testserver/",
        "cache_age": 300,
        "width": 400,
        "height": 260,
        "html": '<iframe src="http://testserver/indlejr/oensker/OE-0001" '
        'title="Ønske OE-0001: Klar &amp; tydelig" width="400" height="260" loading="lazy" '
        'style="border:0;max-width:100%"></iframe>',
    }
    whole = site.browser().get(oembed(f"/en{path}")).json()
    assert whole["html"].startswith('<iframe src="http://testserver/en/indlejr/oensker/OE-0001"')
    assert whole["title"].startswith("Wish OE-0001") or whole["title"].startswith("Ønske OE-0001")
    assert whole["thumbnail_url"] == "http://testserver/en/delebillede/oensker/OE-0001.png"
    assert (whole["thumbnail_width"], whole["thumbnail_height"]) == (1200, 630)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 404),
        ("url=http://elsewhere.example/oensker/OE-0001", 404),
        ("url=http://testserver.elsewhere.example/oensker/OE-0001", 404),
        ("url=http://testserver@elsewhere.example/oensker/OE-0001", 404),
        ("url=//testserver/oensker/OE-0001", 404),
        ("url=javascript:alert(1)", 404),
        ("url=http://[", 404),
        ("url=http://testserver/oensker", 404),
        ("url=http://testserver/oplaeg/999999999999999999/side/1", 404),
        ("url=http://testserver/oensker/OE-0001&format=xml", 501),
        ("url=http://testserver/oensker/OE-0001&maxwidth=x&maxheight=-1", 200),
    ],
)
def test_oembed_knows_our_own_addresses_alone(site: Site, query: str, status: int) -> None:
    say(site)
    assert site.browser().get(f"/oembed?{query}").status_code == status


def test_english_words_are_told_as_english_and_danish_ones_as_danish(site: Site) -> None:
    spoken = {"title": "Klar retning", "body": "Sig, hvor I vil hen."}
    wish = say(site, **spoken, body_en="Say where you want to go.")
    plain = say(site, "b", **spoken)
    titled = promise(site, title_en="Common targets")
    both = promise(site, title_en="Common targets", text_en="We describe targets.")
    with site.unit() as session:
        meeting = add_meeting_row(session)
        meeting.title_en, meeting.introduction, meeting.topics_en = "Meeting 10", "Om retning.", ["Direction"]
    paths = {
        f"/oensker/{wish}": ("da", None),
        f"/oensker/{plain}": ("da", "da"),
        f"/forpligtelser/{titled}": (None, "da"),
        f"/forpligtelser/{both}": (None, None),
        "/moeder/10": (None, "da"),
    }
    told = {}
    for path in paths:
        page = site.browser().get(f"/en/indlejr{path}").text
        found = re.search(
            r'<h1><a [^>]*?(?: lang="(\w+)" hreflang="\w+")?>.*?</h1>\n<p(?: lang="(\w+)")?>', page
        )
        told[path] = found.groups() if found else page
    assert told == paths


def test_hostile_words_stay_words_wherever_a_link_is_shown(site: Site) -> None:
    path = f"/oensker/{say(site, title=HOSTILE, body=HOSTILE)}"
    for shown in (f"/indlejr{path}", path, f"/indlejr?hvad=en&adresse={path}"):
        assert HOSTILE not in site.browser().get(shown).text
    code = site.browser().get(oembed(path)).json()["html"]
    assert (code.count("<"), unescape(code).count(HOSTILE)) == (2, 1)
    assert site.browser().get(f"/delebillede{path}.png").status_code == 200


def test_a_page_tells_what_a_link_to_it_looks_like(site: Site) -> None:
    path = f"/oensker/{say(site, title='Klar »retning«', body='Sig, hvor I vil hen.')}"
    page = site.browser().get(f"{path}?utm_source=brev&kvittering=x").text
    told = dict(re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)">', page))
    assert told == {
        "og:type": "website",
        "og:site_name": "Dialogforum",
        "og:title": "OE-0001 Klar »retning«",
        "og:description": "Sig, hvor I vil hen.",
        "og:url": "http://testserver/oensker/OE-0001",
        "og:locale": "da_DK",
        "og:image": "http://testserver/delebillede/oensker/OE-0001.png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "OE-0001 Klar »retning« – Dialogforum",
        "twitter:card": "summary_large_image",
    }
    assert '<link rel="canonical" href="http://testserver/oensker/OE-0001">' in page
    english = site.browser().get(f"/en{path}?utm_source=brev").text
    assert '<link rel="canonical" href="http://testserver/en/oensker/OE-0001">' in english
    assert 'hreflang="sv" href="http://testserver/sv/oensker/OE-0001"' in english
    address = re.search(r'type="application/json\+oembed" title="[^"]*" href="([^"]+)"', english)
    assert address is not None
    found = site.browser().get(unescape(address[1]).removeprefix("http://testserver"))
    assert found.json()["thumbnail_url"] == "http://testserver/en/delebillede/oensker/OE-0001.png"
    for nothing in (site.browser("staff").get(path).text, site.browser().get("/oensker/OE-9999").text):
        assert "og:" not in nothing


def test_an_address_is_told_without_what_a_link_was_decorated_with() -> None:
    assert share_of("da", "/moeder?aar=2020&fbclid=x&q=&side=1") == Share(
        "/moeder?aar=2020", "/delebillede/moeder.png", "Møder", None
    )
    assert share_of("da", "/moeder/10/program?x=1") == Share(
        "/moeder/10/program?x=1", "/delebillede/moeder/10.png", "", None
    )
    assert share_of("da", "/oplaeg/3/side/2?citat=data") == Share(
        "/oplaeg/3/side/2", "/delebillede/oplaeg/3/side/2.png", "", "/oplaeg/3/side/2"
    )
    assert share_of("da", "//elsewhere.example/x").path == "/elsewhere.example/x"
    assert share_of("da", "/temaer/a b/<x>").path == "/temaer/a%20b/%3Cx%3E"


def test_every_open_page_of_the_archive_has_a_picture_that_is_there(archive_site: Site) -> None:
    browser, seen = archive_site.new_browser(), set()
    paths = ("/", "/moeder/10", "/oplaeg/3", "/oplaeg/3/side/3", "/forpligtelser/F-0001", "/behov/BE-0001")
    for path in (*paths, "/ideer/ID-0001", "/indspil/IN-0008", "/temaer/kobling", "/was", "/behov/runder"):
        found = re.search(r'property="og:image" content="http://testserver([^"]+)"', browser.get(path).text)
        assert found is not None, path
        answer = browser.get(found[1])
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png"), path
        seen.add(answer.content)
    # The three pages of no thing and no section share one.
    assert len(seen) == 10


def test_the_sections_are_those_of_addresses_that_are_there(site: Site) -> None:
    for section in SECTIONS:
        if section not in ("moederaekker", "indspil", "svar"):
            assert site.browser().get(f"/{section}").status_code == 200, section


def test_wishes_in_a_frame_are_narrowed_as_the_list_and_bounded(site: Site) -> None:
    with site.unit() as session:
        klima, _skole = add_theme_rows(session, "Klima", "Skole")
        theme = klima.id
    for n in range(12):
        say(site, f"k{n}", title=f"Klima {n}", theme_ids=[theme])
    say(site, "o", title="Noget andet")
    page = site.browser().get("/indlejr/oensker?tema=strategi-2026/klima&antal=99").text
    assert (page.count("<li>"), "Noget andet" in page) == (10, False)
    assert 'href="http://testserver/oensker?tema=strategi-2026%2Fklima" target="_top"' in page
    assert site.browser().get("/indlejr/oensker?antal=x").text.count("<li>") == 5
    assert site.count_statements(site.browser(), "/indlejr/oensker") <= 6


def test_the_guide_gives_the_line_of_what_was_chosen(site: Site) -> None:
    with site.unit() as session:
        add_meeting_row(session)
    chosen = site.browser().get("/indlejr?hvad=en&adresse=http://testserver/moeder/10&sprog=sv")
    assert "frame-src 'self'" in chosen.headers["content-security-policy"]
    assert '<iframe class="embed-preview" src="/sv/indlejr/moeder/10"' in chosen.text
    assert "&lt;iframe src=&#34;http://testserver/sv/indlejr/moeder/10&#34;" in chosen.text
    wrong = site.browser().get("/indlejr?hvad=en&adresse=/oensker/OE-9999").text
    assert "Der er intet på den adresse, som alle må læse." in wrong
    assert ('value="/oensker/OE-9999"' in wrong, "<iframe" in wrong) == (True, False)


def test_a_client_has_so_many_pictures_drawn_an_hour_and_what_is_drawn_is_given_all_the_same(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.sharing.DRAWN_AN_HOUR", 2)
    paths = [f"/delebillede/oensker/{say(site, key, title=f'Tegnet {key}')}.png" for key in "abc"]
    asked = [*paths, *paths]
    assert [site.browser().get(path).status_code for path in asked] == [200, 200, 429, 200, 200, 429]
    # Somebody else has as many; and what was drawn for them is there for all.
    assert [site.browser("staff").get(path).status_code for path in asked[2:4]] == [200, 200]
    assert site.browser().get(paths[2]).status_code == 200


def test_a_picture_holds_whatever_the_words_are() -> None:
    for title in ("", "x" * 2000, "Ord " * 400, "\u202eميم 漢字 🎉", "Æ ø å – é"):
        made = draw_share_picture(SharePicture("Navn", "Ønske", title, ("a" * 500, ""), "b" * 500))
        with Image.open(io.BytesIO(made)) as image:
            assert (image.format, image.size) == ("PNG", (1200, 630))
        assert len(made) < 60_000


def test_a_picture_has_the_logo_of_the_house_where_it_has_one() -> None:
    held = io.BytesIO()
    Image.new("RGBA", (200, 96), (255, 0, 255, 255)).save(held, "PNG")
    words = ("Navn", "", "Titel", (), "")
    with Image.open(io.BytesIO(draw_share_picture(SharePicture(*words, logo=held.getvalue())))) as image:
        red, green, blue = image.convert("RGB").getpixel((150, 94))
    assert (red > 200, green < 60, blue > 200) == (True, True, True)


def test_what_is_told_in_place_of_a_title_is_not_marked_with_the_language_of_the_deck(site: Site) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session)
        pages = [("A title", "A title"), ("", "")]
        decks = [add_read_deck(session, meeting, pages, title=title, language="en") for title in ("Ours", "")]
        named, unnamed = (deck.id for deck in decks)
    paths = (
        f"/oplaeg/{named}", f"/oplaeg/{named}/side/1", f"/oplaeg/{named}/side/2",
        f"/oplaeg/{unnamed}",
    )  # fmt: skip
    frames = [site.browser().get(f"/indlejr{path}").text for path in paths]
    assert [re.findall(r"<h1><a [^>]*_top\"([^>]*)>(.*?)</a></h1>", frame) for frame in frames] == [
        [(' lang="en" hreflang="en"', "Ours")],
        [(' lang="en" hreflang="en"', "A title")],
        [("", "Side 2")],
        [("", "Oplæg uden gengivet titel")],
    ]

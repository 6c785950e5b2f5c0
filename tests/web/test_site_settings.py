"""What admins set without a new version: it is seen at once, told of, and can be taken back."""

import io
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select, text

from app.core.audit import AuditEntry
from app.core.chosen import chosen, go_back_to_standard
from app.core.mail import Mail
from app.core.policy import NotFound
from app.domain.site.models import SiteEdition
from app.domain.site.service import set_part
from app.domain.site.taking_up import Watch
from app.http.mail_words import list_mail_names, list_sentences, preview
from app.main import make_renderer, make_site
from app.notices.post import Post, Receiver
from app.privacy.periods import BOUNDS, periods_in_force, put_in_force, standard_periods
from app.settings import Settings
from app.web.site_mails import _name_of
from tests.in_years import add_two_years
from tests.node.html_validate import find_html_errors
from tests.said import add_meeting_row, add_wish
from tests.site import Site

NAMES = {
    "site_name": "Forum for digital dialog",
    "contact_name": "Sekretariatet",
    "contact_mail": "dialog@forbundet.example",
    "contact_phone": "12 34 56 78",
    "data_responsible": "Forbundet",
}


@pytest.fixture(autouse=True)
def standard() -> Iterator[None]:
    go_back_to_standard()
    yield
    go_back_to_standard()


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    held = io.BytesIO()
    Image.new("RGBA", (width, height), (20, 90, 100, 128)).save(held, kind)
    return held.getvalue()


def editions(site: Site) -> list[tuple[str, str, int, dict[str, Any], int | None]]:
    one = SiteEdition
    with site.unit() as session:
        rows = session.execute(
            select(one.part, one.key, one.number, one.values, one.back_to).order_by(one.id)
        )
        return [tuple(row) for row in rows]


def words_on(site: Site, path: str) -> str:
    return str(site.browser("stranger").get(path).text)


PATHS = (
    "/indstillinger",
    "/indstillinger/navn",
    "/indstillinger/logo",
    "/indstillinger/tekster/forside",
    "/indstillinger/tekster/privatliv",
    "/indstillinger/ord/bidrag",
    "/indstillinger/mails",
    "/indstillinger/mails/answers?sprog=en",
    "/indstillinger/opbevaring",
)


def test_only_admins_come_in_and_every_page_is_valid(site: Site) -> None:
    for path in PATHS:
        answers = {name: site.browser(name).get(path).status_code for name in site.people.all()}
        assert answers == dict.fromkeys(answers, 403) | {"stranger": 303, "admin": 200}, path
    pages = {path: site.browser("admin").get(path).text for path in PATHS}
    assert find_html_errors(pages) == []


def test_a_new_name_stands_on_all_pages_and_in_mails_at_once(site: Site) -> None:
    answer = site.browser("admin").post("/indstillinger/navn", NAMES | {"version": "0"})
    assert answer.headers["location"] == "/indstillinger/navn?kvittering=site_set"
    front = words_on(site, "/")
    assert "Forum for digital dialog" in front
    assert "dialog@forbundet.example" in front
    assert "kontakt@eksempelforeningen.example" not in front
    assert "Contact: mailto:dialog@forbundet.example" in words_on(site, "/.well-known/security.txt")
    with site.unit() as session:
        post = Post(session, make_renderer(), make_site(Settings()))
        assert post.write(
            Receiver("a@b.example", "Anne", "da"), "code", code="1", purpose="sign_in"
        ).subject == ("Din kode til Forum for digital dialog")
    with site.unit() as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.thing == "site_edition")).one()
        assert (told.verb, told.user_id) == ("set_site", site.people.admin.user_id)
        assert told.after == {"part": "names", "number": 1, "values": NAMES}


def test_what_two_admins_change_at_once_is_not_lost(site: Site) -> None:
    admin = site.browser("admin")
    admin.post("/indstillinger/navn", NAMES | {"version": "0"})
    late = admin.post("/indstillinger/navn", NAMES | {"site_name": "Et tredje navn", "version": "0"})
    assert late.status_code == 409
    assert 'value="Et tredje navn"' in late.text
    assert 'name="version" value="1"' in late.text
    assert "Forum for digital dialog" in words_on(site, "/")
    assert len(editions(site)) == 1


def test_a_wrong_address_is_refused_with_what_was_typed(site: Site) -> None:
    wrong = site.browser("admin").post(
        "/indstillinger/navn", NAMES | {"contact_mail": "ikke en", "version": "0"}
    )
    assert wrong.status_code == 422
    assert 'value="ikke en"' in wrong.text
    assert "Skriv en mailadresse" in wrong.text
    assert editions(site) == []


def test_a_text_is_escaped_falls_back_by_language_and_is_taken_back(site: Site) -> None:
    admin = site.browser("admin")
    lead = "Vi mødes <b>to gange</b> om året."
    admin.post("/indstillinger/tekster/forside", {"front_lead__da": lead, "version": "0"})
    assert "Vi mødes &lt;b&gt;to gange&lt;/b&gt; om året." in words_on(site, "/")
    english = words_on(site, "/en")
    assert "Vi mødes" not in english
    assert editions(site) == [("texts", "forside", 1, {"front_lead.da": lead}, None)]
    admin.post("/indstillinger/tekster/forside", {"front_lead__da": "Kort.", "version": "1"})
    back = {"part": "texts", "of": "forside", "version": "2"}
    answer = admin.post("/indstillinger/tilbage", back | {"number": "1"})
    assert answer.headers["location"] == "/indstillinger/tekster/forside?kvittering=site_back"
    assert "to gange" in words_on(site, "/")
    admin.post("/indstillinger/tilbage", back | {"number": "0", "version": "3"})
    assert "mødes et par gange om året" in words_on(site, "/")
    assert [(one[2], one[3], one[4]) for one in editions(site)][2:] == [
        (3, {"front_lead.da": lead}, 1),
        (4, {}, 0),
    ]
    assert (
        admin.post("/indstillinger/tilbage", back | {"part": "periods", "of": "", "number": "0"}).status_code
        == 404
    )
    assert admin.post("/indstillinger/tilbage", back | {"number": "99", "version": "4"}).status_code == 404


def test_a_text_without_a_standard_is_read_in_danish_where_it_must(site: Site) -> None:
    words = "Vores rådgiver hedder Bo.\n\nRing kl. 9-12."
    site.browser("admin").post(
        "/indstillinger/tekster/privatliv", {"privacy_contact__da": words, "version": "0"}
    )
    assert "<p>Vores rådgiver hedder Bo.</p>\n<p>Ring kl. 9-12.</p>" in words_on(site, "/privatliv")
    assert '<p lang="da">Vores rådgiver hedder Bo.</p>' in words_on(site, "/en/privatliv")


def test_a_status_is_called_what_admins_call_it_and_no_two_the_same(site: Site) -> None:
    admin = site.browser("admin")
    twins = admin.post("/indstillinger/ord/moeder", {"closed__da": "åben for Tilmelding", "version": "0"})
    assert twins.status_code == 422
    assert twins.text.count("bruges allerede om en anden status") == 2
    swapped = {"announced__da": "Kladde", "draft__da": "Udkast", "announced__en": "Coming", "version": "0"}
    assert admin.post("/indstillinger/ord/moeder", swapped).status_code == 303
    renderer = make_renderer()
    called = [
        renderer.environment(one).globals["label"]("meeting_status", "announced")
        for one in ("da", "en", "sv")
    ]  # type: ignore[operator]
    assert called == ["Kladde", "Coming", "Annonserat"]
    assert editions(site)[0][:2] == ("words", "meeting_status")


def test_statuses_are_called_so_in_accounts_steps_and_calendars_too(site: Site) -> None:
    with site.unit() as session:
        add_two_years(session, site.people)
        wish = add_wish(session, site.people.vendor).reference
        add_meeting_row(session, "91").status = "cancelled"
    said = {
        "forpligtelser": {"kept__da": "Indfriet"},
        "bidrag": {"effect_measured__da": "Virkning kendt"},
        "moeder": {"cancelled__da": "Droppet"},
    }
    for group, fields in said.items():
        saved = site.browser("admin").post(f"/indstillinger/ord/{group}", fields | {"version": "0"})
        assert saved.status_code == 303
    wanted = {
        "/opfoelgning": ("Indfriet", ">Holdt<"),
        "/opfoelgning/2025": ("Indfriet", ">Holdt<"),
        "/": ("Virkning kendt", "Effekt målt"),
        f"/oensker/{wish}": ("Virkning kendt", "Effekt målt"),
        "/moeder/91.ics": ("DROPPET: ", "AFLYST"),
    }
    found = {path: site.browser("stranger").get(path).text for path in wanted}
    told = {path: (new in found[path], old in found[path]) for path, (new, old) in wanted.items()}
    assert told == dict.fromkeys(wanted, (True, False))


def test_a_mail_is_written_anew_and_keeps_what_its_reader_needs(site: Site) -> None:
    admin = site.browser("admin")
    subject, lead = "%(reference)s er modtaget – %(site)s", "Tak. Vi har modtaget jeres ønske:"
    path = "/indstillinger/mails/receipt"
    wrong = admin.post(path, {_name_of(subject): "Tak for {navn}", "sprog": "da", "version": "0"})
    assert wrong.status_code == 422
    assert "noget, der hedder {navn}" in wrong.text
    lost = admin.post(path, {_name_of(subject): "Tak fra {site}", "sprog": "da", "version": "0"})
    assert "Teksten mangler {reference}" in lost.text
    given = {_name_of(subject): "100 % tak for {reference}", _name_of(lead): "Hjertelig tak:", "sprog": "da"}
    tried = admin.post(path, given | {"version": "0", "do": "show"})
    assert tried.status_code == 200
    assert "<b>100 % tak for [reference]</b>" in tried.text
    assert editions(site) == []
    assert admin.post(path, given | {"version": "0"}).status_code == 303
    site.browser("vendor").post(
        "/oensker/nyt",
        {"title": "Ét mål", "body": "Vi ønsker ét mål for alle.", "visibility": "public", "terms": "1"},
    )
    with site.unit() as session:
        sent = session.scalars(select(Mail).order_by(Mail.id)).all()
        receipts = [one for one in sent if one.subject.startswith("100 % tak for OE-")]
        assert len(receipts) == 1, [one.subject for one in sent]
        assert "Hjertelig tak:" in receipts[0].text
        assert "Hjertelig tak:" in (receipts[0].html or "")
        assert lead not in receipts[0].text


def test_what_admins_write_in_a_mail_is_words_and_no_markup(site: Site) -> None:
    lead = "Tak. Vi har modtaget jeres ønske:"
    written = 'Tak <img src="https://spor.example/x.png"> & hej:'
    own = {_name_of(lead): written, "sprog": "da", "version": "0"}
    assert site.browser("admin").post("/indstillinger/mails/receipt", own).status_code == 303
    site.browser("vendor").post(
        "/oensker/nyt",
        {"title": "Ét mål", "body": "Vi ønsker ét mål for alle.", "visibility": "public", "terms": "1"},
    )
    with site.unit() as session:
        receipt = session.scalars(select(Mail).where(Mail.text.contains(written)).order_by(Mail.id)).one()
    assert "Tak &lt;img src=&#34;https://spor.example/x.png&#34;&gt; &amp; hej:" in (receipt.html or "")
    assert "<img" not in (receipt.html or "")


def test_every_mail_can_be_tried_in_every_language(site: Site) -> None:
    renderer, standard = make_renderer(), make_site(Settings())
    for name in list_mail_names():
        for language in ("da", "en", "sv"):
            own = {one.msgid: f"«{one.standard}»" for one in list_sentences(renderer, name, language)}
            subject, words = preview(renderer, name, language, own, standard)
            assert "«" in subject, name
            assert words.count("«") >= 1, name
            assert "%(" not in subject + words, name


@pytest.mark.parametrize(
    ("sent", "refused"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "SVG kan ikke bruges"),
        (picture(60, 40), "for lille"),
        (picture(900, 100), "har en form"),
        (picture(96, 96)[:200], "ikke et billede"),
        (b"\x89PNG" + bytes(1_100_000), "for stort"),
    ],
)
def test_a_file_that_is_no_logo_is_refused_with_a_sentence(site: Site, sent: bytes, refused: str) -> None:
    answer = site.browser("admin").post(
        "/indstillinger/logo", {"version": "0"}, files={"picture": ("logo.png", sent, "image/png")}
    )
    assert answer.status_code == 422
    assert refused in answer.text
    assert editions(site) == []


def test_a_logo_is_drawn_anew_and_stands_on_every_page(site: Site) -> None:
    admin = site.browser("admin")
    held = io.BytesIO()
    drawn = Image.open(io.BytesIO(picture(300, 150)))
    drawn.save(held, "WEBP", icc_profile=b"of a camera", exif=b"Exif\0\0of a phone")
    sent = held.getvalue() + b"hidden words"
    files = {"picture": ("logo.webp", sent, "image/webp")}
    assert admin.post("/indstillinger/logo", {"version": "0", "alt_da": "KL"}, files=files).status_code == 303
    logo = chosen().logo
    assert logo is not None
    assert f'<img src="/logo/{logo.id}.png"' in words_on(site, "/oensker")
    read = site.browser("stranger").get(f"/logo/{logo.id}-2x.png")
    assert read.headers["content-type"] == "image/png"
    assert "immutable" in read.headers["cache-control"]
    assert Image.open(io.BytesIO(read.content)).size == (192, 96)
    assert b"hidden words" not in read.content
    assert {"icc_profile", "exif"} & set(Image.open(io.BytesIO(read.content)).info) == set()
    assert site.browser("stranger").get("/logo/999.png").status_code == 404
    assert site.browser("stranger").get("/logo/99999999999999999999.png").status_code == 404


def test_periods_are_told_what_they_come_to_before_they_are_saved(site: Site) -> None:
    admin = site.browser("admin")
    with site.unit() as session:
        session.execute(
            text(
                "insert into mail (recipient, subject, text, message_id, created_at, is_secret)"
                " values ('a@b.example', 'x', 'x', 'x', now() - interval '40 days', false)"
            )
        )
    given = {name: str(getattr(periods_in_force(), name)) for name in BOUNDS} | {"version": "0"}
    query = "&".join(f"{name}={value}" for name, value in (given | {"mails": "30"}).items())
    tried = admin.get(f"/indstillinger/opbevaring/proev?{query}")
    assert tried.status_code == 200
    assert "Mails og breve: 90 dage bliver til 30" in tried.text
    assert '<th scope="row">Mails</th><td class="amount">0</td><td class="amount">1</td>' in tried.text
    assert find_html_errors({"tried": tried.text}) == []
    assert editions(site) == []
    assert admin.post("/indstillinger/opbevaring", given | {"mails": "6"}).status_code == 422
    assert admin.post("/indstillinger/opbevaring", given | {"mails": "30"}).status_code == 303
    assert editions(site) == [("periods", "", 1, {"mails": 30}, None)]
    assert periods_in_force().mails == 30
    assert "30 dage" in words_on(site, "/privatliv")


def test_a_period_that_admins_do_not_set_stays_as_the_settings_say(site: Site) -> None:
    standard = standard_periods()
    put_in_force(replace(standard, bin=90))
    try:
        given = {name: str(getattr(standard, name)) for name in BOUNDS} | {"version": "0", "mails": "30"}
        assert site.browser("admin").post("/indstillinger/opbevaring", given).status_code == 303
        assert editions(site) == [("periods", "", 1, {"mails": 30}, None)]
        assert periods_in_force() == replace(standard, bin=90, mails=30)
    finally:
        put_in_force(standard)


def test_a_period_that_a_release_has_renamed_is_passed_over(site: Site) -> None:
    admin = site.browser("admin")
    with site.unit() as session:
        for number, values in enumerate(({"gone": 3}, {"gone": 3, "mails": 30})):
            set_part(session, site.people.admin, "periods", values, version=number)
    assert periods_in_force() == replace(standard_periods(), mails=30)
    shown = admin.get("/indstillinger/opbevaring")
    ways = re.findall(r'href="(/indstillinger/opbevaring/proev\?[^"]+)"', shown.text)
    pages = [shown, *(admin.get(unescape(way)) for way in ways)]
    assert [page.status_code for page in pages] == [200] * 3


def test_bounds_are_those_of_the_settings() -> None:
    fields = Settings.model_fields
    bounds = {
        name: tuple(
            next(getattr(m, k) for m in fields[f"keep_{name}"].metadata if hasattr(m, k))
            for k in ("ge", "le")
        )
        for name in BOUNDS
    }
    assert bounds == BOUNDS


def test_where_a_part_was_changed_often_it_is_told_how_many_older_editions_there_are(site: Site) -> None:
    with site.unit() as session:
        for n in range(22):
            set_part(session, site.people.admin, "names", {"site_name": f"Navn {n}"}, version=n)
    page = site.browser("admin").get("/indstillinger/navn").text
    assert (page.count("<h3>Udgave "), "2 ældre står ikke på listen" in page) == (20, True)


def test_a_part_that_the_site_has_not_is_not_found(site: Site) -> None:
    with site.unit() as session, pytest.raises(NotFound):
        set_part(session, site.people.admin, "sound", {"logo_id": 1, "width": 1, "alt": {}}, version=0)
    fields = {"version": "0", "number": "0", "of": "", "part": "sound"}
    answered = site.browser("admin").post("/indstillinger/tilbage", fields)
    assert (answered.status_code, editions(site)) == (404, [])


def test_another_process_takes_up_what_was_set_and_what_was_rolled_back_is_in_force_nowhere(
    site: Site,
) -> None:
    watch = Watch(site.tools.database)
    watch.start()
    try:
        with pytest.raises(ZeroDivisionError), site.unit() as session:
            set_part(session, site.people.admin, "names", {"site_name": "Aldrig"}, version=0)
            raise ZeroDivisionError
        assert chosen().names == {}
        site.browser("admin").post("/indstillinger/navn", NAMES | {"version": "0"})
        # As a process that knows of nothing yet, and is told that there is something.
        go_back_to_standard()
        with site.unit() as session:
            session.execute(text("select pg_notify('site', '')"))
        until = time.monotonic() + 10
        while not chosen().names and time.monotonic() < until:
            time.sleep(0.02)
        assert chosen().names["site_name"] == "Forum for digital dialog"
    finally:
        watch.stop()


def test_who_listens_for_settings_lets_go_of_the_database_when_it_is_stopped(site: Site) -> None:
    others = set(threading.enumerate())
    watch = Watch(site.tools.database)
    watch.start()
    watch.stop()
    assert set(threading.enumerate()) - others == set()


def test_settings_cost_readers_no_statement(site: Site) -> None:
    stranger = site.browser("stranger")
    before = site.count_statements(stranger, "/om")
    site.browser("admin").post("/indstillinger/navn", NAMES | {"version": "0"})
    assert site.count_statements(stranger, "/om") == before

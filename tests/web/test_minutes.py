"""The pages of minutes: read, written item by item, settled, and compared."""

import re
from datetime import timedelta

from sqlalchemy import select, update

from app.core.clock import now, today
from app.core.policy import SYSTEM
from app.domain.boards.models import BoardCard
from app.domain.boards.writing import write_card
from app.domain.contributions.models import Contribution
from app.domain.meetings.models import Meeting
from app.domain.minutes import queries
from app.domain.minutes.models import Minutes, MinutesEdition, MinutesSection
from app.domain.minutes.recording import EditionFacts, put_minutes
from app.domain.minutes.schemas import ReviewInput
from app.domain.minutes.service import send_to_review
from app.domain.outbox.models import Batch
from app.domain.search.service import index_everything
from tests.in_room import seat
from tests.on_boards import add_board, add_group_board, card
from tests.on_minutes import send_round, show_minutes
from tests.people import with_role
from tests.said import add_item_row, add_meeting_row
from tests.signing_up import put_sign_up_row
from tests.site import Browser, Site

PATH = "/moeder/10/referat"


def put_held(site: Site, *titles: str) -> list[str]:
    """A meeting that was held, with these items; their places in the form."""
    with site.unit() as session:
        meeting = add_meeting_row(session)
        return [f"item-{add_item_row(session, meeting, title).id}" for title in titles]


def put_approved(site: Site, *texts: str, status: str = "approved") -> None:
    """A meeting with minutes of one item: shown for comments, approved, and corrected as often as there are
    texts for it."""
    with site.unit() as session:
        meeting = add_meeting_row(session)
        item = add_item_row(session, meeting, "Velkomst")
        kinds = ["review", "approved", *["corrected"] * (len(texts) - 2)]
        editions = [
            EditionFacts(
                kind=kind,
                days_after=number,
                reason="Et tal var forkert." if kind == "corrected" else "",
                texts={"velkomst": text},
            )
            for number, (kind, text) in enumerate(zip(kinds, texts, strict=True))
        ]
        put_minutes(session, SYSTEM, meeting.id, now(), editions, {"velkomst": item.id})
        meeting.status = status


def hidden_in(html: str) -> dict[str, str]:
    """The fields of the form that nobody sees, all but its key."""
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html))
    return {name: value for name, value in found.items() if name != "key"}


def open_form(browser: Browser) -> dict[str, str]:
    return hidden_in(browser.get(PATH + "/skriv").text)


def typed_in(html: str, place: str) -> str:
    """What stands in the field of a section."""
    found = re.search(rf'name="text-{place}"[^>]*>\n(.*?)</textarea>', html, re.S)
    assert found is not None
    return found[1]


def stored(site: Site) -> list[str]:
    with site.unit() as session:
        return list(session.scalars(select(MinutesSection.text).order_by(MinutesSection.id)))


def test_who_writes_saves_all_fields_at_once_and_only_what_was_changed(site: Site) -> None:
    first, second = put_held(site, "Velkomst", "Oplæg")
    staff = site.browser("staff")
    fields = open_form(staff) | {f"text-{first}": "Vi begyndte.", f"text-{second}": ""}
    answer = staff.post(PATH + "/skriv", fields | {"gem": first})
    assert answer.headers["location"] == f"{PATH}/skriv?kvittering=minutes_saved#{first}"
    assert stored(site) == ["Vi begyndte."]
    page = staff.get(PATH).text
    assert "Vi begyndte." in page and "Kladde" in page and "Der er ikke skrevet noget om punktet." in page


def test_two_writers_in_different_fields_both_keep_their_text_and_in_one_field_see_both(site: Site) -> None:
    first, second = put_held(site, "Velkomst", "Oplæg")
    staff, admin = site.browser("staff"), site.browser("admin")
    both = {f"text-{first}": "", f"text-{second}": ""}
    given = open_form(staff) | both, open_form(admin) | both
    assert staff.post(PATH + "/skriv", given[0] | {f"text-{first}": "Stines"}).status_code == 303
    # Alma did not touch the first field, which holds what it was given: Stine's words are not written over.
    assert admin.post(PATH + "/skriv", given[1] | {f"text-{second}": "Almas"}).status_code == 303
    assert stored(site) == ["Stines", "Almas"]
    clash = admin.post(PATH + "/skriv", given[1] | {f"text-{first}": "Også <Almas>"})
    assert (clash.status_code, stored(site)) == (409, ["Stines", "Almas"])
    assert "Stines" in clash.text and "Også &lt;Almas&gt;" in clash.text
    assert "Begge tekster står ved punktet." in clash.text
    again = hidden_in(clash.text) | {f"text-{first}": "Begges", f"text-{second}": ""}
    assert admin.post(PATH + "/skriv", again).status_code == 303
    assert stored(site) == ["Begges", "Almas"]


def test_what_is_wrong_keeps_every_field_as_it_was_typed(site: Site) -> None:
    first, second = put_held(site, "Velkomst", "Oplæg")
    staff = site.browser("staff")
    fields = open_form(staff) | {f"text-{first}": "010203-1234", f"text-{second}": "Godt nok"}
    answer = staff.post(PATH + "/skriv", fields)
    assert (answer.status_code, stored(site)) == (422, [])
    assert "ligner et CPR-nummer" in answer.text and "Godt nok" in answer.text
    gone = staff.post(PATH + "/skriv", {"text-item-999": "Skrevet under noget, der er væk"})
    assert gone.status_code == 422 and "Skrevet under noget, der er væk" in gone.text


def test_the_same_form_sent_twice_saves_once(site: Site) -> None:
    (first,) = put_held(site, "Velkomst")
    staff = site.browser("staff")
    fields = open_form(staff) | {f"text-{first}": "Én gang", "key": "0b5e5f0e-5d0b-4a2e-9d53-3a0d3f0f9a11"}
    answers = [staff.post(PATH + "/skriv", fields) for _ in range(2)]
    assert [answer.headers["location"] for answer in answers] == [
        f"{PATH}/skriv?kvittering=minutes_saved"
    ] * 2
    with site.unit() as session:
        assert session.scalars(select(Minutes.version)).all() == [2]


def test_a_draft_is_made_of_what_all_may_read_and_is_saved_by_nobody(site: Site) -> None:
    with site.unit() as session:
        meeting, open_board = add_board(session, visibility="public")
        closed_board = add_group_board(session, meeting, visibility="participants")
        guest = seat(session, meeting, name="Gitte Gæst", shown_as="name")
        for board, text in ((open_board, "Et fælles testmiljø"), (closed_board, "Hemmeligt kort")):
            written = write_card(session, guest, board.id, card(text))
            session.get_one(BoardCard, written.id).chosen_at = now()
        place, other = f"item-{open_board.item_id}", f"item-{closed_board.item_id}"
    staff = site.browser("staff")
    fields = open_form(staff) | {f"text-{place}": "Mine egne ord", f"text-{other}": ""}
    asked = staff.post(PATH + "/skriv", fields | {"udkast": place})
    assert asked.headers["location"] == f"{PATH}/skriv?udkast={place}&kvittering=minutes_drafted#{place}"
    page = staff.get(asked.headers["location"]).text
    assert typed_in(page, place).startswith(
        "Mine egne ord\n\n»Gruppe 1« satte frem:\n– Et fælles testmiljø (IN-"
    )
    assert "Gitte" not in page and "Hemmeligt kort" not in staff.get(PATH + "/skriv?udkast=alle").text
    assert stored(site) == ["Mine egne ord"]
    nothing = staff.post(PATH + "/skriv", open_form(staff) | {"udkast": other})
    assert nothing.headers["location"] == f"{PATH}/skriv?kvittering=minutes_nothing_to_draft#{other}"


def test_the_writer_is_told_what_only_participants_read_and_no_draft_holds(site: Site) -> None:
    with site.unit() as session:
        meeting, open_board = add_board(session, visibility="public")
        closed_board = add_group_board(session, meeting, visibility="participants")
        guest = seat(session, meeting)
        for board in (open_board, closed_board, closed_board, closed_board):
            last = write_card(session, guest, board.id, card("Et kort"))
        session.get_one(Contribution, last.id).hidden_at = now()
        with_role(session, site.people.consultancy, meeting.id, "rapporteur")
        place, other = f"item-{open_board.item_id}", f"item-{closed_board.item_id}"
    told = "2 indspil kan kun læses af deltagerne og er ikke med i et udkast."
    way = f'<a href="{PATH.removesuffix("/referat")}/tavler/offentlige">Vælg, hvem der kan læse dem</a>'
    pages = {who: site.browser(who).get(PATH + "/skriv").text for who in ("staff", "consultancy")}
    sections = {
        who: [page.partition(f'id="{here}">')[2].partition("</section>")[0] for here in (place, other)]
        for who, page in pages.items()
    }
    seen = {who: [(told in one, way in one) for one in both] for who, both in sections.items()}
    assert seen == {
        "staff": [(False, False), (True, True)],
        "consultancy": [(False, False), (True, False)],
    }
    # What came back with an error says it too.
    fields = open_form(site.browser("staff")) | {f"text-{place}": "Ring til 010190-1234"}
    refused = site.browser("staff").post(PATH + "/skriv", fields)
    assert (refused.status_code, told in refused.text) == (422, True)


def test_the_way_from_draft_to_a_corrected_edition_in_the_browser(site: Site) -> None:
    (first,) = put_held(site, "Velkomst")
    staff, stranger = site.browser("staff"), site.browser()
    staff.post(PATH + "/skriv", open_form(staff) | {f"text-{first}": "Alle kom til tiden."})
    assert stranger.get(PATH).status_code == 404
    with site.unit() as session:
        meeting = session.scalars(select(Meeting)).one()
        view = queries.find_minutes(session, SYSTEM, meeting.id)
        assert view is not None
        send_to_review(
            session, site.people.staff, meeting.id, ReviewInput(comment_until=today(), version=view.version)
        )
    early = staff.post(PATH + "/godkend", hidden_in(staff.get(PATH).text))
    assert early.status_code == 422 and "før fristen er gået" in early.text
    done = staff.post(PATH + "/godkend", hidden_in(early.text) | {"is_early": "1"})
    assert done.headers["location"] == f"{PATH}?kvittering=minutes_approved"
    assert "Alle kom til tiden." in stranger.get(PATH).text
    assert f'href="{PATH}"' in stranger.get("/moeder/10").text
    # Locked: the form leads to the page, and a text sent all the same is not lost.
    assert staff.get(PATH + "/skriv").headers["location"] == PATH
    late = staff.post(PATH + "/skriv", {f"text-{first}": "For sent"})
    assert late.status_code == 422 and "låst" in late.text and "For sent" in late.text
    without = staff.post(PATH + "/aabn", {"reason": ""})
    assert without.status_code == 422
    staff.post(PATH + "/aabn", {"reason": "To kom for sent."})
    staff.post(PATH + "/skriv", open_form(staff) | {f"text-{first}": "Næsten alle kom til tiden."})
    assert "Alle kom til tiden." in stranger.get(PATH).text
    staff.post(PATH + "/godkend", hidden_in(staff.get(PATH).text))
    page = stranger.get(PATH).text
    assert "Næsten alle kom til tiden." in page and "To kom for sent." in page
    compared = stranger.get(PATH + "/sammenlign").text
    site.work()
    assert f'href="{PATH}"' in stranger.get("/soeg?q=tiden").text
    assert "[Taget ud:] </span>Alle<" in compared and "[Føjet til:] </span>Næsten alle<" in compared


def test_a_participant_reads_what_lies_open_and_a_stranger_does_not(site: Site) -> None:
    put_approved(site, "Første ord", "Andre ord", status="minutes_in_review")
    with site.unit() as session:
        meeting = session.scalars(select(Meeting)).one()
        speaker = with_role(session, site.people.vendor, meeting.id, "speaker")
        session.get_one(Minutes, meeting.id).comment_until = today() + timedelta(days=3)
    page = site.browser(speaker).get(PATH).text
    assert "Andre ord" in page
    assert site.browser(speaker).get(PATH + "/udgaver/1").status_code == 200
    assert site.browser().get(PATH + "/udgaver/1").status_code == 404
    assert site.browser().get(PATH + "/sammenlign?fra=1&til=2").status_code == 404
    assert site.browser("vendor").get(PATH + "/skriv").status_code == 403


def test_the_address_of_minutes_that_lie_open_leads_others_to_sign_in_or_says_why_not(site: Site) -> None:
    put_approved(site, "Første", "Andre", status="closed")
    with site.unit() as session:
        meeting = session.scalars(select(Meeting)).one()
        session.execute(update(MinutesEdition).values(kind="review", reason=""))
    assert [site.browser(name).get(PATH).status_code for name in ("stranger", "rival")] == [404, 404]
    with site.unit() as session:
        session.get_one(Meeting, meeting.id).status = "minutes_in_review"
    stranger, rival = site.browser().get(PATH), site.browser("rival").get(PATH)
    assert (stranger.status_code, rival.status_code) == (303, 403)
    assert "/log-ind" in stranger.headers["location"]
    assert "er for dem, der var med" in rival.text and "Andre" not in rival.text
    # Also of a number that is none: which there are is told to those alone who read them.
    for way in ("/udgaver", "/udgaver/1", "/udgaver/99", "/sammenlign", "/sammenlign?fra=1&til=2"):
        answers = [site.browser(name).get(PATH + way).status_code for name in ("stranger", "rival", "staff")]
        assert answers == [303, 403, 404 if way.endswith("99") else 200], way


def test_nobody_else_comes_to_what_settles_the_minutes(site: Site) -> None:
    put_approved(site, "Første", "Andre")
    for way in ("/skriv", "/godkend", "/ny-udgave", "/tag-tilbage", "/aabn"):
        assert site.browser("municipality").post(PATH + way).status_code == 403, way
        assert site.browser().post(PATH + way).status_code == 303, way
    for way in ("/godkend", "/ny-udgave"):
        fields = {"version": "2", "comment_until": today().isoformat(), "is_early": "1"}
        assert site.browser("staff").post(PATH + way, fields).status_code == 422, way


def test_the_text_is_shown_as_text(site: Site) -> None:
    put_approved(site, "<b>Fed</b>", "<script>alert(1)</script>", "<i>Skrå</i>")
    for way in ("", "/udgaver/2", "/udgaver/3", "/sammenlign?fra=2&til=3"):
        page = site.browser().get(PATH + way).text
        assert "<script>alert" not in page and "<i>Skrå" not in page, way


def test_approved_minutes_are_found_and_what_lies_open_is_not(site: Site) -> None:
    put_approved(site, "Ord om rabarberkompot", "Ord om solbærsaft")
    with site.unit() as session:
        index_everything(session)
    assert f'href="{PATH}"' in site.browser().get("/soeg?q=solbærsaft").text
    assert f'href="{PATH}"' not in site.browser("staff").get("/soeg?q=rabarberkompot").text


def test_the_pages_ask_the_database_a_fixed_number_of_times(site: Site) -> None:
    put_approved(site, "a", "b")
    stranger = site.browser()
    counts = [site.count_statements(stranger, PATH + way) for way in ("", "/udgaver", "/sammenlign")]
    with site.unit() as session:
        meeting = session.scalars(select(Meeting)).one()
        for number in range(30):
            add_item_row(session, meeting, f"Punkt {number}")
    assert [site.count_statements(stranger, PATH + way) for way in ("", "/udgaver", "/sammenlign")] == counts


def test_staff_is_told_before_approving_that_the_mail_about_comments_was_not_sent(site: Site) -> None:
    with site.unit() as session:
        meeting = show_minutes(session, site.people.staff)
        put_sign_up_row(session, site.people.vendor, meeting)
        send_round(session, site.people.staff, meeting)
    staff, path = site.browser("staff"), "/moeder/21/referat"
    with site.unit() as session:
        batch = session.scalars(select(Batch).where(Batch.status == "waiting")).one()
    page = staff.get(path).text
    untold = "Deltagerne har ikke fået besked om, at de kan kommentere"
    assert untold in page and "bliver den smidt væk" in page and f'href="/udbakke/{batch.id}"' in page
    assert untold not in site.browser("vendor").get(path).text
    staff.post(f"/udbakke/{batch.id}/send", {"version": str(batch.version)})
    assert untold not in staff.get(path).text


def test_where_nobody_can_be_written_to_the_page_says_only_that_nobody_was_told(site: Site) -> None:
    with site.unit() as session:
        show_minutes(session, site.people.staff)
    page = site.browser("staff").get("/moeder/21/referat").text
    assert "Deltagerne har ikke fået besked om, at de kan kommentere" in page
    assert "bliver den smidt væk" not in page

"""Pages on which boards are planned, opened, put in order, pasted to and opened to all."""

import csv
import io
import re
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import func, select

from app.core.audit import AuditEntry
from app.domain.boards.marking import object_to
from app.domain.boards.models import Board, BoardCard, Cluster
from app.domain.boards.schemas import ObjectionInput
from app.domain.boards.writing import write_card
from app.domain.contributions.holding_back import hide
from app.domain.contributions.models import Contribution
from app.domain.meetings.models import Meeting
from tests.in_room import open_room, seat
from tests.on_boards import add_board, add_group_board, card
from tests.people import with_role
from tests.said import add_group_row, add_item_row, add_meeting_row
from tests.site import Site


@pytest.fixture
def hung(site: Site) -> dict[str, Any]:
    """A meeting with two open boards; on the first a card under a name, and one of a vendor without."""
    site.people  # noqa: B018  made before the meeting
    with site.unit() as session:
        meeting, board = add_board(session, dots=3)
        other = add_group_board(session, meeting)
        guest = seat(session, meeting, shown_as="name", name="Gitte Gæst", organisation_name="=Soft A/S")
        secret = seat(session, meeting, site.people.vendor, shown_as="anonymous")
        first = write_card(session, guest, board.id, card("Vi mangler åbne data")).id
        second = write_card(session, secret, board.id, card("<b>Vi tør ikke sige det</b>")).id
        with_role(session, site.people.consultancy, meeting.id, "facilitator")
        return {"board": board.id, "other": other.id, "first": first, "second": second, "meeting": meeting.id}


def test_staff_makes_boards_for_all_groups_and_opens_them(site: Site) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session)
        item = add_item_row(session, meeting)
        open_room(session, meeting)
        for number in (1, 2):
            add_group_row(session, meeting, item, task=f"Opgave {number}")
        item_id = item.id
    staff = site.browser("staff")
    assert "Mødet har ingen tavler endnu" in staff.get("/moeder/10/tavler").text
    wrong = staff.post("/moeder/10/tavler/nye", {"item_id": item_id, "dots": "mange", "task": "Husk mig"})
    assert wrong.status_code == 422
    assert "Skriv et helt tal." in wrong.text
    assert "Husk mig" in wrong.text
    nothing = staff.post("/moeder/10/tavler/nye", {"item_id": item_id})
    assert (nothing.status_code, "Der er ingen ny tavle at lave" in nothing.text) == (422, True)
    given = {"key": str(uuid4()), "item_id": item_id, "for_groups": "1", "for_all": "1", "dots": "3"}
    answers = [staff.post("/moeder/10/tavler/nye", given) for _ in range(2)]
    assert {answer.headers["location"] for answer in answers} == {"/moeder/10/tavler?kvittering=boards_made"}
    staff.post("/moeder/10/tavler/aabn", {"punkt": str(item_id)})
    with site.unit() as session:
        boards = session.execute(select(Board.state, Board.task, Board.dots).order_by(Board.id)).all()
        assert boards == [("open", "Opgave 1", 3), ("open", "Opgave 2", 3), ("open", "", 3)]
        verbs = session.scalars(
            select(AuditEntry.verb).where(AuditEntry.verb.like("%boards")).order_by(AuditEntry.id)
        ).all()
        assert verbs == ["add_boards", "open_boards"]
        meeting = session.scalars(select(Board.meeting_id).limit(1)).one()
    page = staff.get("/moeder/10/tavler").text
    assert re.sub(r"\s+", " ", re.sub("<[^>]+>", "", page)).count("Ingen indspil endnu") == 3


def test_boards_are_for_who_has_a_place_at_the_meeting(site: Site, hung: dict[str, Any]) -> None:
    path = f"/moeder/10/tavler/{hung['board']}"
    pages = (
        "/moeder/10/tavler",
        f"{path}/ordn",
        f"{path}/ordn/blok",
        f"{path}/flipover",
        "/moeder/10/tavler.csv",
    )
    assert [site.browser("consultancy").get(page).status_code for page in pages] == [200] * 5
    assert [site.browser("vendor").get(page).status_code for page in pages] == [403] * 5
    assert [site.browser().get(page).status_code for page in pages] == [303] * 5
    facilitator = site.browser("consultancy")
    assert "Lav tavler" not in facilitator.get("/moeder/10/tavler").text
    for page in ("nye", f"{hung['board']}/ret", f"{hung['board']}/slet", "offentlige"):
        assert facilitator.post(f"/moeder/10/tavler/{page}").status_code == 403
    assert facilitator.post(f"{path}/luk").headers["location"] == (
        f"/moeder/10/tavler?kvittering=board_closed#tavle-{hung['board']}"
    )
    with site.unit() as session:
        add_meeting_row(session, "9")
    assert facilitator.get("/moeder/9/tavler").status_code == 403
    assert facilitator.post(f"/moeder/9/tavler/{hung['board']}/aabn").status_code == 403
    assert site.browser("staff").post(f"/moeder/9/tavler/{hung['board']}/aabn").status_code == 404


def test_a_card_is_hung_put_forward_and_moved_by_plain_forms(site: Site, hung: dict[str, Any]) -> None:
    facilitator = site.browser("consultancy")
    path = f"/moeder/10/tavler/{hung['board']}"
    assert facilitator.post(f"{path}/klynger", {"name": ""}).status_code == 422
    facilitator.post(f"{path}/klynger", {"name": "Data <i>og</i> adgang"})
    with site.unit() as session:
        cluster = session.scalars(select(Cluster.id)).one()
    one = f"{path}/kort/{hung['first']}"
    hangs = facilitator.post(f"{one}/haeng", {"cluster_id": str(cluster)})
    assert hangs.headers["location"] == f"{path}/ordn#indspil-{hung['first']}"
    facilitator.post(f"{one}/frem")
    page = facilitator.get(f"{path}/ordn").text
    assert "Data &lt;i&gt;og&lt;/i&gt; adgang" in page
    assert "&lt;b&gt;Vi tør ikke sige det&lt;/b&gt;" in page
    assert page.count("Sat frem i plenum") == 1
    facilitator.post(f"{one}/flyt", {"board_id": str(hung["other"])})
    late = facilitator.post(f"{one}/frem")
    assert (late.status_code, "flyttet til en anden tavle imens" in late.text) == (409, True)
    facilitator.post(f"{path}/kort/{hung['second']}/hold")
    facilitator.post(f"{path}/luk-ind", {"cards": [str(hung["second"])]})
    facilitator.post(f"{path}/klynger/{cluster}", {"name": "Adgang"})
    facilitator.post(f"{path}/klynger/{cluster}/oploes")
    facilitator.post(f"{path}/klynger/fortryd")
    with site.unit() as session:
        entries = session.execute(
            select(AuditEntry.verb, AuditEntry.thing)
            .where(AuditEntry.user_id == site.people.consultancy.user_id, AuditEntry.outcome == "done")
            .order_by(AuditEntry.id)
        ).all()
        assert entries == [
            ("add", "cluster"),
            ("arrange", "contribution"),
            ("choose", "contribution"),
            ("move", "contribution"),
            ("hold_back", "contribution"),
            ("let_through", "board"),
            ("edit", "cluster"),
            ("dissolve", "clusters"),
            ("restore", "clusters"),
        ]
    assert facilitator.post(f"{path}/kort/999999/frem").status_code == 404
    assert facilitator.post(f"{one}/haeng", {"cluster_id": "x"}).status_code == 404


def test_who_wrote_without_a_name_is_shown_nowhere(site: Site, hung: dict[str, Any]) -> None:
    staff, path = site.browser("staff"), f"/moeder/10/tavler/{hung['board']}"
    staff.post(f"{path}/kort/{hung['second']}/frem")
    staff.post(f"{path}/kort/{hung['second']}/flyt", {"board_id": str(hung["other"])})
    staff.post(f"/moeder/10/tavler/{hung['other']}/kort/{hung['second']}/frem")
    staff.post("/moeder/10/tavler/offentlige", {"visibility": "public"})
    pages = (
        f"{path}/ordn",
        f"/moeder/10/tavler/{hung['other']}/ordn",
        "/moeder/10/tavler",
        "/moeder/10/tavler.csv",
    )
    for page in (*pages, "/moeder/10/plenum", "/moeder/10/indspil"):
        assert "Vera" not in staff.get(page).text, page
    for page in ("/moeder/10/plenum", "/moeder/10/indspil"):
        text = site.browser().get(page).text
        assert ("Vi tør ikke sige det" in text, "Vera" in text) == (True, False), page
    with site.unit() as session:
        reference = session.get_one(Contribution, hung["second"]).reference
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.user_name == "Vera Vendor").order_by(AuditEntry.id)
        ).all()
        assert not [one for one in entries if reference in str((one.before, one.after))]


def test_a_flipchart_is_looked_at_before_it_is_hung(site: Site, hung: dict[str, Any]) -> None:
    rapporteur, path = site.browser("consultancy"), f"/moeder/10/tavler/{hung['board']}/flipover"
    lines = "• Første\n\n2. Anden <b>linje</b>"
    look = rapporteur.post(path, {"lines": lines, "handling": "vis"})
    assert (look.status_code, "Anden &lt;b&gt;linje&lt;/b&gt;</li>" in look.text) == (200, True)
    wrong = rapporteur.post(path, {"lines": f"{lines}\n010190-1234", "handling": "gem"})
    assert (wrong.status_code, "Linje 4 ligner et CPR-nummer" in wrong.text) == (422, True)
    given = {"key": str(uuid4()), "lines": lines, "handling": "gem"}
    assert {rapporteur.post(path, given).status_code for _ in range(2)} == {303}
    with site.unit() as session:
        rows = session.execute(
            select(Contribution.body, Contribution.said_by_text)
            .join(BoardCard, BoardCard.contribution_id == Contribution.id)
            .where(Contribution.attendee_id.is_(None))
            .order_by(Contribution.id)
        ).all()
        assert rows == [("Første", ""), ("Anden <b>linje</b>", "")]


def test_all_cards_come_as_a_file_without_formulas(site: Site, hung: dict[str, Any]) -> None:
    with site.unit() as session:
        guest = seat(session, session.get_one(Meeting, hung["meeting"]))
        for reason in ("Det er prøvet", "Det venter"):
            given = ObjectionInput(client_id=uuid4(), text=reason)
            object_to(session, guest, hung["first"], given)
            session.get_one(Board, hung["board"]).asks_approval = True
    answer = site.browser("staff").get("/moeder/10/tavler.csv")
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == (
        "text/csv; charset=utf-8",
        "no-store",
    )
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    columns = ("indspil", "sagt af", "på vegne af", "vises", "uenig, fordi")
    assert [tuple(row[column] for column in columns) for row in rows] == [
        ("Vi mangler åbne data", "Gitte Gæst", "'=Soft A/S", "ja", "Det er prøvet"),
        ("<b>Vi tør ikke sige det</b>", "", "", "ja", ""),
    ]


def test_the_pages_cost_the_same_with_one_card_and_with_thirty(site: Site, hung: dict[str, Any]) -> None:
    staff, path = site.browser("staff"), f"/moeder/10/tavler/{hung['board']}"
    pages = ("/moeder/10/tavler", f"{path}/ordn", f"{path}/ordn/blok", "/moeder/10/plenum")
    before = [site.count_statements(staff, page) for page in pages]
    with site.unit() as session:
        for number in range(30):
            guest = seat(session, session.get_one(Meeting, hung["meeting"]), shown_as="anonymous")
            write_card(session, guest, hung["board"], card(f"Nummer {number}"))
        total = session.scalar(select(func.count()).select_from(BoardCard))
    assert total == 32
    assert [site.count_statements(staff, page) for page in pages] == before
    assert before == [6, 6, 6, 3]


def test_what_staff_hides_is_told_to_those_who_have_the_board_open(site: Site, hung: dict[str, Any]) -> None:
    with psycopg.connect(site.tools.database.dsn, autocommit=True) as listener:
        listener.execute("listen live")
        with site.unit() as session:
            said = session.get_one(Contribution, hung["first"])
            hide(session, site.people.staff, said.id, said.version, "Personer")
        told = {note.payload for note in listener.notifies(timeout=5, stop_after=2)}
    assert told == {f"board:{hung['board']}", f"running:{hung['meeting']}"}
    page = site.browser("staff").get(f"/moeder/10/tavler/{hung['board']}/ordn").text
    assert ("Vi mangler åbne data" in page, "Vi tør ikke sige det" in page) == (False, True)

"""J-S7: a meeting is closed on a phone by keyboard alone: what is missing is mended or given a reason, the
minutes go to comments and are approved, changed later with a reason; and the case worker takes the report
into Word."""

import time
from itertools import pairwise
from pathlib import Path

from docx import Document
from sqlalchemy import select

from app.core.policy import Actor
from app.domain.attendance.models import Attendee
from app.domain.boards.writing import write_card
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.minutes.commenting import add_comment
from app.domain.minutes.models import MinutesEdition, MinutesSection
from app.domain.minutes.schemas import CommentInput
from tests.browser.conftest import Reader, Served, writing_on_the_phone
from tests.browser.test_sign_up_journey import press, tick, walk_to, write
from tests.in_room import seat
from tests.node.html_validate import find_html_errors
from tests.on_boards import add_board, card
from tests.said import add_speaker_row

MEETING = "/moeder/25"
SECONDS = 240  # what closing a meeting may take


def add_live_meeting(served: Served) -> None:
    """A meeting that is on, with a talk without slides, and two cards without a theme."""
    with served.tools.database.unit() as session:
        meeting, board = add_board(session, "25", visibility="public")
        talk = AgendaItem(
            meeting_id=meeting.id, key="oplaeg", position=1, kind="talk", title="Status på strategien"
        )
        session.add(talk)
        session.flush()
        add_speaker_row(session, talk)
        guest = seat(session, meeting)
        for words in ("Vi mangler åbne data om klima", "Chatbots svarer borgerne om natten"):
            write_card(session, guest, board.id, card(words))


def say_of_the_minutes(served: Served) -> None:
    """Somebody who was there has something to say, with words for it."""
    with served.tools.database.unit() as session:
        meeting = session.scalars(select(Meeting).where(Meeting.key == "25")).one()
        section = session.scalars(
            select(MinutesSection.id).where(
                MinutesSection.meeting_id == meeting.id, MinutesSection.title == "Status på strategien"
            )
        ).one()
        words = {"text": "Der manglede en dato.", "proposed": "Planen kommer i juni."}
        given = CommentInput.model_validate({"section": section} | words)
        guest = session.scalars(select(Attendee.id).where(Attendee.meeting_id == meeting.id)).one()
        add_comment(session, Actor(seats=frozenset({(meeting.id, guest)})), meeting.id, given)


def take_file(reader: Reader, name: str) -> Path:
    """What the link gives, when the file has been made: it is asked for when minutes are approved."""
    for _ in range(60):
        if reader.page.locator("li", has_text=name).get_by_text("lavet").count():
            break
        time.sleep(0.5)
        reader.page.reload()
    walk_to(reader, name)
    with reader.page.expect_download() as download:
        reader.page.keyboard.press("Enter")
    return download.value.path()


class Sources:
    """The HTML of each page that was come to, as it was sent."""

    def __init__(self, writer: Reader) -> None:
        self.writer = writer
        self.pages: dict[str, str] = {}

    def open(self, path: str) -> None:
        self.writer.open(path)
        self._keep()

    def press(self, name: str) -> None:
        press(self.writer, name)
        self._keep()

    def _keep(self) -> None:
        address = self.writer.page.url.partition("#")[0]
        self.pages[address] = self.writer.page.request.get(address).text()


@writing_on_the_phone
def test_a_meeting_is_closed_by_keys_with_gaps_minutes_comments_and_a_later_change(
    writer: Reader, served: Served
) -> None:
    add_live_meeting(served)
    page, seen = writer.page, Sources(writer)
    writer.sign_in("Sekretariat")
    writer.open(MEETING)
    began = time.monotonic()

    seen.press("Afslut møde")
    seen.press("Afslut møde")
    assert "2 indspil har intet tema" in writer.text and "1 oplæg har ingen slides" in writer.text
    tick(writer, "Vælg alle")
    seen.press("Giv dem det tema, der er foreslået")
    assert "Temaerne er sat." in writer.text and "intet tema" not in writer.text
    seen.press("Skriv hvorfor: 1 oplæg har ingen slides")
    write(writer, "Begrundelse", "Der blev talt uden slides.")
    seen.press("Gem begrundelsen")
    assert "1 begrundelse" in writer.text

    seen.press("Skriv referatet")
    seen.press("Foreslå et udkast til alle tomme punkter")
    walk_to(writer, "Tekst til »Status på strategien«")
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type(" Planen kommer.", delay=5)
    seen.press("Gem alt")
    seen.press("Se referatet")
    seen.press("Send til kommentering")
    seen.press("Én begrundelse for resten")
    write(writer, "Begrundelse", "Mødet var åbent for alle, og resten følger.")
    seen.press("Gem begrundelsen")
    seen.press("Send til kommentering")
    assert "Referatet er til kommentering." in writer.text

    say_of_the_minutes(served)
    seen.press("Se bemærkningerne")
    seen.press("Tag stilling")
    seen.press("Sæt forslaget ind i teksten")
    seen.press("Gem teksten, og tag den med")
    seen.press("Hele referatet")
    tick(writer, "Godkend, selv om fristen")
    seen.press("Godkend referatet")
    assert "Planen kommer i juni." in writer.text and "Godkendt" in writer.text

    seen.press("Ret det godkendte referat")
    write(writer, "Begrundelse", "Datoen var forkert.")
    seen.press("Åbn referatet")
    walk_to(writer, "Tekst til »Status på strategien«")
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type(" Den kommer i juli.", delay=5)
    seen.press("Gem alt")
    seen.press("Se referatet")
    seen.press("Godkend referatet")
    assert "Datoen var forkert." in writer.text and "Den kommer i juli." in writer.text
    assert time.monotonic() - began < SECONDS
    with served.tools.database.unit() as session:
        of_meeting = select(Meeting.id).where(Meeting.key == "25").scalar_subquery()
        kinds = session.scalars(
            select(MinutesEdition.kind)
            .where(MinutesEdition.meeting_id == of_meeting)
            .order_by(MinutesEdition.number)
        ).all()
    assert kinds == ["review", "approved", "corrected"]

    seen.press("Afslut møde")
    seen.press("Se rapporten")
    writer.sign_out()
    seen.open(MEETING)
    seen.press("Rapport")
    assert "Den kommer i juli." in writer.text and "uden slides" not in writer.text
    report = Document(take_file(writer, "Rapporten som DOCX"))
    headings = [one for one in report.paragraphs if one.style.name.startswith("Heading")]
    levels = [int(one.style.name.split()[-1]) for one in headings]
    assert levels[0] == 1 and all(after - before <= 1 for before, after in pairwise(levels))
    assert {"Referat", "Program"} <= {one.text for one in headings}
    assert "Den kommer i juli." in "\n".join(one.text for one in report.paragraphs)
    assert take_file(writer, "Rapporten som PDF").read_bytes().startswith(b"%PDF-")
    assert find_html_errors(seen.pages) == []

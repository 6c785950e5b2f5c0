"""All of a meeting in one file: the report in three forms, minutes, data, slides, and the day itself."""

import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core import i18n
from app.core.calendars import Organizer, write_calendar
from app.core.clock import day_of, now
from app.core.documents.blocks import Imprint
from app.core.documents.print import write_pdf
from app.core.documents.word import write_docx
from app.core.jobs import Tools
from app.core.made_files import Wanted
from app.core.text import slug
from app.domain.meeting_reports.files import FOLDER
from app.domain.meeting_reports.gathering import MeetingReport, Said
from app.domain.meeting_reports.packing import MeetingPack, gather_pack
from app.domain.meeting_reports.schemas import read_choices
from app.domain.meetings.calendar import CalendarMeeting, Part, entry_of, get_in_calendar
from app.domain.minutes.queries import EditionView
from app.domain.presentations.of_meetings import DeckFile
from app.http.printing import stamp_with_press
from app.http.spreadsheets import LICENCE
from app.papers.meeting_reports import find_key, print_report
from app.papers.packing import Sheet, add_sheet, add_stored
from app.papers.press import Press, Words, page_words, standing_alone

# Bytes of slides; what goes beyond is named in the note with its address.
MOST_OF_SLIDES = 400_000_000
_FOLDERS = {"wish": "oensker", "idea": "ideer", "need": "behov", "card": "indspil", "question": "indspil"}

Row = dict[str, object]


def _(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the note that lies in the pack."""

    name: str
    about: str


def pack_meeting(
    tools: Tools, press: Press, wanted: Wanted, path: Path, progress: Callable[[int], None]
) -> str | None:
    """The pack of a meeting for the audience that is chosen; its stamp, or None where there is no meeting."""
    choices = read_choices(wanted.choices)
    with tools.database.unit() as session:
        key = find_key(session, wanted.subject_id)
        pack = gather_pack(session, key, choices) if key is not None else None
        if pack is None:
            return None
        day = get_in_calendar(session, wanted.subject_id)
    say = i18n.catalogue(choices.language).gettext
    words = print_report(press, pack.report)
    progress(1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        lines = [*_add_report(archive, press, words, say), *_add_minutes(archive, press, pack, words, say)]
        progress(2)
        for sheet in list_sheets(pack.report, press.site.base_url, say):
            add_sheet(archive, sheet)
            lines.append(Line(f"data/{sheet.name}.csv, data/{sheet.name}.json", sheet.about))
        if day is not None:
            name = f"moede-{slug(pack.report.meeting.key)}.ics"
            archive.writestr(name, _write_day(press, day, choices.language))
            lines.append(Line(name, say(_("Mødet til en kalender"))))
        slides, left_out = _add_slides(archive, tools, pack.slides)
        note = press.renderer.render_template(
            "papers/laes_mig.txt",
            choices.language,
            report=pack.report,
            lines=[*lines, *slides],
            left_out=left_out,
            most=MOST_OF_SLIDES // 1_000_000,
            made_at=now(),
            site=press.site,
            licence=LICENCE,
        )
        archive.writestr("LAES-MIG.txt", note)
    progress(3)
    return stamp_with_press(pack.stamp, FOLDER)


# --- papers


def _add_report(
    archive: zipfile.ZipFile, press: Press, words: Words, say: Callable[[str], str]
) -> Iterable[Line]:
    document = press.read(words.page)
    archive.writestr("rapport.docx", write_docx(document, words.imprint))
    archive.writestr("rapport.pdf", write_pdf(document, words.imprint))
    archive.writestr("rapport.html", standing_alone(words.page, words.imprint, press.site.base_url))
    yield Line("rapport.docx", say(_("Rapporten til Word og til et sagssystem")))
    yield Line("rapport.pdf", say(_("Rapporten til at sende og skrive ud")))
    yield Line("rapport.html", say(_("Rapporten som webside")))


def _add_minutes(
    archive: zipfile.ZipFile, press: Press, pack: MeetingPack, words: Words, say: Callable[[str], str]
) -> Iterable[Line]:
    language = pack.report.choices.language
    for edition in pack.editions:
        page = press.render(f"{FOLDER}/edition.html", language, report=pack.report, edition=edition)
        imprint = _imprint_of(press, page, edition, words.imprint, say)
        name = f"referat/udgave-{edition.number}"
        archive.writestr(f"{name}.docx", write_docx(press.read(page), imprint))
        archive.writestr(f"{name}.html", standing_alone(page, imprint, press.site.base_url))
        yield Line(f"{name}.docx, {name}.html", imprint.title)


def _imprint_of(
    press: Press, page: str, edition: EditionView, of_report: Imprint, say: Callable[[str], str]
) -> Imprint:
    return Imprint(
        title=press.read(page).title(),
        language=of_report.language,
        author=of_report.author,
        reference=of_report.reference.rpartition(" · ")[0] + f" · {say(_('Referat'))} {edition.number}",
        made_at=edition.made_at,
        subject=say(_("Referat af et møde")),
        keywords=of_report.keywords,
        page_words=page_words(of_report.language),
    )


def _write_day(press: Press, meeting: CalendarMeeting, language: str) -> bytes:
    def write(part: Part) -> str:
        return press.renderer.render_template(
            f"calendars/{part}.txt", language, meeting=meeting, written_in=language, site=press.site, own=""
        )

    organizer = Organizer(press.site.site_name, press.site.contact_mail)
    return write_calendar("", [entry_of(meeting, press.site.base_url, write, organizer)])


# --- slides


def _add_slides(
    archive: zipfile.ZipFile, tools: Tools, slides: Iterable[DeckFile]
) -> tuple[list[Line], list[DeckFile]]:
    """The files of the decks as they were sent, as many as there is room for, and those left out."""
    packed, left_out, room = [], [], MOST_OF_SLIDES
    for number, deck in enumerate(slides, start=1):
        stem = slug(deck.title or deck.filename.rpartition(".")[0])
        name = f"oplaeg/{number:02}-{stem}.{slug(deck.kind)}"
        if deck.size > room or not add_stored(archive, name, tools.storage, deck.file_key):
            left_out.append(deck)
            continue
        room -= deck.size
        packed.append(Line(name, deck.title))
    return packed, left_out


# --- data


def list_sheets(report: MeetingReport, site_address: str, say: Callable[[str], str]) -> Iterable[Sheet]:
    """What the report tells, as tables; those that hold nothing are left out."""
    sheets = (
        Sheet(
            "fremmoede",
            say(_("Hvor mange der var tilmeldt og var med, efter slags organisation")),
            ("kind", "signed_up", "came"),
            [*_attendance(report)],
        ),
        Sheet(
            "program",
            say(_("Programmets punkter, med hvem der medvirkede som hvad den dag")),
            ("number", "starts_at", "ends_at", "kind", "title", "title_en", "track", "people", "summary"),
            [*_programme(report)],
        ),
        Sheet(
            "indspil",
            say(_("Kort, ønsker, idéer og spørgsmål med deres numre")),
            (
                "reference", "kind", "title", "text", "language", "aspect", "themes", "said_by",
                "on_behalf_of", "item", "received", "answer_by", "status", "answers", "is_example", "address",
            ),
            [_contribution(said, site_address) for said in report.told],
        ),
        Sheet(
            "svar",
            say(_("Svar, med hvem der har skrevet under, og hvad de svarer på")),
            (
                "number", "kind", "text", "text_en", "organisations", "said_by", "published", "answers_to",
                "is_example",
            ),
            [*_answers(report)],
        ),
        Sheet(
            "spoergsmaal",
            say(_("Spørgsmål til panelet, og hvad der blev svaret")),
            ("reference", "item", "text", "language", "said_by", "on_behalf_of", "answer", "answers"),
            [*_questions(report)],
        ),
        Sheet(
            "afstemninger",
            say(_("Afstemninger, og hvor mange der stemte på hvad")),
            ("question", "kind", "option", "votes", "voters", "is_example"),
            [*_polls(report)],
        ),
        Sheet(
            "loefter",
            say(_("Det, der blev lovet")),
            ("reference", "text", "by", "promised_on", "deadline", "status", "about", "is_example"),
            [*_promises(report)],
        ),
        Sheet(
            "evaluering",
            say(_("Hvordan mødet var: hvor mange der gav hvert trin")),
            ("question", "step", "answers", "of", "is_example"),
            [*_evaluation(report)],
        ),
    )  # fmt: skip
    return (sheet for sheet in sheets if sheet.rows)


def _attendance(report: MeetingReport) -> Iterable[Row]:
    for one in report.attendance.kinds if report.attendance else ():
        yield {"kind": one.kind, "signed_up": one.signed_up, "came": one.came}


def _programme(report: MeetingReport) -> Iterable[Row]:
    for number, item in enumerate(report.items, start=1):
        people = [
            ", ".join(word for word in (part.name, part.title, part.organisation_name) if word)
            for part in item.people
        ]
        yield {
            "number": number,
            "starts_at": item.starts_at,
            "ends_at": item.ends_at,
            "kind": item.kind,
            "title": item.title,
            "title_en": item.title_en,
            "track": item.track,
            "people": people,
            "summary": item.summary,
        }


def _contribution(said: Said, site_address: str) -> Row:
    view = said.view
    folder = _FOLDERS.get(view.kind)
    return {
        "reference": view.reference,
        "kind": view.kind,
        "title": view.title,
        "text": view.body,
        "language": view.language,
        "aspect": view.aspect,
        "themes": [f"{theme.strategy_key}/{theme.key}" for theme in view.themes],
        "said_by": said.by,
        "on_behalf_of": said.on_behalf_of,
        "item": view.item_title or "",
        "received": day_of(view.received_at),
        "answer_by": view.answer_by,
        "status": view.status,
        "answers": [reply.answer.id for reply in said.replies],
        "is_example": view.is_example,
        "address": f"{site_address}/{folder}/{view.reference}" if folder else "",
    }


def _answers(report: MeetingReport) -> Iterable[Row]:
    found = {reply.answer.id: reply.answer for said in report.told for reply in said.replies}
    of_panels = (replies for record in report.panels for replies in record.replies.values())
    found |= {reply.answer.id: reply.answer for replies in of_panels for reply in replies}
    found |= {answer.id: answer for answer in report.to_all}
    for number in sorted(found):
        answer = found[number]
        yield {
            "number": answer.id,
            "kind": answer.kind,
            "text": answer.text,
            "text_en": answer.text_en,
            "organisations": list(answer.organisations),
            "said_by": answer.said_by_text,
            "published": day_of(answer.published_at),
            "answers_to": [one.reference for one in answer.answers],
            "is_example": answer.is_example,
        }


def _questions(report: MeetingReport) -> Iterable[Row]:
    for record in report.panels:
        for asked in record.questions:
            yield {
                "reference": asked.reference,
                "item": record.panel.item_title,
                "text": asked.text,
                "language": asked.language,
                "said_by": asked.said_by,
                "on_behalf_of": asked.on_behalf_of,
                "answer": asked.answer,
                "answers": [reply.answer.id for reply in record.replies.get(asked.id, ())],
            }


def _polls(report: MeetingReport) -> Iterable[Row]:
    for poll in report.polls:
        for line in poll.result.lines if poll.result else ():
            yield {
                "question": poll.question,
                "kind": poll.kind,
                "option": line.text,
                "votes": line.number,
                "voters": poll.voters,
                "is_example": poll.is_example,
            }


def _promises(report: MeetingReport) -> Iterable[Row]:
    for one in report.promises:
        yield {
            "reference": one.reference,
            "text": one.text,
            "by": one.by,
            "promised_on": one.promised_on,
            "deadline": one.deadline,
            "status": one.status,
            "about": [reference for reference, _kind, _title in one.about],
            "is_example": one.is_example,
        }


def _evaluation(report: MeetingReport) -> Iterable[Row]:
    result: Any = report.evaluation
    for one in result.questions if result else ():
        for step, count in enumerate(one.counts, start=1):
            yield {
                "question": one.question.text.say("da"),
                "step": step,
                "answers": count,
                "of": result.answers,
                "is_example": result.is_example,
            }

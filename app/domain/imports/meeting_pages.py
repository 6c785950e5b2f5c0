"""Old pages of meetings: read into a draft, checked by a person, and saved as a meeting not yet shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now, today
from app.core.laid_aside import lay_aside
from app.core.policy import SYSTEM, Actor, NotFound, Refused, require
from app.core.text import CPR_NUMBER, Line, LongProse, Prose, RequiredLine, ShortLine, WebAddress
from app.domain.imports.addresses import add_old_address, find_target, path_of
from app.domain.imports.models import MeetingPage
from app.domain.imports.policy import may_import
from app.domain.imports.web_pages import read_markup, read_meeting
from app.domain.meetings.models import Meeting, Series
from app.domain.meetings.numbering import make_key
from app.domain.meetings.programme import find_organisation_id
from app.domain.meetings.recording import put_meeting
from app.domain.meetings.schemas import (
    MAIN_SERIES,
    ClockTime,
    CorrectionFacts,
    DateCertainty,
    Day,
    Format,
    ItemFacts,
    ItemKind,
    MeetingFacts,
    PartRole,
    PersonFacts,
    Topics,
)
from app.domain.organisations.models import Organisation

MOST_ITEMS: Final = 60
PAGES_PER_PAGE: Final = 20


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


OptionalNumber = Annotated[int | None, BeforeValidator(_empty_is_none)]
OptionalClock = Annotated[ClockTime | None, BeforeValidator(_empty_is_none)]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PagePerson(_Given):
    name: ShortLine = ""
    title: ShortLine = ""
    organisation: ShortLine = ""
    role: PartRole = "speaker"
    is_former: bool = False


class PageItem(_Given):
    kind: ItemKind
    title: RequiredLine
    starts: OptionalClock = None
    ends: OptionalClock = None
    summary: LongProse = ""
    people: Annotated[list[PagePerson], Field(max_length=40)] = []


class PageOddity(_Given):
    """Something odd in the source: as it stands there, what is right, and what there is to say about it."""

    original: RequiredLine
    corrected: ShortLine = ""
    note: Annotated[Prose, Field(max_length=500)] = ""


class PageInput(_Given):
    """The meeting as a person has checked it against its page."""

    number: Annotated[OptionalNumber, Field(ge=1, le=9999)] = None
    title: RequiredLine
    held_on: Day
    date_certainty: DateCertainty = "stated"
    date_note: ShortLine = ""
    starts: OptionalClock = None
    ends: OptionalClock = None
    format: Format = "unknown"
    format_certainty: Literal["stated", "inferred", "unknown"] = "unknown"
    venue: ShortLine = ""
    organiser: ShortLine = ""
    introduction: LongProse = ""
    topics: Topics = []
    participants_approx: Annotated[OptionalNumber, Field(ge=0, le=100_000)] = None
    participants_text: ShortLine = ""
    vendor_companies: Annotated[OptionalNumber, Field(ge=0, le=100_000)] = None
    source_url: Annotated[WebAddress | None, BeforeValidator(_empty_is_none)] = None
    completeness: Line = ""
    items: Annotated[list[PageItem], Field(max_length=MOST_ITEMS)] = []
    oddities: Annotated[list[PageOddity], Field(max_length=60)] = []


@dataclass(frozen=True, slots=True)
class MeetingPageView:
    """A page and what was read out of it; `meeting_key` of the meeting that came of it."""

    id: int
    source_url: str
    wording: str
    found: dict[str, Any]
    state: str
    meeting_key: str
    created_at: datetime

    @property
    def name(self) -> str:
        return str(self.found.get("heading") or self.source_url or self.id)


def read_page(session: Session, actor: Actor, content: bytes, source_url: str = "") -> MeetingPage:
    """Read a page into a draft; nothing but the draft is kept.

    Refused: import_page_empty, import_page_too_large, import_page_cpr.
    """
    require(may_import(actor))
    read = read_markup(content)
    found = read_meeting(read, source_url, today())
    if CPR_NUMBER.search(read.wording) or CPR_NUMBER.search(str(found)):
        raise Refused("import_page_cpr")
    page = MeetingPage(
        source_url=source_url,
        wording=read.wording[:200_000],
        found=found,
        state="open",
        sent_by_id=actor.user_id,
        created_at=now(),
    )
    session.add(page)
    session.flush()
    record(session, actor, "read", "meeting_page", page.id, after={"source_url": source_url})
    return page


def save_page(session: Session, actor: Actor, page_id: int, given: PageInput) -> str:
    """The meeting as checked, not shown to others yet; its key. The page's own address leads to it.

    Refused: import_page_saved, number_taken.
    """
    require(may_import(actor))
    page = _take(session, page_id)
    if page.state != "open":
        raise Refused("import_page_saved")
    key = _key_for(session, given)
    facts = _as_facts(session, key, given)
    saved = put_meeting(session, SYSTEM, facts)
    page.state, page.meeting_id = "saved", saved.meeting_id
    after = {"meeting_id": saved.meeting_id, "key": key, "items": len(given.items)}
    record(session, actor, "save", "meeting_page", page.id, after=after)
    path = path_of(given.source_url or "")
    if path and path != "/" and find_target(session, path) is None:
        add_old_address(session, actor, path, f"/moeder/{key}")
    return key


def drop_page(session: Session, actor: Actor, page_id: int) -> None:
    """Forget a draft. Refused: import_page_saved."""
    require(may_import(actor))
    page = _take(session, page_id)
    if page.state != "open":
        raise Refused("import_page_saved")
    record(session, actor, "drop", "meeting_page", page.id, before={"source_url": page.source_url})
    path = f"/import/moedeside/{page.id}"
    lay_aside(session, actor, "meeting_page", page, page.source_url, path=path)
    session.delete(page)


def _take(session: Session, page_id: int) -> MeetingPage:
    page = session.get(MeetingPage, page_id, with_for_update=True) if 0 < page_id < 2**53 else None
    if page is None:
        raise NotFound
    return page


def _key_for(session: Session, given: PageInput) -> str:
    if given.number is None:
        stem = f"{MAIN_SERIES}-{given.held_on.year}-"
        taken = session.scalars(select(Meeting.key).where(Meeting.key.startswith(stem, autoescape=True)))
        return make_key(MAIN_SERIES, given.held_on.year, given.title, taken)
    is_it = (Series.key == MAIN_SERIES) & (Meeting.number == given.number)
    known = select(Meeting.id).join(Series, Series.id == Meeting.series_id).where(is_it)
    if session.scalars(known.order_by(Meeting.id).limit(1)).first() is not None:
        raise Refused("number_taken", number=given.number)
    return str(given.number)


def _as_facts(session: Session, key: str, given: PageInput) -> MeetingFacts:
    organiser = _organisation_key(session, given.organiser)
    items = [
        ItemFacts(
            key=f"{key}-{number:02}",
            order=number,
            kind=item.kind,
            title=item.title,
            summary=item.summary,
            starts_at=item.starts,
            ends_at=item.ends,
            people=[
                PersonFacts(
                    name=one.name,
                    title=one.title,
                    organisation=_organisation_key(session, one.organisation),
                    organisation_name=one.organisation,
                    role=one.role,
                    is_former=one.is_former,
                )
                for one in item.people
            ],
        )
        for number, item in enumerate(given.items, 1)
    ]
    corrections = [
        CorrectionFacts(
            key=f"{key}-rettelse-{number}", original=odd.original, corrected=odd.corrected, note=odd.note
        )
        for number, odd in enumerate(given.oddities, 1)
    ]
    same = given.model_dump(
        exclude={"items", "oddities", "organiser", "held_on", "starts", "ends", "source_url"}
    )
    return MeetingFacts(
        **same,
        key=key,
        status="draft",
        date=given.held_on,
        starts_at=given.starts,
        ends_at=given.ends,
        organisers=[organiser] if organiser else [],
        source_urls=[given.source_url] if given.source_url else [],
        items=items,
        corrections=corrections,
    )


def _organisation_key(session: Session, name: str) -> str | None:
    found = find_organisation_id(session, name)
    return session.get_one(Organisation, found).key if found else None


# --- reading


def find_page(session: Session, actor: Actor, page_id: int) -> MeetingPageView | None:
    require(may_import(actor))
    return next(iter(_list(session, MeetingPage.id == page_id)), None) if 0 < page_id < 2**53 else None


def count_pages(session: Session, actor: Actor) -> int:
    require(may_import(actor))
    return session.scalar(select(func.count(MeetingPage.id))) or 0


def list_pages(session: Session, actor: Actor, page: int = 1) -> list[MeetingPageView]:
    """So many of them, the newest first."""
    require(may_import(actor))
    return _list(session, MeetingPage.id > 0, (page - 1) * PAGES_PER_PAGE)


def _list(session: Session, condition: Any, skipped: int = 0) -> list[MeetingPageView]:
    rows = session.execute(
        select(MeetingPage, Meeting.key)
        .outerjoin(Meeting, Meeting.id == MeetingPage.meeting_id)
        .where(condition)
        .order_by(MeetingPage.id.desc())
        .limit(PAGES_PER_PAGE)
        .offset(skipped)
        .execution_options(populate_existing=True)
    )
    return [
        MeetingPageView(
            page.id, page.source_url, page.wording, page.found, page.state, key or "", page.created_at
        )
        for page, key in rows
    ]

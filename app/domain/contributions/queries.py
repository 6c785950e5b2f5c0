"""Reading contributions, answers and interests; always through the rules of `policy`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Row,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    exists,
    extract,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import Session, aliased

from app.core.asking import Asking, asked, beside, nothing, read
from app.core.clock import day_of_in_sql, today
from app.core.kept import kept
from app.core.policy import STRANGER, Actor
from app.core.slices import By, Place, Slice, read_slice
from app.domain.contributions.gathered import lead_of
from app.domain.contributions.ideas.policy import resting
from app.domain.contributions.models import (
    PREFIXES,
    Answer,
    AnswerContribution,
    AnswerOrganisation,
    Contribution,
    ContributionTheme,
    IdeaDetails,
    Interest,
)
from app.domain.contributions.needs.models import NeedDetails
from app.domain.contributions.policy import (
    OPEN_STATUSES,
    answers_visible_to,
    is_in_force,
    is_late,
    is_listed,
    is_sent_in_sql,
    may_read_signer,
    may_see_contacts,
    visible_to,
)
from app.domain.groups.models import Group
from app.domain.meetings.models import AgendaItem, Appearance, Meeting, PanelTask
from app.domain.meetings.policy import in_force
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.strategies.crosswalk import (
    ThemeLinkView,
    ThemeMeaning,
    crosswalk,
    links_with,
    mean_theme,
    meant_as_told,
)
from app.domain.strategies.models import Strategy, Theme
from app.domain.strategies.queries import theme_id_at
from app.domain.users.models import Membership, Person, User

PER_PAGE: Final = 30
_LARGEST_ID: Final = 2**63 - 1

C = Contribution
_Enterer = aliased(User)


# --- views


@dataclass(frozen=True, slots=True)
class ThemeTag:
    """A theme with what its address and its words need."""

    id: int
    key: str
    strategy_key: str
    name: str
    name_en: str | None

    @property
    def path(self) -> str:
        return f"/temaer/{self.strategy_key}/{self.key}"


@dataclass(frozen=True, slots=True)
class ContributionView:
    """A contribution with what stands around it. `said_by` is a name, or words such as "grupperne".

    `need_state`: how far a need has come, as its municipalities say; None of all other kinds.
    `is_confirmed_voice` is False while the sender is not yet known to speak for the organisation, and None
    where nobody signed in has sent it for one.
    """

    id: int
    kind: str
    reference: str
    title: str
    body: str
    body_en: str
    language: str
    aspect: str | None
    status: str
    visibility: str
    said_by: str
    said_by_text: str
    said_by_person_id: int | None
    said_by_user_id: int | None
    on_behalf_of: str
    on_behalf_of_id: int | None
    entered_by: str
    entered_by_id: int | None
    meeting_id: int | None
    meeting_key: str | None
    meeting_title: str | None
    meeting_title_en: str | None
    meeting_number: int | None
    meeting_held_on: date | None
    item_id: int | None
    item_title: str | None
    item_title_en: str | None
    group_id: int | None
    group_name: str | None
    group_name_en: str | None
    task: str
    certainty_note: str
    source_url: str | None
    received_at: datetime
    answer_by: date | None
    published_at: datetime | None
    is_example: bool
    is_confirmed_voice: bool | None
    attendee_id: int | None
    shown_as: str | None
    version: int
    waiting_reason: str | None
    hidden_at: datetime | None
    answer_count: int
    interest_count: int
    need_state: str | None = None
    themes: tuple[ThemeTag, ...] = ()

    @property
    def is_late(self) -> bool:
        return is_late(self.answer_by, self.status, today())

    @property
    def days_late(self) -> int:
        """For how many days its answer is late; 0 where it is not."""
        return (today() - self.answer_by).days if self.answer_by and self.is_late else 0

    @property
    def is_sender_confirmed(self) -> bool:
        return self.is_confirmed_voice is not False

    @property
    def is_hidden(self) -> bool:
        """Whether only its own people and staff see it."""
        return self.published_at is None or self.status == "withdrawn" or self.hidden_at is not None

    @property
    def is_waiting(self) -> bool:
        """Whether it is sent and waits for staff to let it through."""
        return self.waiting_reason is not None


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list, and how long the list is."""

    rows: tuple[ContributionView, ...]
    total: int
    page: int = 1
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; None and empty narrow nothing. `theme` is "strategy-key/theme-key".

    `answered`: only what has a published answer, however far it has come since. `resting`: only ideas that
    rest, or only those that do not.
    """

    theme: str | None = None
    aspect: str | None = None
    meeting: str | None = None
    year: int | None = None
    status: str | None = None
    organisation_id: int | None = None
    q: str = ""
    late: bool = False
    answered: bool = False
    kind: str | None = None
    resting: bool | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a filter and how many the list would hold with it, the other filters kept."""

    value: str
    label: str
    label_en: str
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    """A filtered list, and the choices of every filter by its name: theme, aspect, meeting, year, …

    `meaning`: what the theme that is asked for means; its `via` of a row's themes tells through which links
    of the crosswalk that row is found. `links`: those, with their words.
    """

    listing: Listing
    choices: Mapping[str, tuple[Choice, ...]]
    meaning: ThemeMeaning = field(default_factory=lambda: ThemeMeaning({}))
    links: Mapping[int, ThemeLinkView] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer answers, as far as the reader may see it."""

    kind: str
    reference: str
    title: str
    language: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    id: int
    kind: str
    verdict: str | None
    text: str
    text_en: str
    text_sv: str
    reason: str
    reason_en: str
    reason_sv: str
    again_by: date | None
    said_by_text: str
    organisations: tuple[str, ...]
    meeting_key: str | None
    meeting_title: str | None
    meeting_title_en: str | None
    meeting_number: int | None
    meeting_held_on: date | None
    published_at: datetime | None
    is_example: bool
    answers: tuple[Answered, ...] = ()


@dataclass(frozen=True, slots=True)
class InterestView:
    """A municipality's mark, signed by a title. `contact`, and the name in `marked_by`, are empty for who may
    not read them."""

    organisation_id: int
    organisation_key: str
    municipality: str
    kind: str
    contact: str
    signed_as: str
    marked_at: datetime
    marked_by: str
    is_example: bool


@dataclass(frozen=True, slots=True)
class IdeaView:
    """The public half of an idea's details."""

    problem: str
    for_whom: str
    proposal: str
    technology: str
    data_source: str
    legal_basis: str
    operations: str
    effect_indicator: str
    baseline: str
    target: str
    partner_wanted: str
    maturity: str
    cost_frame: str
    has_confidential: bool
    effect_unit: str = ""
    baseline_value: Decimal | None = None
    target_value: Decimal | None = None
    wants_partner: bool = False
    cost_from: int | None = None
    cost_to: int | None = None


# --- one statement for any list of contributions


def _themes_of(contribution_id: Any) -> Any:
    """The themes as JSON in one column, so that a list stays one statement."""
    tag = func.jsonb_build_object(
        "id",
        Theme.id,
        "key",
        Theme.key,
        "strategy_key",
        Strategy.key,
        "name",
        Theme.name,
        "name_en",
        Theme.name_en,
    )
    return (
        select(func.jsonb_agg(aggregate_order_by(tag, Strategy.key, Theme.position), type_=JSONB))
        .select_from(ContributionTheme)
        .join(Theme, Theme.id == ContributionTheme.theme_id)
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .where(ContributionTheme.contribution_id == contribution_id)
        .correlate(C)
        .scalar_subquery()
    )


def _is_confirmed_voice() -> Any:
    """Whether who sent it was, when it was sent, in a membership that has been confirmed, then or later.

    NULL for what nobody signed in has said for an organisation.
    """
    confirmed = exists(
        select(Membership.id)
        .where(
            Membership.user_id == C.said_by_user_id,
            Membership.organisation_id == C.on_behalf_of_id,
            Membership.confirmed_at.is_not(None),
            # Who left and asks again waits again; what was sent before stays confirmed.
            or_(Membership.ended_at.is_(None), Membership.ended_at >= C.received_at),
        )
        .correlate(C)
    )
    is_sent_for = and_(C.said_by_user_id.is_not(None), C.on_behalf_of_id.is_not(None))
    return case((is_sent_for, confirmed), else_=null())


@kept
def _rows(actor: Actor) -> Select[Any]:
    """Every visible contribution with the columns of ContributionView."""
    answers = (
        select(func.count())
        .select_from(AnswerContribution)
        .join(Answer, Answer.id == AnswerContribution.answer_id)
        .where(
            AnswerContribution.contribution_id.in_((C.id, lead_of(C.id))),
            answers_visible_to(actor),
        )
        .correlate(C)
        .scalar_subquery()
    )
    interests = select(func.count()).where(Interest.contribution_id == C.id).correlate(C).scalar_subquery()
    return (
        select(
            C.id,
            C.kind,
            C.reference,
            C.title,
            C.body,
            C.body_en,
            C.language,
            C.aspect,
            C.status,
            C.visibility,
            func.coalesce(Person.name, func.nullif(C.said_by_text, ""), User.name, "").label("said_by"),
            C.said_by_text,
            C.said_by_person_id,
            C.said_by_user_id,
            func.coalesce(Organisation.name, C.on_behalf_of_text).label("on_behalf_of"),
            C.on_behalf_of_id,
            func.coalesce(_Enterer.name, "").label("entered_by"),
            C.entered_by_id,
            C.meeting_id,
            Meeting.key.label("meeting_key"),
            Meeting.title.label("meeting_title"),
            Meeting.title_en.label("meeting_title_en"),
            Meeting.number.label("meeting_number"),
            Meeting.held_on.label("meeting_held_on"),
            C.item_id,
            AgendaItem.title.label("item_title"),
            AgendaItem.title_en.label("item_title_en"),
            C.group_id,
            Group.name.label("group_name"),
            Group.name_en.label("group_name_en"),
            C.task,
            C.certainty_note,
            C.source_url,
            C.received_at,
            C.answer_by,
            C.published_at,
            C.is_example,
            _is_confirmed_voice().label("is_confirmed_voice"),
            C.attendee_id,
            C.shown_as,
            C.version,
            C.waiting_reason,
            C.hidden_at,
            answers.label("answer_count"),
            interests.label("interest_count"),
            NeedDetails.state.label("need_state"),
            _themes_of(C.id).label("themes"),
        )
        .select_from(C)
        .outerjoin(Person, Person.id == C.said_by_person_id)
        .outerjoin(User, User.id == C.said_by_user_id)
        .outerjoin(_Enterer, _Enterer.id == C.entered_by_id)
        .outerjoin(Organisation, Organisation.id == C.on_behalf_of_id)
        .outerjoin(Meeting, Meeting.id == C.meeting_id)
        .outerjoin(AgendaItem, AgendaItem.id == C.item_id)
        .outerjoin(Group, Group.id == C.group_id)
        .outerjoin(NeedDetails, NeedDetails.contribution_id == C.id)
        .where(visible_to(actor))
    )


_FIELDS = [known.name for known in fields(ContributionView) if known.name != "themes"]


def _view(row: Row[Any]) -> ContributionView:
    values = {name: getattr(row, name) for name in _FIELDS}
    return ContributionView(**values, themes=tuple(ThemeTag(**tag) for tag in row.themes or ()))


NEWEST = (C.received_at.desc(), C.id.desc())


def _list(
    session: Session,
    actor: Actor,
    *conditions: ColumnElement[bool],
    page: int = 1,
    per_page: int = PER_PAGE,
    order: Sequence[Any] = NEWEST,
) -> Listing:
    """One page and the length of the list in one statement; past the end, the first page."""
    wanted = _chosen(actor, *conditions).add_columns(func.count().over().label("total"))
    wanted = wanted.order_by(*order).limit(per_page)
    rows = session.execute(_shown(actor, wanted.offset((page - 1) * per_page), order)).all()
    if not rows and page > 1:
        page, rows = 1, session.execute(_shown(actor, wanted, order)).all()
    return Listing(tuple(map(_view, rows)), rows[0].total if rows else 0, page, per_page)


def _list_first(
    session: Session, actor: Actor, *conditions: ColumnElement[bool], most: int, order: Sequence[Any] = NEWEST
) -> tuple[ContributionView, ...]:
    """So many of a list that nobody counts; one statement."""
    wanted = _chosen(actor, *conditions).order_by(*order).limit(most)
    return tuple(map(_view, session.execute(_shown(actor, wanted, order))))


def _chosen(actor: Actor, *conditions: ColumnElement[bool]) -> Select[Any]:
    """The ids alone, beside what lists are ordered by."""
    return (
        select(C.id)
        .select_from(C)
        .outerjoin(AgendaItem, AgendaItem.id == C.item_id)
        .outerjoin(Group, Group.id == C.group_id)
        .where(visible_to(actor), *conditions)
    )


def _shown(actor: Actor, wanted: Select[Any], order: Sequence[Any], name: str = "said") -> Select[Any]:
    """The columns of these ids alone, and the `total` where one stands beside each: no texts are read of what
    is left out."""
    chosen = wanted.cte(f"{name}_chosen")
    ids = select(chosen.c.id).scalar_subquery()
    statement = _rows(actor).where(C.id == any_(func.array(ids))).order_by(*order)
    if "total" not in chosen.c:
        return statement
    total = select(chosen.c.total).where(chosen.c.id == C.id).correlate(C).scalar_subquery()
    return statement.add_columns(total.label("total"))


def list_newest(
    session: Session, actor: Actor, kinds: Sequence[str], limit: int
) -> tuple[ContributionView, ...]:
    """The newest that the actor may see of these kinds."""
    return _list_first(session, actor, C.kind.in_(kinds), most=limit)


def list_references(session: Session, actor: Actor, kinds: Sequence[str], most: int) -> list[tuple[str, str]]:
    """(kind, reference) of the newest that the actor may see of these kinds; one statement."""
    statement = select(C.kind, C.reference).where(visible_to(actor), C.kind.in_(kinds))
    return [(row.kind, row.reference) for row in session.execute(statement.order_by(*NEWEST).limit(most))]


# --- lists with filters


def _year() -> ColumnElement[int]:
    said_on = func.coalesce(Meeting.held_on, day_of_in_sql(C.received_at))
    return cast(extract("year", said_on), Integer)


def _outline(filters: Filters) -> Filters:
    """The same filters without what they ask for: those that look alike are asked by one statement, with
    other `_values`."""
    return replace(
        filters,
        theme=filters.theme and "…",
        aspect=filters.aspect and "…",
        meeting=filters.meeting and "…",
        year=None if filters.year is None else 0,
        status=filters.status and "…",
        organisation_id=None if filters.organisation_id is None else 0,
        q=" ".join("…" for _ in _words(filters)),
        kind=filters.kind and "…",
    )


def _values(filters: Filters, meaning: ThemeMeaning) -> dict[str, Any]:
    """What is asked for. `meaning`: of the theme, as the crosswalk has it. What cannot be finds nothing."""
    year, organisation_id = filters.year or 0, filters.organisation_id or 0
    return {
        "only_themes": meaning.ids,
        "only_aspect": filters.aspect,
        "only_meeting": filters.meeting,
        "only_year": year if abs(year) < 10_000 else None,
        "only_status": filters.status,
        "only_organisation": organisation_id if 0 < organisation_id <= _LARGEST_ID else None,
        "only_kind": filters.kind,
    } | {f"word_{number}": _escape(word) for number, word in enumerate(_words(filters))}


def _words(filters: Filters) -> list[str]:
    return filters.q.split()[:10]


def _escape(word: str) -> str:
    """For LIKE, where "/" takes the meaning of the next sign away."""
    return re.sub(r"([/%_])", r"/\1", word)


def _holds(count: int) -> ColumnElement[bool]:
    """Each of so many words stands somewhere in it, whole or in part."""
    columns = (C.title, C.body, C.reference, C.on_behalf_of_text, Organisation.name)
    words = (bindparam(f"word_{number}", type_=Text) for number in range(count))
    return and_(true(), *(or_(*(column.icontains(word, escape="/") for column in columns)) for word in words))


def _base(actor: Actor, kinds: Sequence[str], outline: Filters) -> Select[Any]:
    """The visible contributions of these kinds and words, with what the filters look at."""
    statement = (
        select(
            C.id,
            C.kind,
            C.aspect,
            C.status,
            _year().label("year"),
            Meeting.key.label("meeting"),
            C.on_behalf_of_id.label("organisation_id"),
            C.answer_by,
            C.received_at,
        )
        .select_from(C)
        .outerjoin(Meeting, Meeting.id == C.meeting_id)
        .outerjoin(Organisation, Organisation.id == C.on_behalf_of_id)
        .where(visible_to(actor), C.kind.in_(kinds), is_listed())
    )
    if outline.q:
        statement = statement.where(_holds(len(_words(outline))))
    if outline.resting is not None:
        statement = statement.where(resting() if outline.resting else ~resting())
    if outline.late:
        statement = statement.where(C.answer_by < today(), C.status.in_(OPEN_STATUSES))
    if outline.answered:
        statement = statement.where(_has_answer(actor))
    return statement


def _has_answer(actor: Actor) -> ColumnElement[bool]:
    """Whether something is published in answer to it, or to the lead that it hangs under."""
    return exists(
        select(AnswerContribution.answer_id)
        .join(Answer, Answer.id == AnswerContribution.answer_id)
        .where(
            AnswerContribution.contribution_id.in_((C.id, lead_of(C.id))),
            Answer.published_at.is_not(None),
            answers_visible_to(actor),
        )
        .correlate(C)
    )


def _under_themes(contribution_id: Any) -> ColumnElement[bool]:
    is_under = ContributionTheme.theme_id.in_(bindparam("only_themes", expanding=True))
    return exists(
        select(ContributionTheme.contribution_id).where(
            ContributionTheme.contribution_id == contribution_id, is_under
        )
    )


def _conditions(base: Any, outline: Filters) -> dict[str, ColumnElement[bool]]:
    """The filters in use, each under its name."""
    b = base.c
    found: dict[str, ColumnElement[bool]] = {}
    if outline.theme:
        found["theme"] = _under_themes(b.id)
    if outline.aspect:
        found["aspect"] = b.aspect == bindparam("only_aspect")
    if outline.meeting:
        found["meeting"] = b.meeting == bindparam("only_meeting")
    if outline.year is not None:
        found["year"] = b.year == bindparam("only_year")
    if outline.status:
        found["status"] = b.status == bindparam("only_status")
    if outline.organisation_id is not None:
        found["organisation"] = b.organisation_id == bindparam("only_organisation")
    if outline.kind:
        found["kind"] = b.kind == bindparam("only_kind")
    return found


@kept
def _choices(actor: Actor, kinds: tuple[str, ...], outline: Filters) -> Select[Any]:
    """(facet, value, label, label_en, count) for every filter, and the total, in one statement.

    A menu of themes counts what choosing one finds: under that and all that it means.
    """
    base = _base(actor, kinds, outline).cte("base")
    conditions = _conditions(base, outline)
    meant = meant_as_told()
    b = base.c
    empty = cast(null(), Text)

    def rest(facet: str) -> list[ColumnElement[bool]]:
        return [condition for name, condition in conditions.items() if name != facet]

    def plain(facet: str, column: Any) -> Select[Any]:
        return (
            select(
                literal(facet).label("facet"),
                cast(column, Text).label("value"),
                empty.label("label"),
                empty.label("label_en"),
                func.count().label("count"),
            )
            .where(column.is_not(None), *rest(facet))
            .group_by(column)
        )

    meetings = (
        select(literal("meeting"), Meeting.key, Meeting.title, Meeting.title_en, func.count())
        .join(base, b.meeting == Meeting.key)
        .where(*rest("meeting"))
        .group_by(Meeting.id)
    )
    organisations = (
        select(literal("organisation"), cast(Organisation.id, Text), Organisation.name, empty, func.count())
        .join(base, b.organisation_id == Organisation.id)
        .where(*rest("organisation"))
        .group_by(Organisation.id)
    )
    # Each is counted once under a theme, before the names come in: together they were sorted on the disk.
    under = (
        select(meant.c.row_id, b.id)
        .select_from(base)
        .join(ContributionTheme, ContributionTheme.contribution_id == b.id)
        .join(meant, meant.c.theme_id == ContributionTheme.theme_id)
        .where(*rest("theme"))
        .distinct()
        .subquery()
    )
    tally = select(under.c.row_id, func.count().label("count")).group_by(under.c.row_id).subquery()
    themes = (
        select(literal("theme"), Strategy.key + "/" + Theme.key, Theme.name, Theme.name_en, tally.c["count"])
        .select_from(tally)
        .join(Theme, Theme.id == tally.c.row_id)
        .join(Strategy, Strategy.id == Theme.strategy_id)
    )
    total = select(literal("total"), empty, empty, empty, func.count()).select_from(base).where(*rest(""))
    counted = union_all(
        plain("kind", b.kind),
        plain("aspect", b.aspect),
        plain("status", b.status),
        plain("year", b.year),
        meetings,
        organisations,
        themes,
        total,
    ).subquery("counted")
    c = counted.c
    return select(counted).order_by(c.facet, danish_order(c.label), c.value.desc()).limit(2000)


def found_among(actor: Actor, kinds: Sequence[str], filters: Filters, page: int = 1) -> Asking[Found]:
    """Those of these kinds that pass the filters, in two steps; past the end, the first page."""
    known, theme_id = yield from beside(
        crosswalk(), theme_id_at(filters.theme) if filters.theme else nothing(None)
    )
    meaning = known.find_meaning([theme_id] if theme_id is not None else [])
    outline = _outline(filters)
    values = _values(filters, meaning)
    shown = _in_order(actor, tuple(kinds), outline)
    counted, rows, links = yield from beside(
        asked(_choices(actor, tuple(kinds), outline), values | known.told),
        asked(shown, values | {"listed": PER_PAGE, "before": (page - 1) * PER_PAGE}),
        links_with(meaning.link_ids),
    )
    if not rows and page > 1:
        page, rows = 1, (yield from asked(shown, values | {"listed": PER_PAGE, "before": 0}))
    choices: dict[str, list[Choice]] = {}
    total = 0
    for row in counted:
        if row.facet == "total":
            total = row.count
            continue
        label = row.label or row.value
        choices.setdefault(row.facet, []).append(Choice(row.value, label, row.label_en or label, row.count))
    listing = Listing(tuple(map(_view, rows)), total, page, PER_PAGE)
    return Found(listing, {facet: tuple(found) for facet, found in choices.items()}, meaning, links)


@kept
def _in_order(actor: Actor, kinds: tuple[str, ...], outline: Filters) -> Select[Any]:
    """So many of those that pass the filters, after so many others."""
    base = _base(actor, kinds, outline).subquery("base")
    b = base.c
    order = (b.answer_by, b.id) if outline.late else (b.received_at.desc(), b.id.desc())
    listed, before = bindparam("listed", type_=Integer), bindparam("before", type_=Integer)
    wanted = select(b.id).where(*_conditions(base, outline).values()).order_by(*order)
    return _shown(actor, wanted.limit(listed).offset(before), (C.answer_by, C.id) if outline.late else NEWEST)


def list_wishes(session: Session, actor: Actor, filters: Filters, page: int = 1) -> Found:
    """Wishes, the newest first (late ones: the latest first), in two statements."""
    return read(session, found_among(actor, ("wish",), filters, page))


def list_all_wishes(
    session: Session, actor: Actor, filters: Filters, most: int
) -> tuple[ContributionView, ...]:
    """The same wishes without pages and counts, so many at most; one statement, and what the theme takes."""
    meaning = mean_theme(session, filters.theme) if filters.theme else ThemeMeaning({})
    values = _values(filters, meaning) | {"listed": most, "before": 0}
    rows = session.execute(_in_order(actor, ("wish",), _outline(filters)), values)
    return tuple(map(_view, rows))


def list_ideas(session: Session, actor: Actor, filters: Filters, page: int = 1) -> Found:
    """Ideas for signature projects, the newest first; the public half only. Those that rest are left out,
    unless they are what is asked for."""
    filters = replace(filters, resting=bool(filters.resting))
    return read(session, found_among(actor, ("idea",), filters, page))


def read_contributions(
    session: Session,
    actor: Actor,
    kinds: Sequence[str],
    filters: Filters,
    after: Place | None,
    most: int,
) -> Slice[ContributionView]:
    """So many of these kinds after a place, the newest first; one statement, and what the theme takes. Of
    ideas those that rest are left out, unless they are what is asked for."""
    outline = _outline(filters)
    base = _base(actor, kinds, outline).cte("base")
    meaning = mean_theme(session, filters.theme) if filters.theme else ThemeMeaning({})
    ids = select(base.c.id).where(*_conditions(base, outline).values())
    values = _values(filters, meaning)
    found = read_slice(session, _rows(actor).where(C.id.in_(ids)), SLICED, after, most, values)
    return Slice(tuple(map(_view, found.rows)), found.last)


# The newest first, by a moment and a number that every contribution has.
SLICED: Final = (By(C.received_at, datetime, True), By(C.id, int, True))


def read_answers(
    session: Session, actor: Actor, after: Place | None, most: int, *, meeting: str | None = None
) -> Slice[AnswerView]:
    """So many of the published answers after a place, the newest first. One statement."""
    statement = _answer_rows(actor).where(Answer.published_at.is_not(None))
    if meeting is not None:
        statement = statement.where(Meeting.key == meeting)
    order = (By(Answer.published_at, datetime, True), By(Answer.id, int, True))
    found = read_slice(session, statement, order, after, most)
    rows = ({name: row._mapping[name] for name in row._mapping if name[:6] != "place_"} for row in found.rows)
    return Slice(tuple(map(_answer_of, rows)), found.last)


def late_for(actor: Actor, *, page: int = 1, per_page: int = PER_PAGE) -> Asking[Listing]:
    """What should have been answered and is not, the latest first; as far as the actor sees it."""
    return page_of(_late(actor), {}, page, per_page, "late")


@kept
def _late(actor: Actor) -> Select[Any]:
    conditions = (
        C.answer_by < today(),
        C.status.in_(OPEN_STATUSES),
        C.published_at.is_not(None),
        is_listed(),
    )
    return paged(actor, _chosen(actor, *conditions), (C.answer_by, C.id), "late")


@dataclass(frozen=True, slots=True)
class Lateness:
    """For how many days answers are late: how many there are, so many days or more of half of them, the
    longest, and {the most days of a span (None: more than that): how many}."""

    total: int
    median: int
    longest: int
    spans: Mapping[int | None, int]


# Days; what is later than the last one is told together.
SPANS: Final = (7, 30, 90)


def list_late_of(
    session: Session, actor: Actor, filters: Filters, page: int = 1
) -> tuple[Found, Lateness | None]:
    """What should have been answered and is not, of any kind, the latest first; and for how long. Three
    statements."""
    filters = replace(filters, late=True)
    found = read(session, found_among(actor, tuple(PREFIXES), filters, page))
    return found, _measure_lateness(session, actor, filters, found.meaning) if found.listing.rows else None


def list_newly_late(
    session: Session, actor: Actor, filters: Filters, most: int
) -> tuple[ContributionView, ...]:
    """The same without pages and counts, so many at most, what became late last first; one statement, and
    what the theme takes."""
    outline = _outline(replace(filters, late=True))
    base = _base(actor, tuple(PREFIXES), outline).cte("base")
    meaning = mean_theme(session, filters.theme) if filters.theme else ThemeMeaning({})
    order = (C.answer_by.desc(), C.id.desc())
    wanted = (
        select(base.c.id)
        .where(*_conditions(base, outline).values())
        .order_by(base.c.answer_by.desc(), base.c.id.desc())
        .limit(most)
    )
    return tuple(map(_view, session.execute(_shown(actor, wanted, order), _values(filters, meaning))))


def _measure_lateness(session: Session, actor: Actor, filters: Filters, meaning: ThemeMeaning) -> Lateness:
    outline = _outline(filters)
    base = _base(actor, tuple(PREFIXES), outline).cte("base")
    days = (literal(today()) - base.c.answer_by).label("days")
    late = select(days).where(*_conditions(base, outline).values()).subquery("late")
    d = late.c.days
    bounds = zip((0, *SPANS), (*SPANS, 10**6), strict=True)
    row = session.execute(
        select(
            func.count(),
            func.percentile_disc(0.5).within_group(d.desc()),
            func.max(d),
            *(func.count().filter(d > over, d <= most) for over, most in bounds),
        ).select_from(late),
        _values(filters, meaning),
    ).one()
    spans: dict[int | None, int] = dict(zip((*SPANS, None), row[3:], strict=True))
    return Lateness(row[0], row[1], row[2], spans)


def list_of_meeting(
    session: Session,
    actor: Actor,
    meeting_id: int,
    *,
    page: int = 1,
    per_page: int = PER_PAGE,
    only_unthemed: bool = False,
) -> Listing:
    """What was said at a meeting, in the order of the programme; what is withdrawn or hidden left out."""
    return read(
        session, said_at(actor, meeting_id, page=page, per_page=per_page, only_unthemed=only_unthemed)
    )


def said_at(
    actor: Actor,
    meeting_id: int,
    *,
    page: int = 1,
    per_page: int = PER_PAGE,
    only_unthemed: bool = False,
) -> Asking[Listing]:
    """The same, to be asked beside others."""
    statement = _of_meeting(actor, only_unthemed)
    return (yield from page_of(statement, {"of_meeting": meeting_id}, page, per_page))


def page_of(
    statement: Select[Any], values: Mapping[str, Any], page: int, per_page: int, name: str = "said"
) -> Asking[Listing]:
    """One page of a statement made by `paged` under this name; past the end, the first page."""
    sized = {**values, f"{name}_listed": per_page}
    rows = yield from asked(statement, sized | {f"{name}_before": (page - 1) * per_page})
    if not rows and page > 1:
        page, rows = 1, (yield from asked(statement, sized | {f"{name}_before": 0}))
    return Listing(tuple(map(_view, rows)), rows[0].total if rows else 0, page, per_page)


@kept
def _of_meeting(actor: Actor, only_unthemed: bool) -> Select[Any]:
    wanted = _chosen(actor, C.meeting_id == bindparam("of_meeting"), is_in_force())
    if only_unthemed:
        wanted = wanted.where(_is_unthemed())
    order = (AgendaItem.position.nulls_last(), Group.position.nulls_first(), C.received_at, C.id)
    return paged(actor, wanted, order)


def paged(actor: Actor, wanted: Select[Any], order: Sequence[Any], name: str = "said") -> Select[Any]:
    """One page of these, and beside each how many there are. `name`: its own among lists that are asked
    beside each other."""
    listed, before = (bindparam(f"{name}_{part}", type_=Integer) for part in ("listed", "before"))
    wanted = wanted.add_columns(func.count().over().label("total")).order_by(*order)
    return _shown(actor, wanted.limit(listed).offset(before), order, name)


def _is_unthemed() -> ColumnElement[bool]:
    return ~exists(select(ContributionTheme.theme_id).where(ContributionTheme.contribution_id == C.id))


def list_under_theme(
    session: Session,
    actor: Actor,
    theme_ids: Sequence[int],
    *,
    kinds: Sequence[str] = (),
    page: int = 1,
    per_page: int = PER_PAGE,
) -> Listing:
    """What stands under any of these themes, the newest first. No kinds means all."""
    under = C.id.in_(
        select(ContributionTheme.contribution_id).where(ContributionTheme.theme_id.in_(theme_ids))
    )
    conditions = [under, is_listed()]
    if kinds:
        conditions.append(C.kind.in_(kinds))
    return _list(session, actor, *conditions, page=page, per_page=per_page)


def list_on_behalf_of(
    session: Session, actor: Actor, organisation_id: int, *, page: int = 1, per_page: int = PER_PAGE
) -> Listing:
    """What was said on behalf of an organisation, also aloud in a group; the newest first."""
    return read(session, said_on_behalf_of(actor, organisation_id, page=page, per_page=per_page))


def said_on_behalf_of(
    actor: Actor, organisation_id: int, *, page: int = 1, per_page: int = PER_PAGE
) -> Asking[Listing]:
    """The same, to be asked beside others."""
    values = {"on_behalf_of": organisation_id}
    return page_of(_on_behalf_of(actor), values, page, per_page)


@kept
def _on_behalf_of(actor: Actor) -> Select[Any]:
    is_theirs = C.on_behalf_of_id == bindparam("on_behalf_of")
    return paged(actor, _chosen(actor, is_theirs, is_listed()), NEWEST)


def list_interesting_to(
    session: Session, actor: Actor, organisation_id: int, *, page: int = 1, per_page: int = PER_PAGE
) -> Listing:
    """What a municipality has marked, the newest first."""
    marked = C.id.in_(select(Interest.contribution_id).where(Interest.organisation_id == organisation_id))
    return _list(session, actor, marked, page=page, per_page=per_page)


def list_recorded(
    session: Session, actor: Actor, meeting_id: int, *, page: int = 1, per_page: int = PER_PAGE
) -> Listing:
    """What was written down at a meeting, the last first, withdrawn ones too; for who writes it down."""
    conditions = (C.meeting_id == meeting_id, ~is_sent_in_sql())
    return _list(session, actor, *conditions, page=page, per_page=per_page, order=(C.id.desc(),))


# --- one contribution


def find_contribution(session: Session, actor: Actor, reference: str) -> ContributionView | None:
    """By its reference in any case: "OE-0142" or "oe-0142"."""
    return read(session, contribution_named(actor, reference))


def contribution_named(actor: Actor, reference: str) -> Asking[ContributionView | None]:
    """The same, to be asked beside others."""
    rows = yield from asked(_by_reference(actor), {"named": as_reference(reference)})
    return _view(rows[0]) if rows else None


def as_reference(typed: str) -> str:
    """A reference as it is stored, of one in any case."""
    return typed.strip().upper()[:20]


@kept
def _by_reference(actor: Actor) -> Select[Any]:
    return _rows(actor).where(C.reference == bindparam("named"))


def find_contributions(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, ContributionView]:
    """Those of them that the actor may see, by id."""
    return read(session, contributions_with(actor, ids))


def contributions_with(actor: Actor, ids: Sequence[int]) -> Asking[dict[int, ContributionView]]:
    """The same, to be asked beside others."""
    if not ids:
        return {}
    return {row.id: _view(row) for row in (yield from asked(_with(actor), {"seen": list(ids)}))}


@kept
def _with(actor: Actor) -> Select[Any]:
    return _rows(actor).where(C.id.in_(bindparam("seen", expanding=True)))


def is_for_all(session: Session, contribution_id: int) -> bool:
    """Whether everybody may read it, and it belongs in lists."""
    return read(session, openness_of(contribution_id))


def openness_of(contribution_id: int) -> Asking[bool]:
    """The same, to be asked beside others."""
    return bool((yield from asked(_open_to_all(), {"open_to_all": contribution_id})))


@kept
def _open_to_all() -> Select[Any]:
    return select(C.id).where(C.id == bindparam("open_to_all"), visible_to(STRANGER), is_listed())


def find_idea_details(session: Session, contribution_id: int) -> IdeaView | None:
    """The public half of an idea, and whether there is a confidential one."""
    return read(session, details_of_idea(contribution_id))


def details_of_idea(contribution_id: int) -> Asking[IdeaView | None]:
    """The same, to be asked beside others."""
    rows = yield from asked(_details(), {"idea_detailed": contribution_id})
    return IdeaView(**rows[0]._mapping) if rows else None


@kept
def _details() -> Select[Any]:
    columns = [
        getattr(IdeaDetails, known.name) for known in fields(IdeaView) if known.name != "has_confidential"
    ]
    return select(*columns, (func.cardinality(_keys()) > 0).label("has_confidential")).where(
        IdeaDetails.contribution_id == bindparam("idea_detailed")
    )


def _keys() -> Any:
    return func.array(
        select(func.jsonb_object_keys(IdeaDetails.confidential)).correlate(IdeaDetails).scalar_subquery()
    )


# --- answers


@kept
def _answer_rows(actor: Actor) -> Select[Any]:
    answered = func.jsonb_build_object(
        "kind", C.kind, "reference", C.reference, "title", C.title, "language", C.language
    )
    answers = (
        select(func.jsonb_agg(aggregate_order_by(answered, C.reference), type_=JSONB))
        .select_from(AnswerContribution)
        .join(C, C.id == AnswerContribution.contribution_id)
        .where(AnswerContribution.answer_id == Answer.id, visible_to(actor))
        .correlate(Answer)
        .scalar_subquery()
    )
    organisations = (
        select(
            func.jsonb_agg(
                aggregate_order_by(Organisation.name, danish_order(Organisation.name)), type_=JSONB
            )
        )
        .select_from(AnswerOrganisation)
        .join(Organisation, Organisation.id == AnswerOrganisation.organisation_id)
        .where(AnswerOrganisation.answer_id == Answer.id)
        .correlate(Answer)
        .scalar_subquery()
    )
    return (
        select(
            Answer.id,
            Answer.kind,
            Answer.verdict,
            Answer.text,
            Answer.text_en,
            Answer.text_sv,
            Answer.reason,
            Answer.reason_en,
            Answer.reason_sv,
            Answer.again_by,
            Answer.said_by_text,
            Answer.published_at,
            Answer.is_example,
            Meeting.key.label("meeting_key"),
            Meeting.title.label("meeting_title"),
            Meeting.title_en.label("meeting_title_en"),
            Meeting.number.label("meeting_number"),
            Meeting.held_on.label("meeting_held_on"),
            organisations.label("organisations"),
            answers.label("answers"),
        )
        .select_from(Answer)
        .outerjoin(Meeting, Meeting.id == Answer.meeting_id)
        .where(answers_visible_to(actor))
    )


def _answer_view(row: Row[Any]) -> AnswerView:
    return _answer_of(dict(row._mapping))


def _answer_of(values: dict[str, Any]) -> AnswerView:
    values["organisations"] = tuple(values["organisations"] or ())
    values["answers"] = tuple(Answered(**found) for found in values["answers"] or ())
    return AnswerView(**values)


def _newest_of(answers: Select[Any], most: int) -> Select[Any]:
    """The newest of these answers, and beside each how many there are of them."""
    every = answers.with_only_columns(Answer.id, maintain_column_froms=True).subquery()
    total = select(func.count()).select_from(every).scalar_subquery()
    return answers.add_columns(total.label("total")).order_by(*_NEWEST_ANSWER).limit(most)


def _answers_and_total(rows: Sequence[Row[Any]]) -> tuple[list[AnswerView], int]:
    found = [dict(row._mapping) for row in rows]
    totals = [values.pop("total") for values in found]
    return [_answer_of(values) for values in found], totals[0] if totals else 0


_NEWEST_ANSWER = (Answer.published_at.desc().nulls_first(), Answer.id.desc())


def latest_answers(session: Session, actor: Actor, limit: int = 3) -> list[AnswerView]:
    """The answers published last. One statement."""
    statement = _answer_rows(actor).where(Answer.published_at.is_not(None)).order_by(*_NEWEST_ANSWER)
    return [_answer_view(row) for row in session.execute(statement.limit(limit))]


def find_answers(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, AnswerView]:
    """Those of the answers that the actor may see, by id."""
    if not ids:
        return {}
    rows = session.execute(_answer_rows(actor).where(Answer.id.in_(ids)))
    return {row.id: _answer_view(row) for row in rows}


def list_answers_to(session: Session, actor: Actor, contribution_id: int) -> list[AnswerView]:
    """What was answered to one contribution, or to the lead that it hangs under; the newest first."""
    return read(session, answers_to(actor, contribution_id))


def answers_to(actor: Actor, contribution_id: int) -> Asking[list[AnswerView]]:
    """The same, to be asked beside others."""
    rows = yield from asked(_answers_to(actor), {"answered": contribution_id})
    return [_answer_view(row) for row in rows]


@kept
def _answers_to(actor: Actor) -> Select[Any]:
    asked = bindparam("answered", type_=BigInteger)
    to_it = select(AnswerContribution.answer_id).where(
        AnswerContribution.contribution_id.in_((asked, lead_of(asked)))
    )
    return _answer_rows(actor).where(_is_one_of(to_it)).order_by(*_NEWEST_ANSWER).limit(PER_PAGE)


def _is_one_of(answer_ids: Select[tuple[int]]) -> ColumnElement[bool]:
    """Read first and looked up by number: as a join they were met only after all answers had been read."""
    return Answer.id == any_(func.array(answer_ids.scalar_subquery()))


def list_answers_to_any(
    session: Session, actor: Actor, contribution_ids: Sequence[int], answer_id: int | None = None
) -> list[AnswerView]:
    """What has been answered to any of these, and this answer besides; the oldest first. One statement."""
    return read(session, answers_to_any(actor, contribution_ids, answer_id))


def answers_to_any(
    actor: Actor, contribution_ids: Sequence[int], answer_id: int | None = None
) -> Asking[list[AnswerView]]:
    """The same, to be asked beside others."""
    values = {"answered_any": list(contribution_ids), "besides": answer_id}
    rows = yield from asked(_answers_to_any(actor), values)
    return [_answer_view(row) for row in rows]


@kept
def _answers_to_any(actor: Actor) -> Select[Any]:
    to_them = select(AnswerContribution.answer_id).where(
        AnswerContribution.contribution_id.in_(bindparam("answered_any", expanding=True))
    )
    is_wanted = or_(_is_one_of(to_them), Answer.id == bindparam("besides", type_=BigInteger))
    statement = _answer_rows(actor).where(is_wanted, Answer.published_at.is_not(None))
    return statement.order_by(Answer.published_at, Answer.id).limit(100)


def list_answers_of_meeting(session: Session, actor: Actor, meeting_id: int) -> list[AnswerView]:
    """What the organisers said back at, or after, a meeting; in the order in which it was noted."""
    return read(session, answers_of_meeting(actor, meeting_id))


def answers_of_meeting(actor: Actor, meeting_id: int) -> Asking[list[AnswerView]]:
    """The same, to be asked beside others."""
    rows = yield from asked(_answers_of_meeting(actor), {"of_meeting": meeting_id})
    return [_answer_view(row) for row in rows]


@kept
def _answers_of_meeting(actor: Actor) -> Select[Any]:
    of_meeting = Answer.meeting_id == bindparam("of_meeting")
    return _answer_rows(actor).where(of_meeting).order_by(Answer.id).limit(100)


# --- interest


def list_interests(session: Session, actor: Actor, contribution_id: int) -> list[InterestView]:
    """The municipalities that have marked it, by name."""
    return read(session, interests_in(actor, contribution_id))


def interests_in(actor: Actor, contribution_id: int) -> Asking[list[InterestView]]:
    """The same, to be asked beside others."""
    may_read = may_see_contacts(actor)
    found = []
    for row in (yield from asked(_interests(), {"marked": contribution_id})):
        values = dict(row._mapping)
        if not may_read:
            values["contact"] = ""
        if not may_read_signer(actor, row.organisation_id):
            values["marked_by"] = ""
        found.append(InterestView(**values))
    return found


@kept
def _interests() -> Select[Any]:
    return (
        select(
            Interest.organisation_id,
            Organisation.key.label("organisation_key"),
            Organisation.name.label("municipality"),
            Interest.kind,
            Interest.contact,
            Interest.signed_as,
            Interest.marked_at,
            func.coalesce(User.name, "").label("marked_by"),
            Interest.is_example,
        )
        .join(Organisation, Organisation.id == Interest.organisation_id)
        .outerjoin(User, User.id == Interest.marked_by_id)
        .where(Interest.contribution_id == bindparam("marked"))
        .order_by(danish_order(Organisation.name))
        .limit(200)
    )


# --- writing down what was said


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose in a form. `parent_id`: the item that a group or a task belongs to."""

    id: int
    name: str
    parent_id: int | None = None
    task: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """A meeting as one needs it to write down what is said there, and how much has been written down."""

    id: int
    key: str
    number: int | None
    title: str
    held_on: date
    is_published: bool
    recorded: int
    drafts: int
    unthemed: int
    items: tuple[Option, ...]
    groups: tuple[Option, ...]
    tasks: tuple[Option, ...]
    people: tuple[Option, ...]


def _options(statement: Any) -> Any:
    return func.coalesce(statement.correlate(Meeting).scalar_subquery(), func.jsonb_build_array())


def find_room(session: Session, key: str) -> Room | None:
    """The meeting with its items, groups, tasks and speakers, in one statement; for staff."""

    def option(order: Sequence[Any], **values: Any) -> Any:
        pairs = [part for pair in values.items() for part in pair]
        return func.jsonb_agg(aggregate_order_by(func.jsonb_build_object(*pairs), *order))

    items = select(
        option((AgendaItem.position, AgendaItem.id), id=AgendaItem.id, name=AgendaItem.title)
    ).where(AgendaItem.meeting_id == Meeting.id, in_force(AgendaItem))
    groups = select(
        option(
            (Group.position, Group.id), id=Group.id, name=Group.name, parent_id=Group.item_id, task=Group.task
        )
    ).where(Group.meeting_id == Meeting.id)
    tasks = (
        select(
            option(
                (AgendaItem.position, PanelTask.position),
                id=PanelTask.id,
                name=PanelTask.title,
                parent_id=PanelTask.item_id,
            )
        )
        .select_from(PanelTask)
        .join(AgendaItem, AgendaItem.id == PanelTask.item_id)
        .where(AgendaItem.meeting_id == Meeting.id, in_force(PanelTask))
    )
    speakers = (
        select(Person.id, Person.name)
        .join(Appearance, Appearance.person_id == Person.id)
        .join(AgendaItem, AgendaItem.id == Appearance.item_id)
        .where(AgendaItem.meeting_id == Meeting.id, in_force(Appearance))
        .correlate(Meeting)
        .distinct()
        .subquery()
    )
    people = select(
        option((danish_order(speakers.c.name), speakers.c.id), id=speakers.c.id, name=speakers.c.name)
    )

    def count(*conditions: ColumnElement[bool]) -> Any:
        said = select(func.count()).select_from(C).where(C.meeting_id == Meeting.id, is_in_force())
        return said.where(*conditions).correlate(Meeting).scalar_subquery()

    row = session.execute(
        select(
            Meeting.id,
            Meeting.key,
            Meeting.number,
            Meeting.title,
            Meeting.held_on,
            Meeting.published_at.is_not(None).label("is_published"),
            count().label("recorded"),
            count(C.status == "draft").label("drafts"),
            count(_is_unthemed()).label("unthemed"),
            _options(items).label("items"),
            _options(groups).label("groups"),
            _options(tasks).label("tasks"),
            _options(people).label("people"),
        ).where(Meeting.key == key)
    ).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    for name in ("items", "groups", "tasks", "people"):
        values[name] = tuple(Option(**found) for found in values[name])
    return Room(**values)


def list_organisation_options(session: Session) -> dict[str, list[Option]]:
    """Every organisation to choose from, by kind, each kind by name."""
    rows = session.execute(
        select(Organisation.kind, Organisation.id, Organisation.name)
        .order_by(Organisation.kind == "municipality", Organisation.kind, danish_order(Organisation.name))
        .limit(1000)
    )
    found: dict[str, list[Option]] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(Option(row.id, row.name))
    return found


@dataclass(frozen=True, slots=True)
class LastPlace:
    """Where the actor wrote something down last, to begin the next one from."""

    kind: str
    item_id: int | None
    group_id: int | None
    task: str
    said_by_person_id: int | None
    said_by_text: str
    on_behalf_of_id: int | None
    on_behalf_of_text: str


def find_last_place(session: Session, actor: Actor, meeting_id: int) -> LastPlace | None:
    columns = [getattr(C, known.name) for known in fields(LastPlace)]
    row = session.execute(
        select(*columns)
        .where(C.meeting_id == meeting_id, C.entered_by_id == actor.user_id, ~is_sent_in_sql())
        .order_by(C.id.desc())
        .limit(1)
    ).one_or_none()
    return LastPlace(*row) if row else None


@dataclass(frozen=True, slots=True)
class ToDo:
    """What waits at one meeting: cards without a theme, and cards that are not published."""

    meeting_key: str
    meeting_title: str
    unthemed: int
    drafts: int


def left_to_do() -> Asking[list[ToDo]]:
    """The meetings at which something waits for staff, the newest first; one statement."""
    return [ToDo(*row) for row in (yield from asked(_to_do()))]


@kept
def _to_do() -> Select[Any]:
    unthemed = func.count().filter(_is_unthemed())
    drafts = func.count().filter(C.status == "draft")
    return (
        select(Meeting.key, Meeting.title, unthemed.label("unthemed"), drafts.label("drafts"))
        .join(C, C.meeting_id == Meeting.id)
        .where(is_in_force())
        .group_by(Meeting.id)
        .having(or_(unthemed > 0, drafts > 0))
        .order_by(Meeting.held_on.desc(), Meeting.id)
        .limit(PER_PAGE)
    )

"""Reading signature projects and their programme. Everything here is public."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, func, or_, select, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from app.core.asking import Asking, asked
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.projects.models import Programme, Project, ProjectPartner, ProjectTheme
from app.domain.projects.policy import visible_to
from app.domain.projects.schemas import Evaluation, RelatedGrant, Round

MOST = 500


@dataclass(frozen=True, slots=True)
class ProjectCard:
    """A project in a list. `barriers`: codes of what is in its way now, which the pipeline knows; empty in
    lists that do not tell it. `part`: an organisation's part in it, where the list is that organisation's."""

    id: int
    key: str
    title: str
    title_en: str | None
    title_certainty: str
    authority_key: str | None
    authority_name: str
    authority_type: str
    field: str
    round_year: int
    round_certainty: str
    amount_dkk_million: Decimal | None
    theme_ids: list[int]
    note: str
    note_en: str
    part: str | None = None
    barriers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartnerView:
    """An organisation in a project, with its part."""

    id: int
    key: str
    name: str
    kind: str
    part: str


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project with all that is known of it."""

    card: ProjectCard
    authority_id: int | None
    authority_kind: str | None
    authority_text: str
    is_authority_certain: bool
    participant_texts: list[str]
    participant_texts_en: list[str]
    field_text: str
    period: str
    period_en: str
    partner_texts: list[str]
    theme_certainty: str
    seen: str
    certainty_note: str
    source_url: str | None
    partners: tuple[PartnerView, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a list of projects is narrowed to; None where it is not."""

    round_year: int | None = None
    field: str | None = None
    theme_id: int | None = None
    barrier: str | None = None


@dataclass(frozen=True, slots=True)
class ChoiceCounts:
    """How many projects each other choice would give, the rest of the choice staying as it is."""

    rounds: dict[int, int] = field(default_factory=dict)
    fields: dict[str, int] = field(default_factory=dict)
    themes: dict[int, int] = field(default_factory=dict)
    barriers: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProgrammeView:
    title: str
    title_en: str | None
    about: str
    about_en: str
    fund_dkk_million: Decimal | None
    period_from: int | None
    period_to: int | None
    total: int | None
    found_note: str
    round_note: str
    rounds: list[Round]
    evaluations: list[Evaluation]
    related: list[RelatedGrant]


def get_programme(session: Session) -> ProgrammeView | None:
    """The programme; there is one."""
    row = session.scalars(select(Programme).order_by(Programme.id).limit(1)).one_or_none()
    if row is None:
        return None
    return ProgrammeView(
        title=row.title,
        title_en=row.title_en,
        about=row.about,
        about_en=row.about_en,
        fund_dkk_million=row.fund_dkk_million,
        period_from=row.period_from,
        period_to=row.period_to,
        total=row.total,
        found_note=row.found_note,
        round_note=row.round_note,
        rounds=[Round.model_validate(told) for told in row.rounds],
        evaluations=[Evaluation.model_validate(told) for told in row.evaluations],
        related=[RelatedGrant.model_validate(told) for told in row.related],
    )


def list_projects(
    session: Session, actor: Actor, barriers: Mapping[int, Iterable[str]] | None = None
) -> list[ProjectCard]:
    """All projects by round and title. A programme has some dozens, so they are narrowed in memory.

    `barriers`: {project: codes of what is in its way}, which the pipeline knows.
    """
    cards = [_card(row) for row in session.execute(_cards().where(visible_to(actor)))]
    known = barriers or {}
    return [replace(card, barriers=tuple(known.get(card.id, ()))) for card in cards]


def narrow(projects: Iterable[ProjectCard], choice: Choice) -> list[ProjectCard]:
    """The projects that fit every part of the choice."""
    return [project for project in projects if _fits(project, choice)]


def count_choices(projects: Collection[ProjectCard], choice: Choice) -> ChoiceCounts:
    """The counts beside the filters, so that nobody chooses into the empty."""

    def count(without: Choice, values: Callable[[ProjectCard], Iterable[Any]]) -> dict[Any, int]:
        return dict(Counter(value for project in narrow(projects, without) for value in values(project)))

    return ChoiceCounts(
        rounds=count(replace(choice, round_year=None), lambda project: [project.round_year]),
        fields=count(replace(choice, field=None), lambda project: [project.field]),
        themes=count(replace(choice, theme_id=None), lambda project: project.theme_ids),
        barriers=count(replace(choice, barrier=None), lambda project: project.barriers),
    )


def _fits(project: ProjectCard, choice: Choice) -> bool:
    return (
        choice.round_year in (None, project.round_year)
        and choice.field in (None, project.field)
        and (choice.theme_id is None or choice.theme_id in project.theme_ids)
        and (choice.barrier is None or choice.barrier in project.barriers)
    )


def projects_under(actor: Actor, theme_ids: Sequence[int]) -> Asking[list[ProjectCard]]:
    """The projects under any of these themes."""
    rows = yield from asked(_cards_under(actor), {"projects_under": list(theme_ids)})
    return [_card(row) for row in rows]


@kept
def _cards_under(actor: Actor) -> Select[Any]:
    themes = bindparam("projects_under", expanding=True)
    under = select(ProjectTheme.project_id).where(ProjectTheme.theme_id.in_(themes))
    return _cards().where(visible_to(actor), Project.id.in_(under))


def projects_of(actor: Actor, organisation_id: int) -> Asking[list[ProjectCard]]:
    """The projects that an organisation runs (`part` is "authority") or has a part in."""
    rows = yield from asked(_cards_of(actor), {"projects_of": organisation_id})
    return [_card(row, row.part) for row in rows]


@kept
def _cards_of(actor: Actor) -> Select[Any]:
    organisation_id = bindparam("projects_of", type_=BigInteger)
    return (
        _cards()
        .add_columns(func.coalesce(ProjectPartner.part, "authority").label("part"))
        .outerjoin(
            ProjectPartner,
            (ProjectPartner.project_id == Project.id)
            & (ProjectPartner.organisation_id == organisation_id)
            & (Project.authority_id.is_distinct_from(organisation_id)),
        )
        .where(
            visible_to(actor),
            or_(Project.authority_id == organisation_id, ProjectPartner.organisation_id == organisation_id),
        )
    )


def count_projects_by_organisation(session: Session, actor: Actor) -> dict[int, int]:
    """{organisation id: projects that it runs or has a part in}."""
    running = select(Project.authority_id.label("organisation_id"), Project.id.label("project_id")).where(
        visible_to(actor), Project.authority_id.is_not(None)
    )
    taking_part = (
        select(ProjectPartner.organisation_id, ProjectPartner.project_id)
        .join(Project, Project.id == ProjectPartner.project_id)
        .where(visible_to(actor))
    )
    either = union_all(running, taking_part).subquery()
    rows = session.execute(
        select(
            either.c.organisation_id, func.count(either.c.project_id.distinct()).label("projects")
        ).group_by(either.c.organisation_id)
    )
    return {row.organisation_id: row.projects for row in rows}


def find_project(session: Session, actor: Actor, key: str) -> ProjectView | None:
    partner = func.json_build_object(
        "id", Organisation.id, "key", Organisation.key, "name", Organisation.name,
        "kind", Organisation.kind, "part", ProjectPartner.part,
    )  # fmt: skip
    partners = (
        select(func.json_agg(aggregate_order_by(partner, danish_order(Organisation.name), Organisation.id)))
        .select_from(ProjectPartner)
        .join(Organisation, Organisation.id == ProjectPartner.organisation_id)
        .where(ProjectPartner.project_id == Project.id)
        .correlate(Project)
        .scalar_subquery()
    )
    row = session.execute(
        _cards()
        .add_columns(
            Project.authority_id,
            _AUTHORITY.kind.label("authority_kind"),
            Project.authority_text,
            Project.is_authority_certain,
            Project.participant_texts,
            Project.participant_texts_en,
            Project.field_text,
            Project.period,
            Project.period_en,
            Project.partner_texts,
            Project.theme_certainty,
            Project.seen,
            Project.certainty_note,
            Project.source_url,
            partners.label("partners"),
        )
        .where(visible_to(actor), Project.key == key)
    ).one_or_none()
    if row is None:
        return None
    own = {name: getattr(row, name) for name in ProjectView.__slots__ if name not in ("card", "partners")}
    return ProjectView(
        card=_card(row), partners=tuple(PartnerView(**told) for told in row.partners or ()), **own
    )


_AUTHORITY = aliased(Organisation)


def _cards() -> Select[Any]:
    themes = (
        select(func.array_agg(aggregate_order_by(ProjectTheme.theme_id, ProjectTheme.theme_id)))
        .where(ProjectTheme.project_id == Project.id)
        .correlate(Project)
        .scalar_subquery()
    )
    return (
        select(
            Project.id,
            Project.key,
            Project.title,
            Project.title_en,
            Project.title_certainty,
            _AUTHORITY.key.label("authority_key"),
            func.coalesce(_AUTHORITY.name, Project.authority_text).label("authority_name"),
            Project.authority_type,
            Project.field,
            Project.round_year,
            Project.round_certainty,
            Project.amount_dkk_million,
            themes.label("theme_ids"),
            Project.note,
            Project.note_en,
        )
        .outerjoin(_AUTHORITY, _AUTHORITY.id == Project.authority_id)
        .order_by(Project.round_year, danish_order(Project.title), Project.id)
        .limit(MOST)
    )


def _card(row: Any, part: str | None = None) -> ProjectCard:
    values = {
        name: getattr(row, name)
        for name in ProjectCard.__slots__
        if name not in ("theme_ids", "part", "barriers")
    }
    return ProjectCard(**values, theme_ids=row.theme_ids or [], part=part)

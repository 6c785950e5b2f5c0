"""The words of each kind of thing, as the index takes them.

Only what everybody who may see the thing may read. Of contributions and answers only what is out: a draft,
what waits, is withdrawn or hidden, and the confidential half of an idea have no words here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal_column, null, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.core.clock import COPENHAGEN
from app.core.policy import STRANGER
from app.core.text import shorten
from app.domain.bodies.models import Body, BodyAdvised, BodyMandate, Recommendation, RecommendationStep
from app.domain.bodies.policy import recommendations_visible_to
from app.domain.bodies.policy import visible_to as bodies_visible_to
from app.domain.commitments.models import (
    Commitment,
    CommitmentContribution,
    CommitmentTheme,
    Indicator,
    Milestone,
)
from app.domain.contributions.models import (
    Answer,
    AnswerOrganisation,
    Contribution,
    ContributionTheme,
    IdeaDetails,
)
from app.domain.contributions.needs.models import NeedDetails
from app.domain.contributions.needs.words import words_of
from app.domain.contributions.policy import is_listed, visible_to
from app.domain.groups.models import Group
from app.domain.meetings.models import (
    AgendaItem,
    Appearance,
    Correction,
    Meeting,
    MeetingOrganiser,
    PanelTask,
)
from app.domain.meetings.policy import in_force
from app.domain.minutes.models import MinutesEdition
from app.domain.minutes.policy import editions_visible_to
from app.domain.organisations.models import Organisation
from app.domain.organisations.network_models import Network
from app.domain.presentations.models import SlidePage
from app.domain.presentations.queries import list_page_documents
from app.domain.projects.models import Project, ProjectPartner, ProjectTheme
from app.domain.projects.own_models import OwnProject, OwnProjectTheme
from app.domain.projects.policy import own_visible_to
from app.domain.search.schemas import Document
from app.domain.strategies.models import Initiative, Strategy, Theme
from app.domain.users.models import Person

# Of an answer, which has no title, this much stands as one.
LONGEST_TITLE = 120
PUBLIC_HALF = (
    IdeaDetails.problem,
    IdeaDetails.for_whom,
    IdeaDetails.proposal,
    IdeaDetails.technology,
    IdeaDetails.data_source,
    IdeaDetails.legal_basis,
    IdeaDetails.operations,
    IdeaDetails.effect_indicator,
    IdeaDetails.baseline,
    IdeaDetails.target,
    IdeaDetails.partner_wanted,
    IdeaDetails.cost_frame,
)


def list_meetings(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    organisers = (
        select(Organisation.id, Organisation.name)
        .join(MeetingOrganiser, MeetingOrganiser.organisation_id == Organisation.id)
        .where(MeetingOrganiser.meeting_id == Meeting.id)
    )
    statement = select(
        Meeting,
        _all(organisers, Organisation.name).label("names"),
        _all(organisers, Organisation.id).label("organisation_ids"),
    )
    for row in _read(session, statement, Meeting.id, ids):
        meeting = row.Meeting
        yield Document(
            "meeting",
            meeting.id,
            meeting.title,
            _text(meeting.introduction, "; ".join(meeting.topics)),
            _text(meeting.title_en, meeting.introduction_en, "; ".join(meeting.topics_en)),
            _text(f"{meeting.number}. møde" if meeting.number else "", meeting.venue, *row.names),
            year=meeting.held_on.year,
            organisation_ids=_ids(row.organisation_ids),
            meeting_id=meeting.id,
        )


def list_minutes(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    """The newest approved edition of each meeting's minutes; nothing of what is still being written."""
    newest = (
        select(MinutesEdition)
        .join(Meeting, Meeting.id == MinutesEdition.meeting_id)
        .where(editions_visible_to(STRANGER))
        .ext(distinct_on(MinutesEdition.meeting_id))
        .order_by(MinutesEdition.meeting_id, MinutesEdition.number.desc())
        .subquery()
    )
    statement = select(
        Meeting.id, Meeting.title, Meeting.title_en, Meeting.number, Meeting.held_on, newest.c.sections
    ).join(newest, newest.c.meeting_id == Meeting.id)
    for row in _read(session, statement, Meeting.id, ids):
        parts = [text for section in row.sections for text in (section["title"], section["text"]) if text]
        yield Document(
            "minutes",
            row.id,
            row.title,
            _text(*parts),
            row.title_en,
            f"referat {row.number}. møde" if row.number else "referat",
            year=row.held_on.year,
            meeting_id=row.id,
        )


def list_items(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    """Lines of programmes with their tasks, groups and people; breaks are left out."""
    tasks = select(PanelTask).where(PanelTask.item_id == AgendaItem.id, in_force(PanelTask))
    groups = select(Group).where(Group.item_id == AgendaItem.id)
    people = select(Appearance).where(Appearance.item_id == AgendaItem.id, in_force(Appearance))
    wordings = select(Correction).where(Correction.item_id == AgendaItem.id)
    by_name = _words(Appearance.person_name, Appearance.organisation_name)
    in_order = (Appearance.position, Appearance.id)
    statement = (
        select(
            AgendaItem,
            Meeting.held_on,
            _all(tasks, _words(PanelTask.title, PanelTask.text), PanelTask.position).label("tasks"),
            _all(tasks, PanelTask.text_en, PanelTask.position).label("tasks_en"),
            _all(groups, _words(Group.name, Group.task, Group.note), Group.position).label("groups"),
            _all(people, by_name, *in_order).label("people"),
            _all(people, _words(Appearance.title, Appearance.title_en), *in_order).label("posts"),
            _all(people, Appearance.organisation_id).label("organisation_ids"),
            _all(wordings, Correction.original, Correction.id).label("wordings"),
        )
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .where(AgendaItem.kind != "break", in_force(AgendaItem))
    )
    for row in _read(session, statement, AgendaItem.id, ids):
        item = row.AgendaItem
        yield Document(
            "item",
            item.id,
            item.title,
            _text(item.summary, item.note, *row.tasks, *row.groups),
            _text(
                item.title_en,
                item.summary_en,
                item.note_en,
                *row.tasks_en,
                *row.posts,
                *row.wordings,
            ),
            _text(*dict.fromkeys(row.people)),
            year=row.held_on.year,
            organisation_ids=_ids(row.organisation_ids),
            meeting_id=item.meeting_id,
        )


def list_deck_pages(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    """Pages of decks. The deck's title is told by its first page only, or every page would be found by it."""
    first = select(SlidePage.id).where(SlidePage.number == 1)
    above = _list_above(session)
    covers = set(session.scalars(first if ids is None else first.where(SlidePage.id.in_(ids))))
    for page in list_page_documents(session, ids):
        yield Document(
            "deck_page",
            page.id,
            page.title,
            page.deck_title if page.id in covers and page.deck_title != page.title else "",
            _without(page.title, page.text),
            page.people,
            language=page.language,
            year=page.year,
            theme_ids=_with_above(page.theme_ids, above),
            organisation_ids=page.organisation_ids,
            person_ids=page.person_ids,
            meeting_id=page.meeting_id,
        )


def list_contributions(kind: str, session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    """What was said and is out, of one kind; of ideas the public half."""
    themes = select(ContributionTheme).where(ContributionTheme.contribution_id == Contribution.id)
    said_of_idea = _words(*PUBLIC_HALF, between="\n") if kind == "idea" else null()
    statement = (
        select(
            Contribution,
            Meeting.held_on,
            func.coalesce(Organisation.name, Contribution.on_behalf_of_text).label("on_behalf_of"),
            func.coalesce(Person.name, Contribution.said_by_text).label("said_by"),
            _all(themes, ContributionTheme.theme_id).label("theme_ids"),
            said_of_idea.label("idea"),
            NeedDetails.system_type,
            NeedDetails.system_other,
            NeedDetails.kle,
        )
        .outerjoin(Meeting, Meeting.id == Contribution.meeting_id)
        .outerjoin(Organisation, Organisation.id == Contribution.on_behalf_of_id)
        .outerjoin(Person, Person.id == Contribution.said_by_person_id)
        .outerjoin(IdeaDetails, IdeaDetails.contribution_id == Contribution.id)
        .outerjoin(NeedDetails, NeedDetails.contribution_id == Contribution.id)
        .where(
            Contribution.kind == kind,
            Contribution.published_at.is_not(None),
            is_listed(),
        )
    )
    above = _list_above(session)
    for row in _read(session, statement, Contribution.id, ids):
        said = row.Contribution
        yield Document(
            kind,
            said.id,
            said.title,
            _text(_rest(said.title, said.body), row.idea),
            said.body_en,
            _text(
                said.reference,
                row.said_by,
                row.on_behalf_of,
                words_of(row.system_type, row.system_other, row.kle),
            ),
            language=said.language,
            year=(row.held_on or said.received_at.astimezone(COPENHAGEN)).year,
            theme_ids=_with_above(row.theme_ids, above),
            organisation_ids=_ids([said.on_behalf_of_id]),
            meeting_id=said.meeting_id,
        )


def list_answers(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    """Published answers. What they answer is left out: not everybody who sees the answer may see that."""
    signers = (
        select(Organisation.id, Organisation.name)
        .join(AnswerOrganisation, AnswerOrganisation.organisation_id == Organisation.id)
        .where(AnswerOrganisation.answer_id == Answer.id)
    )
    statement = (
        select(
            Answer,
            Meeting.held_on,
            _all(signers, Organisation.name).label("names"),
            _all(signers, Organisation.id).label("organisation_ids"),
        )
        .outerjoin(Meeting, Meeting.id == Answer.meeting_id)
        .where(Answer.published_at.is_not(None))
    )
    for row in _read(session, statement, Answer.id, ids):
        answer = row.Answer
        title = shorten(answer.text, LONGEST_TITLE)
        yield Document(
            "answer",
            answer.id,
            title,
            _rest(title, answer.text),
            answer.text_en,
            _text(answer.said_by_text, *row.names),
            year=answer.published_at.astimezone(COPENHAGEN).year,
            organisation_ids=_ids(row.organisation_ids),
            meeting_id=answer.meeting_id,
        )


def list_commitments(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    """What is promised and published, with its steps, what it is measured by, and what was learnt. Under its
    own themes, and those of what it is about that everybody may read."""
    own = select(CommitmentTheme).where(CommitmentTheme.commitment_id == Commitment.id)
    through = (
        select(ContributionTheme)
        .join(Contribution, Contribution.id == ContributionTheme.contribution_id)
        .join(CommitmentContribution, CommitmentContribution.contribution_id == Contribution.id)
        .where(CommitmentContribution.commitment_id == Commitment.id, visible_to(STRANGER), is_listed())
    )
    steps = select(Milestone).where(Milestone.commitment_id == Commitment.id)
    aims = select(Indicator).where(Indicator.commitment_id == Commitment.id)
    statement = (
        select(
            Commitment,
            Organisation.name.label("organisation"),
            _all(own, CommitmentTheme.theme_id).label("theme_ids"),
            _all(through, ContributionTheme.theme_id).label("themes_through"),
            _all(steps, Milestone.title, Milestone.position, Milestone.id).label("steps"),
            _all(aims, Indicator.name, Indicator.position, Indicator.id).label("aims"),
        )
        .join(Organisation, Organisation.id == Commitment.organisation_id)
        .where(Commitment.published_at.is_not(None))
    )
    above = _list_above(session)
    for row in _read(session, statement, Commitment.id, ids):
        promised = row.Commitment
        yield Document(
            "commitment",
            promised.id,
            promised.title,
            _text(promised.text, promised.lesson, *row.steps, *row.aims),
            _text(promised.title_en, promised.text_en),
            _text(promised.reference, row.organisation),
            year=promised.published_at.astimezone(COPENHAGEN).year,
            theme_ids=_with_above({*row.theme_ids, *row.themes_through}, above),
            organisation_ids=_ids([promised.organisation_id]),
            meeting_id=promised.meeting_id,
        )


def list_strategies(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    for row in _read(session, select(Strategy), Strategy.id, ids):
        strategy = row.Strategy
        yield Document(
            "strategy",
            strategy.id,
            strategy.name,
            _text(*strategy.facts),
            _text(strategy.name_en, strategy.short_name_en, strategy.owner_en, *strategy.facts_en),
            _text(strategy.short_name, strategy.owner),
            year=strategy.period_from,
            organisation_ids=_ids([strategy.municipality_id]),
        )


def list_themes(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    """Themes with their initiatives."""
    initiatives = select(Initiative).where(Initiative.theme_id == Theme.id)
    statement = select(
        Theme,
        Strategy.period_from,
        Strategy.municipality_id,
        _all(initiatives, _words(Initiative.name, Initiative.note), Initiative.position).label("initiatives"),
        _all(initiatives, _words(Initiative.name_en, Initiative.note_en), Initiative.position).label(
            "english"
        ),
    ).join(Strategy, Strategy.id == Theme.strategy_id)
    above = _list_above(session)
    for row in _read(session, statement, Theme.id, ids):
        theme = row.Theme
        yield Document(
            "theme",
            theme.id,
            theme.name,
            _text(theme.description, *row.initiatives),
            _text(theme.name_en, theme.description_en, *row.english),
            theme.code,
            year=row.period_from,
            theme_ids=_with_above([theme.id], above),
            organisation_ids=_ids([row.municipality_id]),
        )


def list_organisations(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    """All but municipalities, which are a kind of their own."""
    statement = select(Organisation).where(Organisation.kind != "municipality")
    return map(_organisation, _read(session, statement, Organisation.id, ids))


def list_municipalities(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    statement = select(Organisation).where(Organisation.kind == "municipality")
    return map(_organisation, _read(session, statement, Organisation.id, ids))


def _organisation(row: Row[Any]) -> Document:
    found = row.Organisation
    is_municipality = found.kind == "municipality"
    return Document(
        "municipality" if is_municipality else "organisation",
        found.id,
        found.name,
        found.note,
        names=_text(
            found.short_name, found.region, found.municipality_code if is_municipality else found.cvr
        ),
        organisation_ids=(found.id,),
    )


def list_projects(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    partners = (
        select(Organisation.id, Organisation.name)
        .join(ProjectPartner, ProjectPartner.organisation_id == Organisation.id)
        .where(ProjectPartner.project_id == Project.id)
    )
    themes = select(ProjectTheme).where(ProjectTheme.project_id == Project.id)
    authority = (
        select(Organisation.name)
        .where(Organisation.id == Project.authority_id)
        .correlate(Project)
        .scalar_subquery()
    )
    statement = select(
        Project,
        authority.label("authority"),
        _all(partners, Organisation.name).label("names"),
        _all(partners, Organisation.id).label("partner_ids"),
        _all(themes, ProjectTheme.theme_id).label("theme_ids"),
    )
    above = _list_above(session)
    for row in _read(session, statement, Project.id, ids):
        project = row.Project
        yield Document(
            "project",
            project.id,
            project.title,
            _text(project.note, project.field_text),
            _text(project.title_en, project.note_en, project.barrier_note),
            _text(
                *dict.fromkeys(
                    (
                        project.authority_text,
                        row.authority,
                        *row.names,
                        *project.partner_texts,
                        *project.participant_texts,
                    )
                )
            ),
            year=project.round_year,
            theme_ids=_with_above(row.theme_ids, above),
            organisation_ids=_ids([project.authority_id, *row.partner_ids]),
        )


def list_own_projects(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    """What municipalities have registered for all to read. What is for one of them alone is not even here."""
    themes = select(OwnProjectTheme).where(OwnProjectTheme.own_project_id == OwnProject.id)
    statement = (
        select(
            OwnProject,
            Organisation.name.label("municipality"),
            _all(themes, OwnProjectTheme.theme_id).label("theme_ids"),
        )
        .join(Organisation, Organisation.id == OwnProject.municipality_id)
        .where(own_visible_to(STRANGER))
    )
    above = _list_above(session)
    for row in _read(session, statement, OwnProject.id, ids):
        project = row.OwnProject
        yield Document(
            "own_project",
            project.id,
            project.title,
            _text(project.text),
            names=row.municipality,
            year=project.entered_at.astimezone(COPENHAGEN).year,
            theme_ids=_with_above(row.theme_ids, above),
            organisation_ids=(project.municipality_id,),
        )


def list_bodies(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    """Bodies that are open to all, with their mandate and whom they advise. Who sits in them has no words
    here."""
    mandate = select(BodyMandate).where(BodyMandate.body_id == Body.id, BodyMandate.ended_at.is_(None))
    advised = select(BodyAdvised).where(BodyAdvised.body_id == Body.id, BodyAdvised.ended_at.is_(None))
    statement = (
        select(
            Body,
            func.coalesce(Network.name, Organisation.name).label("owner"),
            _all(mandate, BodyMandate.text).label("mandate"),
            _all(advised, BodyAdvised.name).label("advised"),
        )
        .outerjoin(Organisation, Organisation.id == Body.organisation_id)
        .outerjoin(Network, Network.id == Body.network_id)
        .where(bodies_visible_to(STRANGER))
    )
    for row in _read(session, statement, Body.id, ids):
        body = row.Body
        yield Document(
            "body",
            body.id,
            body.name,
            _text(body.about, *row.mandate),
            _text(body.name_en, body.about_en),
            _text(row.owner, *row.advised),
            year=(body.since or body.made_at.astimezone(COPENHAGEN).date()).year,
            organisation_ids=_ids([body.organisation_id]),
        )


def list_recommendations(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    """What bodies recommend in the open about something that is open to all, and what was said of it."""
    standing = select(RecommendationStep).where(
        RecommendationStep.recommendation_id == Recommendation.id,
        RecommendationStep.taken_back_at.is_(None),
        RecommendationStep.kind != "sent",
    )
    statement = (
        select(
            Recommendation,
            Body.name.label("body"),
            Body.organisation_id,
            _all(standing, RecommendationStep.text).label("said"),
        )
        .join(Body, Body.id == Recommendation.body_id)
        .where(recommendations_visible_to(STRANGER))
    )
    for row in _read(session, statement, Recommendation.id, ids):
        given = row.Recommendation
        yield Document(
            "recommendation",
            given.id,
            given.title,
            _text(given.text, *row.said),
            names=row.body,
            year=given.changed_at.astimezone(COPENHAGEN).year,
            organisation_ids=_ids([row.organisation_id]),
        )


# --- parts of the above


def _read(
    session: Session, statement: Select[Any], key: InstrumentedAttribute[int], ids: Sequence[int] | None
) -> Iterable[Row[Any]]:
    """The rows with these keys, or all; in the order of the keys."""
    chosen = statement if ids is None else statement.where(key.in_(ids))
    return session.execute(chosen.order_by(key)).all()


def _all(statement: Select[Any], column: Any, *order: Any) -> ColumnElement[list[Any]]:
    """A column of the rows that belong to the row outside, as one list."""
    listed = func.array_agg(aggregate_order_by(column, *(order or (column,))))
    alone = func.coalesce(listed, literal_column("'{}'"))
    return statement.with_only_columns(alone, maintain_column_froms=True).scalar_subquery()


def _words(*columns: Any, between: str = ": ") -> ColumnElement[str]:
    return func.concat_ws(between, *(func.nullif(column, "") for column in columns))


def _text(*parts: str | None) -> str:
    return "\n".join(part for part in parts if part)


def _ids(found: Iterable[int | None]) -> tuple[int, ...]:
    return tuple(sorted({number for number in found if number is not None}))


def _without(title: str, text: str) -> str:
    """The text without the title that it begins with."""
    flat = " ".join(text.split())
    return flat[len(title) :].lstrip() if title and flat.startswith(title) else flat


def _rest(title: str, text: str) -> str:
    """What the text says beyond a title that is its own beginning; the whole text if the title is another."""
    begun = title.removesuffix("…")
    rest = _without(begun, text).lstrip(",.;:–- ") if begun != title else _without(title, text)
    return f"… {rest}" if rest and title.endswith("…") else rest


def _list_above(session: Session) -> dict[int, int]:
    """{theme: the theme that it hangs under}."""
    rows = session.execute(select(Theme.id, Theme.parent_id).where(Theme.parent_id.is_not(None)))
    return {row.id: row.parent_id for row in rows}


def _with_above(theme_ids: Iterable[int], above: Mapping[int, int]) -> tuple[int, ...]:
    """The themes and all that they hang under: what stands under a theme stands under those above it too."""
    found: set[int] = set()
    for theme_id in theme_ids:
        at: int | None = theme_id
        while at is not None and at not in found:
            found.add(at)
            at = above.get(at)
    return tuple(sorted(found))

"""The real sources of the index: one for each kind of thing, under its own room's rule.

Imported wherever searching or indexing goes on; importing it registers them all.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, literal_column, null, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.core.clock import today
from app.core.policy import STRANGER, Actor
from app.domain.bodies import policy as bodies
from app.domain.bodies.models import Body, Recommendation
from app.domain.commitments import policy as commitments
from app.domain.commitments.models import Commitment, CommitmentContribution
from app.domain.contributions import policy as contributions
from app.domain.contributions.models import Answer, AnswerContribution, AnswerOrganisation, Contribution
from app.domain.contributions.needs.models import NeedDetails
from app.domain.meetings import policy as meetings
from app.domain.meetings.models import AgendaItem, Appearance, Meeting
from app.domain.minutes.models import MinutesEdition
from app.domain.minutes.policy import editions_visible_to
from app.domain.organisations import policy as organisations
from app.domain.organisations.models import Organisation
from app.domain.organisations.network_models import Network
from app.domain.organisations.queries import danish_order
from app.domain.presentations import policy as presentations
from app.domain.presentations.models import Deck, SlidePage
from app.domain.projects import policy as projects
from app.domain.projects.models import Project
from app.domain.projects.own_models import OwnProject
from app.domain.search import documents
from app.domain.search.models import SearchDocument
from app.domain.search.sources import register, shown_by_sql
from app.domain.strategies import policy as strategies
from app.domain.strategies.models import Strategy, Theme
from app.domain.users.models import Person, User

SAID: Final = ("card", "question", "wish", "idea", "need")
_NOTHING: Final = literal_column("'[]'::jsonb", JSONB)


# --- who may see what: each room's own rule


def _exists(key: InstrumentedAttribute[int], *rules: ColumnElement[bool]) -> ColumnElement[bool]:
    """There is such a thing and the rules hold for it."""
    return select(key).where(key == SearchDocument.object_id, *rules).correlate(SearchDocument).exists()


def meeting_is_visible(actor: Actor) -> ColumnElement[bool]:
    return _exists(Meeting.id, meetings.visible_to(actor))


def minutes_are_visible(actor: Actor) -> ColumnElement[bool]:
    """Minutes are found by all once they are approved, and by nobody before: they are read on their page."""
    return _exists(Meeting.id, meetings.visible_to(actor), _has_approved_minutes())


def _has_approved_minutes() -> ColumnElement[bool]:
    approved = select(MinutesEdition.id).where(
        MinutesEdition.meeting_id == Meeting.id, editions_visible_to(STRANGER)
    )
    return approved.correlate(Meeting).exists()


def item_is_visible(actor: Actor) -> ColumnElement[bool]:
    return _exists(AgendaItem.id, meetings.in_force(AgendaItem), _in_visible_meeting(actor))


def _in_visible_meeting(actor: Actor) -> ColumnElement[bool]:
    """A programme is open to whoever may see its meeting."""
    of_item = select(Meeting.id).where(Meeting.id == AgendaItem.meeting_id, meetings.visible_to(actor))
    return of_item.correlate(AgendaItem).exists()


def deck_page_is_visible(actor: Actor) -> ColumnElement[bool]:
    return _exists(SlidePage.id, presentations.pages_visible_to(actor))


def contribution_is_visible(kind: str, actor: Actor) -> ColumnElement[bool]:
    """Out, and open to the actor. Own drafts and what is held back stand in Mit overblik, not here."""
    is_out = Contribution.published_at.is_not(None) & contributions.is_in_force()
    return _exists(Contribution.id, Contribution.kind == kind, is_out, contributions.visible_to(actor))


def answer_is_visible(actor: Actor) -> ColumnElement[bool]:
    return _exists(Answer.id, Answer.published_at.is_not(None), contributions.answers_visible_to(actor))


def commitment_is_visible(actor: Actor) -> ColumnElement[bool]:
    """Published, and open to the actor; proposals stand on a list of their own."""
    is_out = Commitment.published_at.is_not(None)
    return _exists(Commitment.id, is_out, commitments.visible_to(actor))


def strategy_is_visible(actor: Actor) -> ColumnElement[bool]:
    return _exists(Strategy.id, strategies.visible_to(actor))


def theme_is_visible(actor: Actor) -> ColumnElement[bool]:
    of_theme = select(Strategy.id).where(Strategy.id == Theme.strategy_id, strategies.visible_to(actor))
    return _exists(Theme.id, of_theme.correlate(Theme).exists())


def organisation_is_visible(actor: Actor) -> ColumnElement[bool]:
    return _exists(Organisation.id, Organisation.kind != "municipality", organisations.visible_to(actor))


def municipality_is_visible(actor: Actor) -> ColumnElement[bool]:
    return _exists(Organisation.id, Organisation.kind == "municipality")


def project_is_visible(actor: Actor) -> ColumnElement[bool]:
    return _exists(Project.id, projects.visible_to(actor))


def own_project_is_visible(actor: Actor) -> ColumnElement[bool]:
    return _exists(OwnProject.id, projects.own_visible_to(actor))


def body_is_visible(actor: Actor) -> ColumnElement[bool]:
    return _exists(Body.id, bodies.visible_to(actor))


def recommendation_is_visible(actor: Actor) -> ColumnElement[bool]:
    of_body = select(Body.id).where(
        Body.id == Recommendation.body_id, bodies.recommendations_visible_to(actor)
    )
    return _exists(Recommendation.id, of_body.correlate(Recommendation).exists())


# --- how a hit is shown: (id, title, facts) of what the actor may see


def _json(**values: Any) -> ColumnElement[Any]:
    return func.jsonb_build_object(*(part for pair in values.items() for part in pair))


def _list(statement: Select[Any], value: ColumnElement[Any], *order: Any) -> ColumnElement[Any]:
    """Rows that belong to the row outside, as one JSON list."""
    listed = func.jsonb_agg(aggregate_order_by(value, *order))
    alone = statement.with_only_columns(func.coalesce(listed, _NOTHING), maintain_column_froms=True)
    return alone.scalar_subquery()


def _meeting(is_there: ColumnElement[bool] | None = None) -> ColumnElement[Any]:
    told = _json(
        key=Meeting.key,
        number=Meeting.number,
        title=Meeting.title,
        title_en=Meeting.title_en,
        held_on=Meeting.held_on,
        date_certainty=Meeting.date_certainty,
    )
    return told if is_there is None else case((is_there, told), else_=null())


def _speakers(item_id: Any) -> ColumnElement[Any]:
    """Those who took part in an item, with the title and organisation of that day."""
    told = _json(
        name=Appearance.person_name,
        title=Appearance.title,
        title_en=Appearance.title_en,
        organisation=Appearance.organisation_name,
        role=Appearance.role,
        is_former=Appearance.is_former,
    )
    parts = select(Appearance).where(Appearance.item_id == item_id, meetings.in_force(Appearance))
    return _list(parts, told, Appearance.position, Appearance.id)


def show_meetings(actor: Actor) -> Select[Any]:
    facts = _json(
        meeting=_meeting(),
        status=Meeting.status,
        is_published=Meeting.published_at.is_not(None),
        is_example=Meeting.is_example,
    )
    return select(Meeting.id, Meeting.title, facts).where(meetings.visible_to(actor))


def show_minutes(actor: Actor) -> Select[Any]:
    facts = _json(meeting=_meeting(), is_example=Meeting.is_example)
    seen = meetings.visible_to(actor), _has_approved_minutes()
    return select(Meeting.id, Meeting.title, facts).where(*seen)


def show_items(actor: Actor) -> Select[Any]:
    facts = _json(
        item_kind=AgendaItem.kind,
        title_certainty=AgendaItem.title_certainty,
        meeting=_meeting(),
        speakers=_speakers(AgendaItem.id),
        is_example=Meeting.is_example,
    )
    return (
        select(AgendaItem.id, AgendaItem.title, facts)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .where(meetings.in_force(AgendaItem), meetings.visible_to(actor))
    )


def show_deck_pages(actor: Actor) -> Select[Any]:
    facts = _json(
        deck_id=Deck.id,
        revision_id=SlidePage.revision_id,
        number=SlidePage.number,
        deck_title=Deck.title,
        language=Deck.language,
        access=Deck.access,
        meeting=_meeting(),
        speakers=_speakers(Deck.item_id),
        is_example=Deck.is_example,
    )
    return (
        select(SlidePage.id, SlidePage.title, facts)
        .join(Deck, Deck.current_revision_id == SlidePage.revision_id)
        .join(Meeting, Meeting.id == Deck.meeting_id)
        .where(presentations.visible_to(actor))
    )


def show_contributions(kind: str, actor: Actor) -> Select[Any]:
    sender = aliased(User)
    come = {"need_state": NeedDetails.state} if kind == "need" else {}
    facts = _json(
        **come,
        reference=Contribution.reference,
        status=Contribution.status,
        said_by=func.coalesce(Person.name, func.nullif(Contribution.said_by_text, ""), sender.name, ""),
        on_behalf_of=func.coalesce(Organisation.name, Contribution.on_behalf_of_text),
        received_at=Contribution.received_at,
        meeting=_meeting(Meeting.id.is_not(None)),
        is_example=Contribution.is_example,
    )
    shown = (
        select(Contribution.id, Contribution.title, facts)
        .outerjoin(Person, Person.id == Contribution.said_by_person_id)
        .outerjoin(sender, sender.id == Contribution.said_by_user_id)
        .outerjoin(Organisation, Organisation.id == Contribution.on_behalf_of_id)
        .outerjoin(Meeting, Meeting.id == Contribution.meeting_id)
        .where(Contribution.kind == kind, contributions.visible_to(actor))
    )
    if kind == "need":
        shown = shown.outerjoin(NeedDetails, NeedDetails.contribution_id == Contribution.id)
    return shown


def show_answers(actor: Actor) -> Select[Any]:
    signers = (
        select(Organisation)
        .join(AnswerOrganisation, AnswerOrganisation.organisation_id == Organisation.id)
        .where(AnswerOrganisation.answer_id == Answer.id)
    )
    said = aliased(Contribution)
    # The rule speaks of `Contribution`, so the answered ones are looked up by their ids.
    seen = select(Contribution.id).where(contributions.visible_to(actor))
    answered = (
        select(said)
        .join(AnswerContribution, AnswerContribution.contribution_id == said.id)
        .where(AnswerContribution.answer_id == Answer.id, said.id.in_(seen))
    )
    about = _json(kind=said.kind, reference=said.reference, title=said.title, language=said.language)
    facts = _json(
        answer_kind=Answer.kind,
        said_by=Answer.said_by_text,
        organisations=_list(signers, func.to_jsonb(Organisation.name), danish_order(Organisation.name)),
        answers=_list(answered, about, said.reference),
        published_at=Answer.published_at,
        meeting=_meeting(Meeting.id.is_not(None)),
        is_example=Answer.is_example,
    )
    return (
        select(Answer.id, Answer.text, facts)
        .outerjoin(Meeting, Meeting.id == Answer.meeting_id)
        .where(contributions.answers_visible_to(actor))
    )


def show_commitments(actor: Actor) -> Select[Any]:
    is_past = Commitment.status.in_(commitments.OPEN) & (Commitment.deadline < today())
    facts = _json(
        reference=Commitment.reference,
        status=case((is_past, "late"), else_=Commitment.status),
        said_by=Organisation.name,
        deadline=Commitment.deadline,
        meeting=_meeting(Meeting.id.is_not(None)),
        is_example=Commitment.is_example,
    )
    return (
        select(Commitment.id, Commitment.title, facts)
        .join(Organisation, Organisation.id == Commitment.organisation_id)
        .outerjoin(Meeting, (Meeting.id == Commitment.meeting_id) & meetings.visible_to(actor))
        .where(commitments.visible_to(actor))
    )


def _strategy_facts() -> dict[str, Any]:
    return {
        "strategy_key": Strategy.key,
        "strategy": func.coalesce(Strategy.short_name, Strategy.name),
        "strategy_en": func.coalesce(Strategy.short_name_en, Strategy.name_en),
        "period_from": Strategy.period_from,
        "period_to": Strategy.period_to,
    }


def show_strategies(actor: Actor) -> Select[Any]:
    facts = _json(**_strategy_facts(), level=Strategy.level, owner=Strategy.owner, owner_en=Strategy.owner_en)
    return select(Strategy.id, Strategy.name, facts).where(strategies.visible_to(actor))


def show_themes(actor: Actor) -> Select[Any]:
    facts = _json(**_strategy_facts(), key=Theme.key, name_en=Theme.name_en)
    return (
        select(Theme.id, Theme.name, facts)
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .where(strategies.visible_to(actor))
    )


def show_organisations(is_municipality: bool, actor: Actor) -> Select[Any]:
    facts = _json(
        key=Organisation.key,
        organisation_kind=Organisation.kind,
        region=Organisation.region,
        is_example=Organisation.is_example,
    )
    of_kind = Organisation.kind == "municipality" if is_municipality else Organisation.kind != "municipality"
    return select(Organisation.id, Organisation.name, facts).where(of_kind)


def show_projects(actor: Actor) -> Select[Any]:
    facts = _json(
        key=Project.key,
        title_en=Project.title_en,
        field=Project.field,
        round_year=Project.round_year,
        authority=func.coalesce(Organisation.name, Project.authority_text),
    )
    return (
        select(Project.id, Project.title, facts)
        .outerjoin(Organisation, Organisation.id == Project.authority_id)
        .where(projects.visible_to(actor))
    )


def show_own_projects(actor: Actor) -> Select[Any]:
    facts = _json(key=Organisation.key, municipality=Organisation.name, is_example=OwnProject.is_example)
    return (
        select(OwnProject.id, OwnProject.title, facts)
        .join(Organisation, Organisation.id == OwnProject.municipality_id)
        .where(projects.own_visible_to(actor))
    )


def show_bodies(actor: Actor) -> Select[Any]:
    facts = _json(
        key=Body.key,
        body_kind=Body.kind,
        municipality=func.coalesce(Network.name, Organisation.name),
        is_example=Body.is_example,
    )
    return (
        select(Body.id, Body.name, facts)
        .outerjoin(Organisation, Organisation.id == Body.organisation_id)
        .outerjoin(Network, Network.id == Body.network_id)
        .where(bodies.visible_to(actor))
    )


def show_recommendations(actor: Actor) -> Select[Any]:
    facts = _json(
        key=Body.key,
        number=Recommendation.number,
        body=Body.name,
        state=Recommendation.state,
        is_example=Recommendation.is_example,
    )
    return (
        select(Recommendation.id, Recommendation.title, facts)
        .join(Body, Body.id == Recommendation.body_id)
        .where(bodies.recommendations_visible_to(actor))
    )


# --- the sources


Rule = Callable[[Actor], ColumnElement[bool]]
Shown = Callable[[Actor], Select[Any]]

_ROOMS: Final[tuple[tuple[str, Rule, Shown, Any], ...]] = (
    ("meeting", meeting_is_visible, show_meetings, documents.list_meetings),
    ("minutes", minutes_are_visible, show_minutes, documents.list_minutes),
    ("item", item_is_visible, show_items, documents.list_items),
    ("deck_page", deck_page_is_visible, show_deck_pages, documents.list_deck_pages),
    *(
        (
            kind,
            partial(contribution_is_visible, kind),
            partial(show_contributions, kind),
            partial(documents.list_contributions, kind),
        )
        for kind in SAID
    ),
    ("answer", answer_is_visible, show_answers, documents.list_answers),
    ("commitment", commitment_is_visible, show_commitments, documents.list_commitments),
    ("strategy", strategy_is_visible, show_strategies, documents.list_strategies),
    ("theme", theme_is_visible, show_themes, documents.list_themes),
    (
        "organisation",
        organisation_is_visible,
        partial(show_organisations, False),
        documents.list_organisations,
    ),
    (
        "municipality",
        municipality_is_visible,
        partial(show_organisations, True),
        documents.list_municipalities,
    ),
    ("project", project_is_visible, show_projects, documents.list_projects),
    ("own_project", own_project_is_visible, show_own_projects, documents.list_own_projects),
    ("body", body_is_visible, show_bodies, documents.list_bodies),
    (
        "recommendation",
        recommendation_is_visible,
        show_recommendations,
        documents.list_recommendations,
    ),
)

for _kind, _rule, _shown, _documents in _ROOMS:
    register(shown_by_sql(_kind, _rule, _shown, _documents))


def list_under_meeting(session: Session, meeting_id: int) -> dict[str, list[int]]:
    """{kind: ids} of what the index holds under a meeting: told anew when its day changes."""
    rows = session.execute(
        select(SearchDocument.kind, SearchDocument.object_id)
        .where(SearchDocument.meeting_id == meeting_id)
        .order_by(SearchDocument.kind, SearchDocument.object_id)
    )
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(row.object_id)
    return found


def list_promised_of(session: Session, contribution_ids: Sequence[int]) -> list[int]:
    """The ids of the commitments about these: they stand under the themes of what they are about."""
    about = CommitmentContribution.contribution_id.in_(contribution_ids)
    found = select(CommitmentContribution.commitment_id).where(about).distinct()
    return sorted(session.scalars(found))

"""Writing answers quietly: drafts, making them ready, and templates to begin from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now, today
from app.core.events import announce
from app.core.laid_aside import lay_aside
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.answering.cases import lock_contributions, take_cases
from app.domain.answering.models import AnswerTemplate, BatchAnswer
from app.domain.answering.policy import ANSWERABLE, may_answer, state_of
from app.domain.answering.schemas import AnswerEdit, AnswerInput, TemplateInput
from app.domain.contributions.events import AnswerChanged
from app.domain.contributions.models import Answer, AnswerContribution, AnswerOrganisation, Contribution
from app.domain.contributions.policy import is_out
from app.domain.meetings.models import Meeting
from app.domain.organisations.models import Organisation

TEXTS: Final = ("text", "text_en", "text_sv", "reason", "reason_en", "reason_sv")
WORDS: Final = ("verdict", *TEXTS, "again_by")


def draft_answer(session: Session, actor: Actor, given: AnswerInput) -> Answer:
    """An answer that staff alone sees; whoever writes it looks after what it answers from now on.

    Refused: claimed (who), not_open, answer_begun, unknown_organisation, unknown_meeting.
    """
    require(may_answer(actor) and actor.user_id is not None)
    rows = take_to_answer(session, actor, given.contribution_ids)
    if given.meeting_id is not None and session.get(Meeting, given.meeting_id) is None:
        raise Refused("unknown_meeting")
    _check_again_by(given)
    answer = Answer(
        meeting_id=given.meeting_id,
        kind=given.kind,
        said_by_text=given.said_by_text,
        **{field: getattr(given, field) for field in WORDS},
    )
    session.add(answer)
    session.flush()
    _sign(session, answer.id, given.organisation_ids)
    session.add_all(AnswerContribution(answer_id=answer.id, contribution_id=i) for i in sorted(rows))
    session.flush()
    after = {"verdict": answer.verdict, "references": sorted(row.reference for row in rows.values())}
    record(session, actor, "draft", "answer", answer.id, after=after)
    return answer


def take_to_answer(
    session: Session, actor: Actor, contribution_ids: Sequence[int]
) -> dict[int, Contribution]:
    """What one answer is begun to, held, and from now on looked after by who begins it. Raises NotFound.

    Refused: claimed (who), not_open, answer_begun.
    """
    rows = lock_contributions(session, contribution_ids)
    if not all(row.status in ANSWERABLE and is_out(row) for row in rows.values()):
        raise Refused("not_open")
    for case in take_cases(session, actor, list(rows)).values():
        if case.owner_id != actor.user_id:
            case.owner_id, case.claimed_at = actor.user_id, now()
    if _find_begun(session, list(rows)) is not None:
        raise Refused("answer_begun")
    return rows


def _find_begun(session: Session, contribution_ids: Sequence[int]) -> int | None:
    """An answer to one of them that is not published yet."""
    return session.scalars(
        select(Answer.id)
        .join(AnswerContribution, AnswerContribution.answer_id == Answer.id)
        .where(AnswerContribution.contribution_id.in_(contribution_ids), Answer.published_at.is_(None))
        .limit(1)
    ).one_or_none()


def _check_again_by(given: Any) -> None:
    if is_too_late(given.again_by):
        raise Refused("again_by_past")


def is_too_late(again_by: date | None) -> bool:
    """Whether the day that "later" promises is here or has gone by, as it may since it was written."""
    return again_by is not None and again_by <= today()


def _sign(session: Session, answer_id: int, organisation_ids: Sequence[int]) -> None:
    """Exactly these organisations sign the answer. Refused: unknown_organisation."""
    known = set(session.scalars(select(Organisation.id).where(Organisation.id.in_(organisation_ids))))
    if not known.issuperset(organisation_ids):
        raise Refused("unknown_organisation")
    session.execute(delete(AnswerOrganisation).where(AnswerOrganisation.answer_id == answer_id))
    session.add_all(AnswerOrganisation(answer_id=answer_id, organisation_id=i) for i in sorted(known))


def lock_answer(session: Session, actor: Actor, answer_id: int, version: int) -> Answer:
    """The answer, held. Raises NotFound. Refused: stale."""
    require(may_answer(actor))
    answer = session.scalars(
        select(Answer)
        .where(Answer.id == answer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if answer is None:
        raise NotFound
    if answer.version != version:
        raise Refused("stale")
    return answer


def list_answered_ids(session: Session, answer_ids: Sequence[int]) -> list[int]:
    """The contributions that these answers answer."""
    return sorted(
        set(
            session.scalars(
                select(AnswerContribution.contribution_id).where(AnswerContribution.answer_id.in_(answer_ids))
            )
        )
    )


def _take_unpublished(session: Session, actor: Actor, answer_id: int, version: int) -> Answer:
    answer = lock_answer(session, actor, answer_id, version)
    if answer.published_at is not None:
        raise Refused("answer_published")
    take_cases(session, actor, list_answered_ids(session, [answer.id]))
    return answer


def edit_answer(session: Session, actor: Actor, answer_id: int, given: AnswerEdit) -> Answer:
    """Put an unpublished answer otherwise; it is a draft again, so that nothing goes out unread.

    Refused: stale, answer_published (those are corrected), claimed (who), unknown_organisation,
    again_by_past.
    """
    answer = _take_unpublished(session, actor, answer_id, given.version)
    _check_again_by(given)
    before = {"state": state_of(answer), "verdict": answer.verdict}
    for field in (*WORDS, "kind", "said_by_text"):
        setattr(answer, field, getattr(given, field))
    _sign(session, answer.id, given.organisation_ids)
    answer.prepared_at = None
    answer.version += 1
    after = {"state": "draft", "verdict": answer.verdict}
    record(session, actor, "edit", "answer", answer.id, before=before, after=after)
    session.flush()
    return answer


def lacks_reason(verdict: str | None, reason: str) -> bool:
    """A plain yes says why by itself; whoever gets less is owed a reason."""
    return verdict != "yes" and not reason


def prepare_answer(session: Session, actor: Actor, answer_id: int, version: int) -> Answer:
    """Say that it is ready to be published.

    Refused: stale, answer_published, claimed, reason_missing, again_by_past.
    """
    answer = _take_unpublished(session, actor, answer_id, version)
    if lacks_reason(answer.verdict, answer.reason):
        raise Refused("reason_missing")
    _check_again_by(answer)
    answer.prepared_at = now()
    answer.version += 1
    record(session, actor, "make_ready", "answer", answer.id)
    session.flush()
    return answer


def discard_answer(session: Session, actor: Actor, answer_id: int, version: int) -> None:
    """Throw an unpublished answer away. Refused: stale, answer_published, claimed (who)."""
    answer = _take_unpublished(session, actor, answer_id, version)
    along = [
        (one, one.answer_id == answer.id) for one in (BatchAnswer, AnswerOrganisation, AnswerContribution)
    ]
    answered = Contribution.id.in_(list_answered_ids(session, [answer.id]))
    references = session.scalars(select(Contribution.reference).where(answered).order_by(Contribution.id))
    lay_aside(session, actor, "answer", answer, ", ".join(references), along=along)
    for model, condition in along:
        session.execute(delete(model).where(condition))
    session.delete(answer)
    record(session, actor, "discard", "answer", answer_id)
    announce(session, AnswerChanged(answer_id))


# --- templates


def add_template(session: Session, actor: Actor, given: TemplateInput) -> AnswerTemplate:
    """Words to begin answers from. Refused: template_known, where one has the same title."""
    require(may_answer(actor))
    _refuse_known(session, given.title, None)
    template = AnswerTemplate(**given.model_dump(exclude={"version"}))
    session.add(template)
    session.flush()
    record(session, actor, "add", "answer_template", template.id, after={"title": template.title})
    return template


def edit_template(session: Session, actor: Actor, template_id: int, given: TemplateInput) -> AnswerTemplate:
    """Put a template otherwise; answers that began from it stay. Refused: stale, template_known."""
    template = _lock_template(session, actor, template_id, given.version)
    _refuse_known(session, given.title, template.id)
    before = {"title": template.title}
    for field, value in given.model_dump(exclude={"version"}).items():
        setattr(template, field, value)
    template.version += 1
    record(
        session, actor, "edit", "answer_template", template.id, before=before, after={"title": given.title}
    )
    session.flush()
    return template


def retire_template(session: Session, actor: Actor, template_id: int, version: int) -> None:
    """Offer it no more. Refused: stale."""
    template = _lock_template(session, actor, template_id, version)
    template.retired_at = now()
    template.version += 1
    record(session, actor, "remove", "answer_template", template.id, before={"title": template.title})
    session.flush()


def _refuse_known(session: Session, title: str, own_id: int | None) -> None:
    known = session.scalars(
        select(AnswerTemplate.id).where(AnswerTemplate.title == title, AnswerTemplate.retired_at.is_(None))
    ).one_or_none()
    if known not in (None, own_id):
        raise Refused("template_known")


def _lock_template(session: Session, actor: Actor, template_id: int, version: int) -> AnswerTemplate:
    require(may_answer(actor))
    template = session.scalars(
        select(AnswerTemplate)
        .where(AnswerTemplate.id == template_id, AnswerTemplate.retired_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if template is None:
        raise NotFound
    if template.version != version:
        raise Refused("stale")
    return template


@dataclass(frozen=True, slots=True)
class Filled:
    """What an answer begins with: the template's words with the reference and the title put in."""

    verdict: str | None
    texts: dict[str, str]


def fill_template(template: AnswerTemplate, reference: str, title: str) -> Filled:
    """The words of a template for one contribution. Only {reference} and {title} mean anything; other braces
    stay as they are typed."""

    def fill(text: str) -> str:
        # The title last: what the asker wrote is never read as a sign.
        return text.replace("{reference}", reference).replace("{title}", title)

    return Filled(template.verdict, {field: fill(getattr(template, field)) for field in TEXTS})


def list_templates(session: Session, actor: Actor) -> list[AnswerTemplate]:
    """Those that are offered, by title; for staff."""
    require(may_answer(actor))
    return list(
        session.scalars(
            select(AnswerTemplate)
            .where(AnswerTemplate.retired_at.is_(None))
            .order_by(AnswerTemplate.title, AnswerTemplate.id)
            .limit(200)
        )
    )

"""An idea as a stranger gets it: open parts in their words, confidential ones as a mark with the reason.

It is made for those who may read the whole: they see what others would get. After a hearing, staff makes it
with what was decided to be given out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import day_of
from app.core.policy import Actor, NotFound, require
from app.domain.contributions.ideas.extras import ExtraAnswers, list_answers, list_fields, name_fields
from app.domain.contributions.ideas.models import AccessRequest, HeardPart, IdeaAttachment
from app.domain.contributions.ideas.policy import may_open_access_requests
from app.domain.contributions.ideas.secrets import EXTRA
from app.domain.contributions.models import IdeaDetails
from app.domain.contributions.schemas import PARTS, IdeaDraft
from app.domain.contributions.service import get_for_secrets

FILE: Final = "file_"
MARK: Final = "[fortroligt: {reason}]"
NO_REASON: Final = "ikke begrundet"


@dataclass(frozen=True, slots=True)
class RedactedPart:
    """One part. `text`: what may be read; `reason`: why the rest may not be, None where there is no rest.

    `label`: of a field of the organisers or a file; empty for the fixed parts. `released`: given out by a
    decision.
    """

    part: str
    label: str
    text: str
    reason: str | None = None
    released: bool = False

    @property
    def mark(self) -> str:
        """What stands in the place of the rest, or nothing."""
        return "" if self.reason is None else MARK.format(reason=self.reason or NO_REASON)


@dataclass(frozen=True, slots=True)
class Redacted:
    """The idea as it is given out. `wants_partner` and figures are open."""

    reference: str
    title: str
    summary: str
    received_on: date | None
    maturity: str
    effect_unit: str
    baseline_value: Decimal | None
    target_value: Decimal | None
    wants_partner: bool
    cost_from: int | None
    cost_to: int | None
    parts: tuple[RedactedPart, ...]

    @property
    def marks(self) -> int:
        """How many parts are held back, whole or in part."""
        return sum(part.reason is not None for part in self.parts)


def redacted(session: Session, actor: Actor, contribution_id: int, request_id: int | None = None) -> Redacted:
    """What a stranger gets of an idea, for whoever may read all of it; logged as an export.

    `request_id`: a decided request for access; what was decided to be released is in its words then, and
    only staff makes that. Raises NotFound.
    """
    idea = get_for_secrets(session, actor, contribution_id)
    released: frozenset[str] = frozenset()
    if request_id is not None:
        require(may_open_access_requests(actor))
        released = _released(session, idea.id, request_id)
    details = session.get(IdeaDetails, idea.id) or IdeaDetails(contribution_id=idea.id)
    secrets = dict(details.confidential or {})
    names = [int(part.removeprefix(EXTRA)) for part in secrets if part.startswith(EXTRA)]
    labels = {f"{EXTRA}{field_id}": label for field_id, label in name_fields(session, names).items()}
    answers = list_answers(session, idea.id)
    open_texts = {part: getattr(details, part) or "" for part in PARTS}
    open_texts |= {f"{EXTRA}{line.field_id}": line.value for line in answers}
    labels |= {f"{EXTRA}{line.field_id}": line.label for line in answers}
    parts = list(_parts(open_texts, secrets, details.confidential_reasons or {}, labels, released))
    parts += _files(session, idea.id, released)
    after = {"redacted": True, "request_id": request_id, "released": sorted(released)}
    record(session, actor, "export", "contribution", idea.id, after=after)
    return _make(idea.reference, idea.title, idea.body, day_of(idea.received_at), details, parts)


def preview_idea(
    session: Session, actor: Actor, given: IdeaDraft, extras: ExtraAnswers | None = None
) -> Redacted:
    """The same of an idea that is being written; nothing is kept."""
    asked = {field.id: field for field in list_fields(session, actor)}
    answered = {field_id: extra for field_id, extra in (extras or {}).items() if field_id in asked}
    secrets = given.confidential | {f"{EXTRA}{i}": one.secret for i, one in answered.items() if one.secret}
    reasons = given.confidential_reasons | {f"{EXTRA}{i}": one.reason for i, one in answered.items()}
    open_texts = {part: getattr(given, part) for part in PARTS}
    open_texts |= {f"{EXTRA}{i}": one.value for i, one in answered.items()}
    labels = {f"{EXTRA}{i}": asked[i].label for i in answered}
    parts = list(_parts(open_texts, secrets, reasons, labels, frozenset()))
    return _make("", given.title, given.body, None, given, parts)


def _make(
    reference: str,
    title: str,
    summary: str,
    received_on: date | None,
    figures: IdeaDetails | IdeaDraft,
    parts: list[RedactedPart],
) -> Redacted:
    return Redacted(
        reference=reference,
        title=title,
        summary=summary,
        received_on=received_on,
        maturity=figures.maturity or "idea",
        effect_unit=figures.effect_unit or "",
        baseline_value=figures.baseline_value,
        target_value=figures.target_value,
        wants_partner=bool(figures.wants_partner),
        cost_from=figures.cost_from,
        cost_to=figures.cost_to,
        parts=tuple(parts),
    )


def _parts(
    open_texts: Mapping[str, str],
    secrets: Mapping[str, str],
    reasons: Mapping[str, str],
    labels: Mapping[str, str],
    released: frozenset[str],
) -> Iterator[RedactedPart]:
    """In the order of the form; a part with nothing in either half is left out."""
    for part in dict.fromkeys((*PARTS, *open_texts, *labels, *secrets)):
        text, is_secret = open_texts.get(part, ""), bool(secrets.get(part))
        label = labels.get(part, "")
        if is_secret and part in released:
            yield RedactedPart(part, label, "\n".join(filter(None, (text, secrets[part]))), released=True)
        elif is_secret:
            yield RedactedPart(part, label, text, reasons.get(part, ""))
        elif text:
            yield RedactedPart(part, label, text)


def _files(session: Session, contribution_id: int, released: frozenset[str]) -> Iterator[RedactedPart]:
    """A confidential file has neither name nor title here until it is released."""
    rows = session.scalars(
        select(IdeaAttachment)
        .where(IdeaAttachment.contribution_id == contribution_id, IdeaAttachment.removed_at.is_(None))
        .order_by(IdeaAttachment.id)
    )
    for row in rows:
        part = f"{FILE}{row.id}"
        if row.access == "public":
            yield RedactedPart(part, row.title, row.filename)
        elif part in released:
            yield RedactedPart(part, row.title, row.filename, released=True)
        else:
            yield RedactedPart(part, "", "", row.reason)


def _released(session: Session, contribution_id: int, request_id: int) -> frozenset[str]:
    request = session.get(AccessRequest, request_id)
    if request is None or request.contribution_id != contribution_id or request.state != "decided":
        raise NotFound
    rows = session.scalars(
        select(HeardPart.part).where(HeardPart.request_id == request_id, HeardPart.decision == "release")
    )
    return frozenset(rows)

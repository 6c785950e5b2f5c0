"""Fields that organisers ask besides the fixed ones: setting them up, and what ideas answer to them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Select, bindparam, delete, func, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.audit import record
from app.core.clock import now
from app.core.kept import kept
from app.core.laid_aside import lay_aside
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.contributions.ideas.models import IdeaAnswer, IdeaField, IdeaFieldEdition
from app.domain.contributions.ideas.policy import may_set_up_fields
from app.domain.contributions.ideas.schemas import IdeaFieldInput
from app.domain.contributions.ideas.secrets import EXTRA
from app.domain.contributions.models import IdeaDetails
from app.domain.contributions.schemas import Extra, Figure

ExtraAnswers = Mapping[int, Extra]
MOST_FIELDS = 30
_WORDS = ("label", "help", "example", "options")
_number: TypeAdapter[Decimal | None] = TypeAdapter(Figure)


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field as it is asked now. `answers`: how many ideas answered it; None for all but staff."""

    id: int
    position: int
    kind: str
    label: str
    help: str
    example: str
    options: tuple[str, ...]
    is_required: bool
    is_retired: bool
    version: int
    answers: int | None = None

    @property
    def part(self) -> str:
        """Its name beside the fixed parts."""
        return f"{EXTRA}{self.id}"


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """What an idea answers openly to one field, in the words in which it was asked then."""

    field_id: int
    label: str
    kind: str
    value: str


# --- setting up


def add_field(session: Session, actor: Actor, given: IdeaFieldInput) -> IdeaField:
    """A new field, the last in the form. Refused: too_many_fields."""
    require(may_set_up_fields(actor))
    asked = session.scalar(select(func.count()).where(IdeaField.retired_at.is_(None))) or 0
    if asked >= MOST_FIELDS:
        raise Refused("too_many_fields", most=MOST_FIELDS)
    last = session.scalar(select(func.max(IdeaField.position))) or 0
    values = given.model_dump(exclude={"version"})
    row = IdeaField(position=last + 1, created_at=now(), **values)
    session.add(row)
    session.flush()
    record(session, actor, "add", "idea_field", row.id, after=_facts(row))
    return row


def edit_field(session: Session, actor: Actor, field_id: int, given: IdeaFieldInput) -> IdeaField:
    """Ask otherwise from now on; what was answered keeps the words that it answered.

    Refused: stale, and kind_answered where ideas have answered it as another kind.
    """
    row = _lock_field(session, actor, field_id)
    if row.version != given.version:
        raise Refused("stale")
    if given.kind != row.kind and _is_answered(session, row.id):
        raise Refused("kind_answered")
    before = _facts(row)
    if any(getattr(row, name) != getattr(given, name) for name in _WORDS):
        earlier = {name: getattr(row, name) for name in _WORDS}
        session.add(IdeaFieldEdition(field_id=row.id, version=row.version, replaced_at=now(), **earlier))
    for name, value in given.model_dump(exclude={"version"}).items():
        setattr(row, name, value)
    row.version += 1
    session.flush()
    record(session, actor, "edit", "idea_field", row.id, before=before, after=_facts(row))
    return row


def retire_field(session: Session, actor: Actor, field_id: int) -> None:
    """Ask it no more. What was answered stays; one that nobody answered is deleted."""
    row = _lock_field(session, actor, field_id)
    if row.retired_at is not None:
        return
    before = _facts(row)
    if _is_answered(session, row.id):
        row.retired_at = now()
        session.flush()
        record(session, actor, "retire", "idea_field", row.id, before=before, after=_facts(row))
        return
    editions = (IdeaFieldEdition, IdeaFieldEdition.field_id == row.id)
    lay_aside(session, actor, "idea_field", row, row.label, path="/indbakke/idefelter", along=[editions])
    session.execute(delete(IdeaFieldEdition).where(IdeaFieldEdition.field_id == row.id))
    session.delete(row)
    session.flush()
    record(session, actor, "remove", "idea_field", field_id, before=before)


def resume_field(session: Session, actor: Actor, field_id: int) -> None:
    """Ask a retired one again."""
    row = _lock_field(session, actor, field_id)
    if row.retired_at is None:
        return
    row.retired_at = None
    session.flush()
    record(session, actor, "resume", "idea_field", row.id, after=_facts(row))


def order_fields(session: Session, actor: Actor, field_ids: Sequence[int]) -> None:
    """Put the fields in this order; those that are not named come after, as they stood."""
    require(may_set_up_fields(actor))
    rows = session.scalars(
        select(IdeaField).order_by(IdeaField.position, IdeaField.id).with_for_update()
    ).all()
    places = {field_id: place for place, field_id in enumerate(field_ids)}
    ordered = sorted(rows, key=lambda row: (places.get(row.id, len(places)), row.position))
    for position, row in enumerate(ordered, 1):
        row.position = position
    session.flush()
    record(session, actor, "order", "idea_field", None, after={"ids": [row.id for row in ordered]})


def _lock_field(session: Session, actor: Actor, field_id: int) -> IdeaField:
    require(may_set_up_fields(actor))
    row = session.scalars(select(IdeaField).where(IdeaField.id == field_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    return row


def _is_answered(session: Session, field_id: int) -> bool:
    openly = session.scalar(select(IdeaAnswer.id).where(IdeaAnswer.field_id == field_id).limit(1))
    if openly is not None:
        return True
    in_secret = IdeaDetails.confidential.has_key(f"{EXTRA}{field_id}")  # type: ignore[attr-defined]
    return session.scalar(select(IdeaDetails.contribution_id).where(in_secret).limit(1)) is not None


def _facts(row: IdeaField) -> dict[str, object]:
    names = ("kind", "label", "options", "is_required", "version")
    return {name: getattr(row, name) for name in names} | {"is_retired": row.retired_at is not None}


# --- reading


def list_fields(session: Session, actor: Actor, *, with_retired: bool = False) -> list[FieldView]:
    """The fields in their order; retired ones for staff alone, with how many ideas answered each openly."""
    is_staff = may_set_up_fields(actor)
    answers = (
        select(func.count()).where(IdeaAnswer.field_id == IdeaField.id).correlate(IdeaField).scalar_subquery()
    )
    statement = select(IdeaField, answers).order_by(IdeaField.position, IdeaField.id).limit(200)
    if not (with_retired and is_staff):
        statement = statement.where(IdeaField.retired_at.is_(None))
    return [_view(row, count if is_staff else None) for row, count in session.execute(statement)]


def _view(row: IdeaField, answers: int | None) -> FieldView:
    return FieldView(
        id=row.id,
        position=row.position,
        kind=row.kind,
        label=row.label,
        help=row.help,
        example=row.example,
        options=tuple(row.options),
        is_required=row.is_required,
        is_retired=row.retired_at is not None,
        version=row.version,
        answers=answers,
    )


def list_answers(session: Session, contribution_id: int) -> list[AnswerLine]:
    """The open answers of an idea that the reader may see; the caller has asked that."""
    return read(session, answers_of_idea(contribution_id))


def answers_of_idea(contribution_id: int) -> Asking[list[AnswerLine]]:
    """The same, to be asked beside others."""
    rows = yield from asked(_answers(), {"answers_of_idea": contribution_id})
    return [AnswerLine(**row._mapping) for row in rows]


@kept
def _answers() -> Select[Any]:
    return (
        select(
            IdeaAnswer.field_id,
            func.coalesce(IdeaFieldEdition.label, IdeaField.label).label("label"),
            IdeaField.kind,
            IdeaAnswer.value,
        )
        .join(IdeaField, IdeaField.id == IdeaAnswer.field_id)
        .outerjoin(
            IdeaFieldEdition,
            (IdeaFieldEdition.field_id == IdeaField.id)
            & (IdeaFieldEdition.version == IdeaAnswer.field_version),
        )
        .where(IdeaAnswer.contribution_id == bindparam("answers_of_idea"))
        .order_by(IdeaField.position, IdeaField.id)
    )


def name_fields(session: Session, field_ids: Sequence[int]) -> dict[int, str]:
    """{field id: how it is called now}, in their order; for confidential answers."""
    rows = session.execute(
        select(IdeaField.id, IdeaField.label)
        .where(IdeaField.id.in_(field_ids))
        .order_by(IdeaField.position, IdeaField.id)
    )
    return {row.id: row.label for row in rows}


# --- answering


def put_extras(
    session: Session, contribution_id: int, extras: ExtraAnswers | None, *, is_sent: bool
) -> list[str]:
    """Keep what an idea answers to the fields that are asked now; None leaves its answers as they are.

    The open answers, as texts. What was answered to a retired field stays. Refused, with the `field_id`:
    extra_unknown, extra_choice, extra_number; when it is sent also extra_required and reason_missing.
    """
    asked = {row.id: row for row in session.scalars(select(IdeaField).where(IdeaField.retired_at.is_(None)))}
    if not asked and not extras:
        return []
    details = session.get_one(IdeaDetails, contribution_id)
    known = {
        row.field_id: row
        for row in session.scalars(select(IdeaAnswer).where(IdeaAnswer.contribution_id == contribution_id))
    }
    for field_id in extras or {}:
        if field_id not in asked:
            raise Refused("extra_unknown", field_id=field_id)
    if extras is not None:
        for field in asked.values():
            _put_one(session, details, field, extras.get(field.id, Extra()), known)
        session.flush()
    if is_sent:
        _check_whole(details, asked.values(), known)
    return [row.value for row in known.values()]


def list_mistakes(session: Session, extras: ExtraAnswers, *, is_sent: bool) -> list[Refused]:
    """What `put_extras` would refuse, all of it at once; for a form that has other mistakes too."""
    found: list[Refused] = []
    for field in session.scalars(select(IdeaField).where(IdeaField.retired_at.is_(None))):
        given = extras.get(field.id, Extra())
        try:
            _check(field, given.value)
        except Refused as refusal:
            found.append(refusal)
        if is_sent and field.is_required and not given.value and not given.secret:
            found.append(Refused("extra_required", field_id=field.id))
        if is_sent and given.secret and not given.reason:
            found.append(Refused("reason_missing", field_id=field.id))
    return found


def _put_one(
    session: Session, details: IdeaDetails, field: IdeaField, given: Extra, known: dict[int, IdeaAnswer]
) -> None:
    value, row = _check(field, given.value), known.get(field.id)
    if row is None and value:
        row = known[field.id] = IdeaAnswer(
            contribution_id=details.contribution_id,
            field_id=field.id,
            field_version=field.version,
            value=value,
        )
        session.add(row)
    elif row is not None and value:
        if row.value != value:
            row.value, row.field_version = value, field.version
    elif row is not None:
        session.delete(known.pop(field.id))
    part = f"{EXTRA}{field.id}"
    for half, text in (("confidential", given.secret), ("confidential_reasons", given.reason)):
        kept = {name: words for name, words in getattr(details, half).items() if name != part}
        setattr(details, half, kept | ({part: text} if given.secret else {}))


def _check(field: IdeaField, value: str) -> str:
    if not value:
        return ""
    if field.kind == "choice" and value not in field.options:
        raise Refused("extra_choice", field_id=field.id)
    if field.kind == "number":
        try:
            number = _number.validate_python(value)
        except ValidationError as wrong:
            raise Refused("extra_number", field_id=field.id) from wrong
        return _plain(number)
    return value


def _plain(number: Decimal | None) -> str:
    return "" if number is None else re.sub(r"\.?0+$", "", f"{number:.4f}")


def _check_whole(details: IdeaDetails, asked: Iterable[IdeaField], known: Mapping[int, IdeaAnswer]) -> None:
    for field in asked:
        part = f"{EXTRA}{field.id}"
        if field.is_required and field.id not in known and part not in details.confidential:
            raise Refused("extra_required", field_id=field.id)
        if part in details.confidential and not details.confidential_reasons.get(part):
            raise Refused("reason_missing", field_id=field.id)

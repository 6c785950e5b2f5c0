"""The verbs of contributions: sending, recording, tagging, publishing, withdrawing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry, record
from app.core.clock import now, today
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.core.text import shorten
from app.domain.contributions.answer_clock import find_answer_by
from app.domain.contributions.events import AnswerChanged, ContributionsChanged, ContributionSent
from app.domain.contributions.gathered import hold_with_members, let_go, status_when_shown_again
from app.domain.contributions.ideas.extras import ExtraAnswers, put_extras
from app.domain.contributions.ideas.policy import may_read_secrets
from app.domain.contributions.ideas.secrets import find_signer_ids, has_secret_files, set_secrets
from app.domain.contributions.in_room import hides_author
from app.domain.contributions.models import (
    NUMBERS,
    PREFIXES,
    Answer,
    AnswerContribution,
    AnswerEdition,
    AnswerOrganisation,
    BlackedText,
    Contribution,
    ContributionTheme,
    IdeaDetails,
    Wording,
)
from app.domain.contributions.needs.sharing import refuse_to_withdraw
from app.domain.contributions.newcomers import find_why_wait, refuse_repetition
from app.domain.contributions.policy import (
    is_own,
    is_sent,
    is_sent_in_sql,
    may_edit_card,
    may_edit_draft,
    may_read_confidential,
    may_record,
    may_record_at,
    may_record_somewhere,
    may_see,
    may_send,
    may_withdraw,
)
from app.domain.contributions.schemas import (
    FIGURES,
    PARTS,
    AnswerFacts,
    CardEdit,
    CardInput,
    CardPlace,
    ContributionFacts,
    IdeaDraft,
    IdeaInput,
    WishInput,
)
from app.domain.contributions.withdrawals import is_withdrawn_by_staff, status_by_answer
from app.domain.groups.models import Group
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.organisations.models import Organisation
from app.domain.strategies.models import Theme
from app.domain.users.models import Person

LONGEST_TITLE = 120


def take_references(session: Session, kind: str, count: int = 1) -> list[str]:
    """The next numbers of a kind: ["OE-0142"]. Gaps are allowed."""
    numbers = session.scalars(
        select(NUMBERS[kind].next_value()).select_from(func.generate_series(1, count).alias("n"))
    )
    return [f"{PREFIXES[kind]}-{number:04d}" for number in numbers]


def get_seen(session: Session, actor: Actor, contribution_id: int, *, lock: bool = False) -> Contribution:
    """The contribution, if the actor may see it. Raises NotFound."""
    statement = (
        select(Contribution, Meeting.published_at)
        .outerjoin(Meeting, Meeting.id == Contribution.meeting_id)
        .where(Contribution.id == contribution_id)
    )
    if lock:
        statement = statement.with_for_update(of=Contribution)
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound
    contribution, meeting_published_at = row
    if not may_see(actor, contribution, contribution.meeting_id is None or meeting_published_at is not None):
        raise NotFound
    return contribution


def tell_changed(session: Session, contributions: Iterable[Contribution]) -> None:
    """Announce the change of contributions, one event for each kind."""
    ids: dict[str, list[int]] = {}
    for contribution in contributions:
        ids.setdefault(contribution.kind, []).append(contribution.id)
    for kind, changed in ids.items():
        announce(session, ContributionsChanged(kind, tuple(sorted(changed))))


# --- sending


def send_wish(session: Session, actor: Actor, given: WishInput, answer_within_days: int) -> Contribution:
    """A wish with the date by which it is answered; open to all at once, unless a newcomer's waits.

    `answer_within_days` counts where staff has set no rule for it.
    Raises Refused("sent_before") for the same text within a day.
    """
    require(may_send(actor))
    refuse_repetition(session, actor, given.title, given.body)
    wish = _own_words(session, actor, "wish", given.title, given.body, given.aspect)
    why_wait = find_why_wait(session, actor, (given.title, given.body))
    _send(wish, find_answer_by(session, today(), answer_within_days), why_wait)
    session.add(wish)
    session.flush()
    set_themes(session, wish.id, given.theme_ids)
    record(session, actor, "send", "contribution", wish.id, after=_as_facts(wish, given.theme_ids))
    tell_changed(session, [wish])
    announce(session, ContributionSent(wish.id))
    return wish


def _own_words(
    session: Session, actor: Actor, kind: str, title: str, body: str, aspect: str | None
) -> Contribution:
    """A new draft of the actor's own, on behalf of the organisation that the actor speaks for."""
    return Contribution(
        kind=kind,
        reference=take_references(session, kind)[0],
        title=title,
        body=body,
        aspect=aspect,
        status="draft",
        said_by_user_id=actor.user_id,
        entered_by_id=actor.user_id,
        on_behalf_of_id=actor.organisation_id,
        received_at=now(),
    )


def _send(contribution: Contribution, answer_by: date, waiting_reason: str | None) -> None:
    contribution.status = "received"
    contribution.received_at = now()
    contribution.waiting_reason = waiting_reason
    contribution.published_at = None if waiting_reason else contribution.received_at
    contribution.answer_by = answer_by


def _as_facts(contribution: Contribution, theme_ids: Sequence[int] = ()) -> dict[str, Any]:
    """What the log keeps of a contribution: never its words, which may have to be taken out of sight."""
    return {
        "kind": contribution.kind,
        "reference": contribution.reference,
        "aspect": contribution.aspect,
        "status": contribution.status,
        "waiting_reason": contribution.waiting_reason,
        "answer_by": contribution.answer_by.isoformat() if contribution.answer_by else None,
        "theme_ids": sorted(theme_ids),
    }


def save_idea_draft(
    session: Session,
    actor: Actor,
    given: IdeaDraft,
    contribution_id: int | None = None,
    extras: ExtraAnswers | None = None,
) -> Contribution:
    """An idea kept for later, new or changed; outside its organisation nobody knows of it.

    `extras`: the answers to the organisers' own fields; None leaves them as they are.
    """
    idea, before = _put_idea(session, actor, given, contribution_id)
    put_extras(session, idea.id, extras, is_sent=False)
    verb = "edit" if before else "draft"
    record(session, actor, verb, "contribution", idea.id, before=before, after=_idea_fields(idea, given))
    tell_changed(session, [idea])
    return idea


def send_idea(
    session: Session,
    actor: Actor,
    given: IdeaInput,
    answer_within_days: int,
    contribution_id: int | None = None,
    extras: ExtraAnswers | None = None,
) -> Contribution:
    """An idea for a signature project, new or from its draft: the public half is open to all at once,
    unless a newcomer's waits. Raises Refused("sent_before") for the same text within a day, and
    Refused("extra_…", field_id) for a field of the organisers that is not answered as it must be.
    """
    require(may_send(actor))
    refuse_repetition(session, actor, given.title, given.body)
    idea, before = _put_idea(session, actor, given, contribution_id)
    answered = put_extras(session, idea.id, extras, is_sent=True)
    texts = (given.title, given.body, *(getattr(given, part) for part in PARTS), *answered)
    _send(idea, find_answer_by(session, today(), answer_within_days), find_why_wait(session, actor, texts))
    record(session, actor, "send", "contribution", idea.id, before=before, after=_idea_fields(idea, given))
    tell_changed(session, [idea])
    announce(session, ContributionSent(idea.id))
    return idea


def _put_idea(
    session: Session, actor: Actor, given: IdeaDraft, contribution_id: int | None
) -> tuple[Contribution, dict[str, Any] | None]:
    require(may_send(actor))
    before = None
    if contribution_id is None:
        idea = _own_words(session, actor, "idea", given.title, given.body, given.aspect)
        session.add(idea)
        session.flush()
        details = IdeaDetails(contribution_id=idea.id)
        session.add(details)
    else:
        idea = get_seen(session, actor, contribution_id, lock=True)
        require(idea.kind == "idea" and may_edit_draft(actor, idea))
        require(may_read_confidential(actor, idea))
        if idea.version != given.version:
            raise Refused("stale")
        details = session.get_one(IdeaDetails, idea.id)
        before = {"version": idea.version}
        idea.title, idea.body, idea.aspect = given.title, given.body, given.aspect
        idea.version += 1
    for part in (*PARTS, *FIGURES):
        setattr(details, part, getattr(given, part))
    set_secrets(details, given.confidential, given.confidential_reasons)
    set_themes(session, idea.id, given.theme_ids)
    session.flush()
    return idea, before


def _idea_fields(idea: Contribution, given: IdeaDraft) -> dict[str, Any]:
    """What the log keeps of an idea: which fields were filled in, never their words."""
    filled = [part for part in PARTS if getattr(given, part)]
    filled += [f"confidential.{part}" for part in given.confidential]
    return {
        "kind": "idea",
        "reference": idea.reference,
        "status": idea.status,
        "waiting_reason": idea.waiting_reason,
        "fields": filled,
    }


@dataclass(frozen=True, slots=True)
class Confidential:
    """The confidential half of an idea: {part: text}, and {part: why}."""

    parts: dict[str, str]
    reasons: dict[str, str]


def read_confidential(session: Session, actor: Actor, contribution_id: int) -> Confidential:
    """The confidential half; every reading is logged. Raises NotFound also where there is none to read."""
    idea = get_for_secrets(session, actor, contribution_id)
    details = session.get(IdeaDetails, contribution_id)
    if details is None or not (details.confidential or has_secret_files(session, contribution_id)):
        raise NotFound
    record(session, actor, "read_confidential", "contribution", idea.id)
    return Confidential(dict(details.confidential), dict(details.confidential_reasons))


def get_for_secrets(session: Session, actor: Actor, contribution_id: int) -> Contribution:
    """The idea, for whoever may read what is confidential in it; co-signers read it from their yes on.

    Raises NotFound.
    """
    idea = session.get(Contribution, contribution_id)
    if idea is None or idea.kind != "idea":
        raise NotFound
    if may_read_secrets(actor, idea, find_signer_ids(session, idea.id)):
        return idea if actor.organisation_id != idea.on_behalf_of_id else get_seen(session, actor, idea.id)
    raise NotFound


# --- what was said in a room


def add_card(session: Session, actor: Actor, meeting_id: int, given: CardInput) -> Contribution:
    """One thing that was said at a meeting; hidden until it is published."""
    return _add_cards(session, actor, meeting_id, given, [given.text])[0]


def add_cards(
    session: Session, actor: Actor, meeting_id: int, place: CardPlace, texts: Sequence[str]
) -> list[Contribution]:
    """Many things said at the same place, in order; see `schemas.read_lines` for pasted text."""
    return _add_cards(session, actor, meeting_id, place, texts)


def _add_cards(
    session: Session, actor: Actor, meeting_id: int, place: CardPlace, texts: Sequence[str]
) -> list[Contribution]:
    _check_meeting(session, actor, meeting_id)
    where = _check_place(session, meeting_id, place)
    moment = now()
    cards = [
        Contribution(
            kind=place.kind,
            reference=reference,
            title=shorten(words, LONGEST_TITLE),
            body=words,
            status="draft",
            meeting_id=meeting_id,
            entered_by_id=actor.user_id,
            received_at=moment,
            **where,
        )
        for reference, words in zip(take_references(session, place.kind, len(texts)), texts, strict=True)
    ]
    session.add_all(cards)
    session.flush()
    after = {"cards": [card.reference for card in cards], **_without_words(where)}
    record(session, actor, "add_cards", "meeting", meeting_id, after=after)
    tell_changed(session, cards)
    return cards


def _check_meeting(session: Session, actor: Actor, meeting_id: int) -> None:
    """Raises NotFound, or NotAllowed where the actor sees the meeting but does not write down there."""
    seen = select(Meeting.id).where(Meeting.id == meeting_id, meeting_visible_to(actor))
    if session.scalars(seen).one_or_none() is None:
        raise NotFound
    require(may_record_at(actor, meeting_id))


def _check_place(session: Session, meeting_id: int, place: CardPlace) -> dict[str, Any]:
    """The columns for a place; a group brings its item and its task along. Refuses what is unknown."""
    item_id, task = place.item_id, place.task
    if place.group_id is not None:
        groups = {row.id: row for row in session.scalars(select(Group).where(Group.meeting_id == meeting_id))}
        group = groups.get(place.group_id)
        if group is None:
            raise Refused("unknown_group")
        item_id = group.item_id or item_id
        # What is left in the form of another group's task does not belong to this one.
        if not task or task in {row.task for row in groups.values()}:
            task = group.task
    if item_id is not None:
        item = session.get(AgendaItem, item_id)
        if item is None or item.is_new or item.meeting_id != meeting_id:
            raise Refused("unknown_item")
    if place.said_by_person_id is not None and session.get(Person, place.said_by_person_id) is None:
        raise Refused("unknown_person")
    if place.on_behalf_of_id is not None and session.get(Organisation, place.on_behalf_of_id) is None:
        raise Refused("unknown_organisation")
    return {
        "item_id": item_id,
        "group_id": place.group_id,
        "task": task,
        "said_by_person_id": place.said_by_person_id,
        "said_by_text": place.said_by_text,
        "on_behalf_of_id": place.on_behalf_of_id,
        "on_behalf_of_text": place.on_behalf_of_text,
    }


_CARD_FIELDS = ("kind", "aspect", "item_id", "group_id", "said_by_person_id", "on_behalf_of_id", "version")
_WORDS = ("title", "body", "task", "said_by_text", "on_behalf_of_text")


def _without_words(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in _WORDS}


def edit_card(session: Session, actor: Actor, contribution_id: int, given: CardEdit) -> Contribution:
    """Change what was written down at a meeting; its kind stays. `stale` when another was faster."""
    card = get_seen(session, actor, contribution_id, lock=True)
    require(card.meeting_id is not None and may_edit_card(actor, card))
    if card.version != given.version:
        raise Refused("stale")
    if is_blacked_out(session, card.id):
        raise Refused("blacked_out")
    words = {field: getattr(card, field) for field in _WORDS}
    before = {field: getattr(card, field) for field in _CARD_FIELDS}
    before["theme_ids"] = _theme_ids(session, [card.id])[card.id]
    if given.text != card.body:
        card.title, card.body = shorten(given.text, LONGEST_TITLE), given.text
    card.aspect = given.aspect
    for field, value in _check_place(session, card.meeting_id, given).items():
        setattr(card, field, value)
    card.version += 1
    set_themes(session, card.id, given.theme_ids)
    rewritten = [field for field in _WORDS if getattr(card, field) != words[field]]
    if rewritten:
        # What it said until now; the log, which cannot forget, only tells that it was another text.
        session.add(Wording(contribution_id=card.id, version=given.version, words=words, replaced_at=now()))
    after = {field: getattr(card, field) for field in _CARD_FIELDS}
    after |= {"theme_ids": sorted(given.theme_ids), "rewritten": rewritten}
    record(session, actor, "edit", "contribution", card.id, before=before, after=after)
    tell_changed(session, [card])
    return card


def is_blacked_out(session: Session, thing_id: int, thing: str = "contribution") -> bool:
    """Whether words are blacked out in it that can still be shown again: until then it is not rewritten."""
    blacked = select(BlackedText.id).where(BlackedText.thing == thing, BlackedText.thing_id == thing_id)
    return bool(session.scalar(select(blacked.exists())))


# --- aspect and themes


def _theme_ids(session: Session, contribution_ids: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {contribution_id: [] for contribution_id in contribution_ids}
    rows = session.execute(
        select(ContributionTheme.contribution_id, ContributionTheme.theme_id)
        .where(ContributionTheme.contribution_id.in_(contribution_ids))
        .order_by(ContributionTheme.theme_id)
    )
    for contribution_id, theme_id in rows:
        found[contribution_id].append(theme_id)
    return found


def _check_themes(session: Session, theme_ids: Sequence[int]) -> None:
    known = set(session.scalars(select(Theme.id).where(Theme.id.in_(theme_ids)))) if theme_ids else set()
    if not known.issuperset(theme_ids):
        raise Refused("unknown_theme")


def set_themes(
    session: Session, contribution_id: int, theme_ids: Sequence[int], origin: str = "person"
) -> None:
    """Exactly these themes; those that stay keep their origin."""
    _check_themes(session, theme_ids)
    session.execute(
        delete(ContributionTheme).where(
            ContributionTheme.contribution_id == contribution_id, ContributionTheme.theme_id.not_in(theme_ids)
        )
    )
    _add_themes(session, {contribution_id: theme_ids}, origin)


def _add_themes(session: Session, pairs: dict[int, Sequence[int]], origin: str = "person") -> None:
    rows = [
        {"contribution_id": contribution_id, "theme_id": theme_id, "origin": origin}
        for contribution_id, theme_ids in pairs.items()
        for theme_id in theme_ids
    ]
    if rows:
        session.execute(insert(ContributionTheme).values(rows).on_conflict_do_nothing())


def _remove_themes(session: Session, contribution_ids: Sequence[int], theme_ids: Sequence[int]) -> None:
    session.execute(
        delete(ContributionTheme).where(
            ContributionTheme.contribution_id.in_(contribution_ids), ContributionTheme.theme_id.in_(theme_ids)
        )
    )


@dataclass(frozen=True, slots=True)
class Tagging:
    """What one tagging changed: {contribution id: [aspect before, after]}, {id: [theme ids]}."""

    aspects: dict[int, list[str | None]]
    added: dict[int, list[int]]
    removed: dict[int, list[int]]

    @property
    def ids(self) -> list[int]:
        return sorted({*self.aspects, *self.added, *self.removed})

    def as_json(self) -> dict[str, Any]:
        return {"aspects": self.aspects, "added": self.added, "removed": self.removed}


def tag_contributions(
    session: Session,
    actor: Actor,
    contribution_ids: Sequence[int],
    *,
    aspect: str | None = None,
    theme_ids: Sequence[int] = (),
    remove: bool = False,
    at_meeting: int | None = None,
) -> Tagging:
    """Give one or many contributions an aspect and themes, or take those themes (and that aspect) away.

    Raises NotFound where one of them was not said `at_meeting`, if that is given.
    One entry in the log holds what really changed, so that `undo_tagging` can turn it back.
    """
    rows = _lock_to_tag(session, actor, contribution_ids, theme_ids)
    if at_meeting is not None and any(row.meeting_id != at_meeting for row in rows.values()):
        raise NotFound
    tagging = _plan_tagging(rows, _theme_ids(session, list(rows)), aspect, theme_ids, remove=remove)
    return _keep_tagging(session, actor, rows, tagging)


def tag_each(session: Session, actor: Actor, theme_by_id: Mapping[int, int]) -> Tagging:
    """Give each contribution a theme of its own, {contribution id: theme id}; one entry in the log, as
    `tag_contributions` makes it."""
    rows = _lock_to_tag(session, actor, list(theme_by_id), list(theme_by_id.values()))
    known = _theme_ids(session, list(rows))
    added = {i: [theme_id] for i, theme_id in theme_by_id.items() if theme_id not in known[i]}
    return _keep_tagging(session, actor, rows, Tagging({}, added, {}))


def _lock_to_tag(
    session: Session, actor: Actor, contribution_ids: Sequence[int], theme_ids: Sequence[int]
) -> dict[int, Contribution]:
    require(may_record_somewhere(actor))
    _check_themes(session, theme_ids)
    rows = _lock_all(session, contribution_ids)
    if not all(may_record_at(actor, row.meeting_id) for row in rows.values()):
        raise NotFound
    meeting_ids = {row.meeting_id for row in rows.values()} - {None}
    out = set(
        session.scalars(
            select(Meeting.id).where(Meeting.id.in_(meeting_ids), Meeting.published_at.is_not(None))
        )
    )
    # Whoever writes down at a meeting may be a vendor, from whom some of what was said there is kept.
    if not all(may_see(actor, row, row.meeting_id is None or row.meeting_id in out) for row in rows.values()):
        raise NotFound
    return rows


def _keep_tagging(session: Session, actor: Actor, rows: dict[int, Contribution], tagging: Tagging) -> Tagging:
    _apply_tagging(session, rows, tagging)
    if tagging.ids:
        _record_tagging(session, actor, "tag", [rows[i] for i in tagging.ids], tagging)
        tell_changed(session, [rows[i] for i in tagging.ids])
    return tagging


def _lock_all(session: Session, contribution_ids: Sequence[int]) -> dict[int, Contribution]:
    # In one order, so that two taggers of the same cards wait for each other and never in a ring.
    rows = session.scalars(
        select(Contribution)
        .where(Contribution.id.in_(contribution_ids))
        .order_by(Contribution.id)
        .with_for_update()
    )
    found = {row.id: row for row in rows}
    if not found or not found.keys() >= set(contribution_ids):
        raise NotFound
    return found


def _plan_tagging(
    rows: dict[int, Contribution],
    known: dict[int, list[int]],
    aspect: str | None,
    theme_ids: Sequence[int],
    *,
    remove: bool,
) -> Tagging:
    if remove:
        aspects = {i: [row.aspect, None] for i, row in rows.items() if aspect and row.aspect == aspect}
    else:
        aspects = {i: [row.aspect, aspect] for i, row in rows.items() if aspect and row.aspect != aspect}
    wanted = dict.fromkeys(theme_ids)
    changed = {i: [t for t in wanted if (t in known[i]) == remove] for i in rows}
    changed = {i: themes for i, themes in changed.items() if themes}
    return Tagging(aspects, {} if remove else changed, changed if remove else {})


def _apply_tagging(session: Session, rows: dict[int, Contribution], tagging: Tagging) -> None:
    for contribution_id, (_, aspect) in tagging.aspects.items():
        rows[contribution_id].aspect = aspect
    for contribution_id in tagging.ids:
        rows[contribution_id].version += 1
    session.flush()
    _add_themes(session, dict(tagging.added))
    for contribution_id, theme_ids in tagging.removed.items():
        _remove_themes(session, [contribution_id], theme_ids)


def _record_tagging(
    session: Session, actor: Actor, verb: str, rows: Sequence[Contribution], tagging: Tagging
) -> None:
    meeting_ids = {row.meeting_id for row in rows}
    meeting_id = meeting_ids.pop() if len(meeting_ids) == 1 else None
    record(session, actor, verb, "tagging", meeting_id, after=tagging.as_json())


def find_last_tagging(session: Session, actor: Actor, meeting_id: int) -> Tagging | None:
    """The actor's last tagging at a meeting, unless it has been undone."""
    last = session.execute(
        select(AuditEntry.verb, AuditEntry.after)
        .where(
            AuditEntry.thing == "tagging",
            AuditEntry.thing_id == meeting_id,
            AuditEntry.user_id == actor.user_id,
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.verb != "tag":
        return None
    parts = (last.after[part] for part in ("aspects", "added", "removed"))
    return Tagging(*({int(i): value for i, value in part.items()} for part in parts))


def undo_tagging(session: Session, actor: Actor, meeting_id: int) -> Tagging | None:
    """Turn back the actor's last tagging at a meeting; what others changed meanwhile stays."""
    require(may_record_at(actor, meeting_id))
    last = find_last_tagging(session, actor, meeting_id)
    return turn_tagging_back(session, actor, last) if last is not None else None


def turn_tagging_back(session: Session, actor: Actor, last: Tagging) -> Tagging:
    """Turn a tagging back that somebody was allowed to make; what others changed meanwhile stays."""
    require(may_record_somewhere(actor))
    rows = _lock_all(session, last.ids)
    aspects = {i: [new, old] for i, (old, new) in last.aspects.items() if rows[i].aspect == new}
    back = Tagging(aspects, last.removed, last.added)
    _apply_tagging(session, rows, back)
    _record_tagging(session, actor, "untag", list(rows.values()), back)
    tell_changed(session, rows.values())
    return back


# --- the day of the answer


def set_answer_by(
    session: Session, actor: Actor, meeting_id: int, contribution_ids: Sequence[int], answer_by: date
) -> int:
    """Set the day by which these of one meeting are answered, where none is set yet; how many.

    Refused: answer_by_past.
    """
    require(may_record(actor))
    if answer_by < today():
        raise Refused("answer_by_past")
    rows = [
        row
        for row in _lock_all(session, contribution_ids).values()
        if row.meeting_id == meeting_id and row.answer_by is None
    ]
    for row in rows:
        row.answer_by = answer_by
        row.version += 1
    if rows:
        after = {"answer_by": answer_by.isoformat(), "contributions": [row.reference for row in rows]}
        record(session, actor, "set_answer_by", "meeting", meeting_id, after=after)
        tell_changed(session, rows)
    return len(rows)


# --- publishing and withdrawing


def publish(session: Session, actor: Actor, contribution_ids: Sequence[int]) -> int:
    """Open what was written down to all (at once, or when its meeting is published); how many were hidden."""
    require(may_record(actor))
    rows = [
        row
        for row in _lock_all(session, contribution_ids).values()
        if row.status == "draft" and not is_sent(row)
    ]
    for row in rows:
        row.status, row.published_at = "received", now()
    if rows:
        after = {"references": [row.reference for row in rows]}
        record(session, actor, "publish", "meeting", rows[0].meeting_id, after=after)
        tell_changed(session, rows)
    return len(rows)


def publish_meeting_cards(session: Session, actor: Actor, meeting_id: int) -> int:
    """Publish everything written down at a meeting; how many were hidden."""
    require(may_record(actor))
    ids = session.scalars(
        select(Contribution.id).where(
            Contribution.meeting_id == meeting_id,
            Contribution.status == "draft",
            ~is_sent_in_sql(),
        )
    ).all()
    return publish(session, actor, ids) if ids else 0


def withdraw(session: Session, actor: Actor, contribution_id: int) -> Contribution:
    """Take a contribution back: from now on only its own people and staff see it. It can be restored.

    Refused: need_others_have_it, of a need that others have joined.
    """
    hold_with_members(session, contribution_id)
    contribution = get_seen(session, actor, contribution_id, lock=True)
    require(may_withdraw(actor, contribution))
    if contribution.kind == "need":
        refuse_to_withdraw(session, contribution)
    before = {"status": contribution.status}
    # What hangs under it would say the same as something that nobody sees.
    freed = let_go(session, contribution.id)
    contribution.status = "withdrawn"
    contribution.version += 1
    after = {"status": "withdrawn"}
    record(
        session,
        actor,
        "withdraw",
        "contribution",
        contribution.id,
        before=before,
        after=after,
        is_nameless=hides_author(actor, contribution),
    )
    tell_changed(session, [contribution, *(session.get_one(Contribution, one) for one in freed)])
    return contribution


def restore(session: Session, actor: Actor, contribution_id: int) -> Contribution:
    """Undo a withdrawal: what was answered is answered again, what was sent or published received again, the
    rest a draft again.

    Refused: not_withdrawn; bin_own, where its sender took it back, and it is not the actor's.
    """
    contribution = get_seen(session, actor, contribution_id, lock=True)
    require(may_withdraw(actor, contribution) or contribution.status == "withdrawn")
    if contribution.status != "withdrawn":
        raise Refused("not_withdrawn")
    has_sender = is_sent(contribution) or contribution.attendee_id is not None
    if has_sender and not is_own(actor, contribution) and not is_withdrawn_by_staff(session, contribution.id):
        raise Refused("bin_own")
    # What was sent has a day for its answer, also while it waits or is hidden and so is not published.
    # What somebody wrote on a board was sent, also where it waits to be let in.
    was_sent = contribution.answer_by is not None or contribution.attendee_id is not None
    is_draft = contribution.published_at is None and not was_sent
    status = status_by_answer(session, contribution.id, "draft" if is_draft else "received")
    contribution.status = status_when_shown_again(session, contribution.id, status)
    require(may_withdraw(actor, contribution))
    contribution.version += 1
    after = {"status": contribution.status}
    record(
        session,
        actor,
        "restore",
        "contribution",
        contribution.id,
        before={"status": "withdrawn"},
        after=after,
        is_nameless=hides_author(actor, contribution),
    )
    tell_changed(session, [contribution])
    return contribution


# --- the archive


def put_contribution(session: Session, actor: Actor, given: ContributionFacts) -> Contribution:
    """A contribution from the archive. One with the same (meeting, key) is given back as people left it."""
    require(may_record(actor))
    known = session.scalars(
        select(Contribution).where(
            Contribution.meeting_id == given.meeting_id
            if given.meeting_id is not None
            else Contribution.meeting_id.is_(None),
            Contribution.key == given.key,
        )
    ).one_or_none()
    if known is not None:
        return known
    contribution = Contribution(
        reference=take_references(session, given.kind)[0],
        told_at=now(),
        **given.model_dump(exclude={"theme_ids", "details"}),
    )
    session.add(contribution)
    session.flush()
    if given.details is not None:
        session.add(IdeaDetails(contribution_id=contribution.id, **given.details.as_columns()))
    set_themes(session, contribution.id, given.theme_ids, origin="archive")
    after = {"reference": contribution.reference, "key": given.key, "is_example": given.is_example}
    record(session, actor, "put", "contribution", contribution.id, after=after)
    tell_changed(session, [contribution])
    return contribution


def put_answer(session: Session, actor: Actor, given: AnswerFacts) -> Answer:
    """An answer from the archive. One with the same (meeting, key) is given back as people left it."""
    require(may_record(actor))
    known = session.scalars(
        select(Answer).where(
            Answer.meeting_id == given.meeting_id
            if given.meeting_id is not None
            else Answer.meeting_id.is_(None),
            Answer.key == given.key,
        )
    ).one_or_none()
    if known is not None:
        return known
    lists = {"organisation_ids", "contribution_ids", "editions"}
    answer = Answer(**given.model_dump(exclude=lists), version=1 + len(given.editions))
    session.add(answer)
    session.flush()
    session.add_all(
        AnswerEdition(answer_id=answer.id, number=number, **edition.model_dump())
        for number, edition in enumerate(given.editions, 1)
    )
    session.add_all(
        AnswerOrganisation(answer_id=answer.id, organisation_id=organisation_id)
        for organisation_id in dict.fromkeys(given.organisation_ids)
    )
    session.add_all(
        AnswerContribution(answer_id=answer.id, contribution_id=contribution_id)
        for contribution_id in dict.fromkeys(given.contribution_ids)
    )
    after = {"key": given.key, "kind": given.kind, "is_example": given.is_example}
    record(session, actor, "put", "answer", answer.id, after=after)
    announce(session, AnswerChanged(answer.id))
    return answer

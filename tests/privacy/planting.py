"""Plants a canary in every column of the register for one person: words to find again, or to find no more."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    DateTime,
    LargeBinary,
    String,
    Table,
    Uuid,
    insert,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.core.clock import now, today
from app.core.database import Base
from app.core.policy import Actor
from app.domain.contributions.models import Contribution
from app.domain.strategies.models import Theme
from app.domain.users.models import Membership, User
from app.privacy.owners import table_named
from app.privacy.register import REGISTER
from tests.people import add_organisation_row
from tests.said import add_item_row, add_meeting_row, add_theme_rows, put_said

# Columns with a fixed set of codes, and those that point to things of other kinds.
CODES: dict[tuple[str, str], Any] = {
    ("user_account", "language"): "da",
    ("registration", "status"): "registered",
    ("batch", "kind"): "reminder",
    ("batch", "status"): "waiting",
    ("batch", "facts"): {},
    ("invitation", "status"): "declined",
    ("invitation", "language"): "da",
    ("letter", "status"): "sent",
    ("letter", "about"): None,
    ("letter", "why"): "",
    ("letter", "language"): "da",
    ("registration", "cancelled_at"): None,
    ("attendee", "shown_as"): "name",
    ("contribution", "shown_as"): None,
    ("attendee", "secret_hash"): None,
    ("registration", "queue_place"): None,
    ("registration", "offered_until"): None,
    ("seat_swap", "status"): "asked",
    ("seat_swap", "answered_at"): None,
    ("seat_decision", "kind"): "added",
    ("contribution", "kind"): "idea",
    ("contribution", "language"): "da",
    ("contribution", "status"): "received",
    ("contribution", "visibility"): "public",
    ("contribution", "waiting_reason"): None,
    ("contribution", "hidden_at"): None,
    ("contribution", "aspect"): None,
    ("answer_pause", "status_before"): "received",
    ("answer_pause", "ended_as"): "reply",
    ("moderation_decision", "kind"): "leave",
    ("moderation_report", "language"): "da",
    ("blacked_text", "thing"): "contribution",
    ("blacked_text", "field"): "body",
    ("blacked_text", "spans"): [],
    ("meeting_role", "role"): "speaker",
    ("follow", "kind"): "idea",
    ("follow", "pace"): "daily",
    ("follow_news", "what"): "measured",
    ("audit_entry", "thing"): "contribution",
    ("sign_in_session", "ended_at"): None,
    ("passkey", "sign_count"): 0,
    ("interest", "kind"): "need",
    ("group_placement", "attendee_id"): None,
    ("evaluation_answer", "attendee_id"): None,
    ("agenda_decision", "thing"): "contribution",
    ("agenda_decision", "verdict"): "accepted",
    ("minutes_comment", "decision"): "declined",
    ("minutes_edition", "kind"): "review",
    ("commitment", "status"): "proposed",
    ("commitment", "visibility"): "public",
    ("commitment", "deadline"): date(2027, 6, 30),
    ("commitment", "published_at"): None,
    ("commitment", "verdict_cause"): None,
    ("commitment", "verdict_at"): None,
    ("deadline_change", "old_on"): date(2027, 6, 30),
    ("deadline_change", "new_on"): date(2027, 7, 1),
    ("measurement", "measured_on"): date(2027, 6, 30),
    ("measurement", "reason"): "",
    ("measurement", "corrected_at"): None,
    ("theme_link", "kind"): "ended",
    ("theme_link", "to_theme_id"): None,
    ("pressure_test", "idea_id"): None,
    ("pressure_test", "wanted"): 2,
    ("pressure_test", "outcome"): "through",
    ("pressure_test", "cancelled_at"): None,
    ("pressure_test_assessor", "conflict"): "none",
    ("pressure_test_assessor", "replaced_at"): None,
    ("pressure_test_assessment", "value"): "hits",
    ("pressure_test_agreement", "value"): "hits",
    ("pressure_test_score", "score"): 3,
    ("panel_question", "state"): "answered",
    ("panel_question", "state_before"): None,
    ("consent", "kind"): "participant_list",
    ("speaker", "language"): "da",
    ("speaker", "slides"): "public",
    ("speaker_consent", "kind"): "speaker_slides",
    ("speaker_consent", "access"): "public",
    ("speaker_consent", "language"): "da",
    ("moderation_report", "reason"): "other",
    ("interest_change", "before"): None,
    ("interest_change", "after"): "need",
    ("need_details", "system_type"): "other",
    ("need_details", "state"): "registered",
    ("need_municipality", "size"): None,
    ("need_municipality", "contract_end"): date(2027, 6, 1),
    ("need_municipality", "hidden"): [],
    ("need_state", "state"): "registered",
    ("contact_request", "state"): "yes",
    ("idea_signer", "answer"): "yes",
    ("idea_attachment", "access"): "confidential",
    ("access_request", "state"): "hearing",
    ("access_request", "ended_at"): None,
    ("heard_part", "stance"): "keep",
    ("heard_part", "decision"): "keep",
    ("ledger_entry", "how"): "meeting",
    ("ledger_gap_closing", "thing"): "contribution",
    ("ledger_gap_closing", "how"): "published",
    ("ledger_request", "decision"): "declined",
    ("data_copy", "file_key"): "copies/0.zip",
    ("own_project", "visibility"): "public",
    ("stage_change", "contribution_id"): None,
    ("stage_change", "stage"): "pilot",
    ("stage_change", "day_certainty"): "day",
    ("stage_change", "certainty"): "stated",
    ("stage_change", "barrier"): None,
    ("thing_barrier", "contribution_id"): None,
    ("thing_barrier", "code"): "data",
    ("thing_barrier", "scope"): "thing",
    ("priority_round", "network_id"): None,
    ("priority_round", "method"): "ranking",
    ("priority_round", "points"): None,
    ("priority_round", "visibility"): "own",
    ("priority_round", "cancelled_at"): None,
    ("priority_decider", "replaced_at"): None,
    ("maturity_opening", "visibility"): "public",
    ("body", "network_id"): None,
    ("body", "kind"): "forum",
    ("body", "kind_certainty"): "stated",
    ("body", "visibility"): "public",
    ("body_member", "role"): "member",
    ("recommendation", "own_project_id"): None,
    ("recommendation", "visibility"): "members",
    ("recommendation", "state"): "sent",
    ("recommendation", "outcome"): None,
    ("recommendation_step", "kind"): "sent",
    ("recommendation_step", "outcome"): None,
    ("body_reading", "contribution_id"): None,
    ("body_reading", "own_project_id"): None,
    ("body_reading", "deck_id"): None,
    ("body_reading", "strategy_id"): None,
    ("body_reading", "meeting_id"): None,
    ("data_import", "state"): "checked",
    ("meeting_page", "state"): "open",
    ("webhook", "stopped_because"): "own",
    ("site_edition", "part"): "texts",
}


@dataclass
class Planted:
    """Who, and the canaries: {(table, column): word}. `row_ids`: {table: id}."""

    actor: Actor
    name: str
    emails: tuple[str, str]
    words: dict[tuple[str, str], str] = field(default_factory=dict)
    row_ids: dict[str, int] = field(default_factory=dict)

    def all_words(self) -> set[str]:
        return {self.name, *self.emails, *self.words.values()}


def plant(session: Session, actor: Actor, mark: str) -> Planted:
    """A row of the person's in every table of the register, with a canary in each text of it."""
    planted = Planted(actor, f"Kanarie {mark}sen", (f"{mark}@eget.example", f"{mark}2@eget.example"))
    meeting = add_meeting_row(session, key=f"moede-{mark}")
    planted.row_ids |= {
        "meeting": meeting.id,
        "agenda_item": add_item_row(session, meeting).id,
        "organisation": actor.organisation_id or 0,
        "user_account": actor.user_id or 0,
        "membership": actor.membership_id or 0,
    }
    planted.row_ids["deck"] = session.execute(
        insert(table_named("deck")).values(
            meeting_id=meeting.id, key=mark, position=1, title="Oplæg", note="", language="da",
            access="public", is_example=False, created_at=now(), version=1,
        ).returning(text("id"))
    ).scalar_one()  # fmt: skip
    lead = put_said(session, f"samlet-{mark}", title="Forrest", body="Forrest")
    session.execute(insert(table_named("gathering")).values(lead_id=lead.id))
    (theme,) = add_theme_rows(session, f"tema-{mark}", strategy_key=f"strategi-{mark}")
    planted.row_ids |= {"gathering": lead.id, "theme": theme.id, "strategy": theme.strategy_id}
    planted.row_ids["sign_up_question"] = session.execute(
        insert(table_named("sign_up_question")).values(
            meeting_id=meeting.id, position=1, kind="text", text="Hvad?", help="", options=[],
            is_required=False, is_hidden=False, created_at=now(), version=1,
        ).returning(text("id"))
    ).scalar_one()  # fmt: skip
    panel = {"item_id": planted.row_ids["agenda_item"], "meeting_id": meeting.id, "version": 1}
    session.execute(insert(table_named("panel")).values(panel))
    planted.row_ids["panel"] = panel["item_id"]
    planted.row_ids["poll"] = session.execute(
        insert(table_named("poll")).values(
            meeting_id=meeting.id, position=1, kind="words", question="Et ord?", created_at=now()
        ).returning(text("id"))
    ).scalar_one()  # fmt: skip
    session.execute(insert(table_named("evaluation")).values(meeting_id=meeting.id, wording=1))
    planted.row_ids["evaluation"] = meeting.id
    session.execute(
        insert(table_named("evaluation_remark")).values(id=uuid4(), meeting_id=meeting.id, text="Mere tid.")
    )
    answer = insert(table_named("answer")).values(kind="answer", text="Ja.", text_en="", said_by_text="",
                                                  is_example=False)  # fmt: skip
    planted.row_ids["answer"] = session.execute(answer.returning(text("id"))).scalar_one()
    asked = insert(table_named("idea_field")).values(position=1, kind="text", label="Hvad?", created_at=now())
    planted.row_ids["idea_field"] = session.execute(asked.returning(text("id"))).scalar_one()
    neighbour = add_organisation_row(session, f"nabo-{mark}", f"Nabo {mark} Kommune", "municipality")
    planted.row_ids["neighbour"] = neighbour.id
    together = insert(table_named("network")).values(
        key=mark, name="Sammen", organisation_id=neighbour.id, is_example=False, created_at=now()
    )
    planted.row_ids["network"] = session.execute(together.returning(text("id"))).scalar_one()
    batch = insert(table_named("answer_batch")).values(name="", created_at=now())
    planted.row_ids["answer_batch"] = session.execute(batch.returning(text("id"))).scalar_one()
    planted.row_ids["board"] = session.execute(
        insert(table_named("board")).values(
            meeting_id=meeting.id, item_id=panel["item_id"], task="", created_at=now()
        ).returning(text("id"))
    ).scalar_one()  # fmt: skip
    session.execute(
        update(User).where(User.id == actor.user_id).values(email=planted.emails[0], name=planted.name)
    )
    title = planted.words[("membership", "title")] = f"kanarie-{mark}-membership-title"
    reason = planted.words[("membership", "end_reason")] = f"kanarie-{mark}-membership-end"
    session.execute(
        update(Membership).where(Membership.id == actor.membership_id).values(title=title, end_reason=reason)
    )
    owned = {holding.table for holding in REGISTER} - {"user_account", "membership"}
    # What names a thing by its number comes after the things, and what hangs on that after it.
    for table in sorted(Base.metadata.sorted_tables, key=_is_planted_late):
        if table.name == "minutes_comment":
            # It hangs on a section of the minutes, in which nobody stands.
            section = insert(table_named("minutes_section")).values(meeting_id=meeting.id, part="opening")
            planted.row_ids["minutes_section"] = session.execute(section.returning(text("id"))).scalar_one()
        if table.name == "priority_vote":
            weighed = {"round_id": planted.row_ids["priority_round"], "position": 1, "name": "Effekt"}
            criterion = insert(table_named("priority_criterion")).values(weighed).returning(text("id"))
            planted.row_ids["priority_criterion"] = session.execute(criterion).scalar_one()
        if table.name == "maturity_level":
            dimension = insert(table_named("maturity_dimension")).values(position=1, name="Data")
            found = session.execute(dimension.returning(text("id"))).scalar_one()
            planted.row_ids["maturity_dimension"] = found
        if table.name == "measurement":
            planted.row_ids["indicator"] = _plant_indicator(session, planted.row_ids["commitment"])
        if table.name in owned:
            _plant_row(session, planted, table.name, mark)
        if table.name == "pressure_test":
            planted.row_ids |= _plant_held(session, planted)
    session.flush()
    return planted


def _is_planted_late(table: Table) -> bool:
    return "thing_id" in table.c or "follow_id" in table.c


def _plant_indicator(session: Session, commitment_id: int) -> int:
    """What is measured hangs on a figure in which nobody stands."""
    values = {"commitment_id": commitment_id, "position": 1, "name": "Brug", "unit": "kommuner"}
    values |= {"baseline_value": 1, "baseline_on": date(2026, 1, 1), "direction": "up"}
    values |= {"target_value": 2, "target_on": date(2027, 1, 1)}
    row = insert(table_named("indicator")).values(values).returning(text("id"))
    return int(session.execute(row).scalar_one())


def _plant_held(session: Session, planted: Planted) -> dict[str, int]:
    """What an assessor speaks of: a theme and a criterion as they were, in which nobody stands."""
    test_id, theme = planted.row_ids["pressure_test"], session.get_one(Theme, planted.row_ids["theme"])
    held = {"test_id": test_id, "position": 1, "name": "Tema"}
    criterion = insert(table_named("criterion")).values(position=1, name="Modenhed", weight=1)
    criterion_id = session.execute(criterion.returning(text("id"))).scalar_one()
    rows = {
        "pressure_test_theme": held | {"theme_id": theme.id, "strategy_id": theme.strategy_id},
        "pressure_test_criterion": held | {"criterion_id": criterion_id, "weight": 1},
    }
    return {
        name: int(session.execute(insert(table_named(name)).values(row).returning(text("id"))).scalar_one())
        for name, row in rows.items()
    }


def _plant_row(session: Session, planted: Planted, name: str, mark: str) -> None:
    table = table_named(name)
    values = {c.name: _value(planted, c, mark) for c in table.columns if c.computed is None}
    values = {column: value for column, value in values.items() if value is not ...}
    row = session.execute(insert(table).values(values).returning(*table.primary_key)).one()
    planted.row_ids[name] = row[0]
    for column in table.columns:
        value = values.get(column.name)
        if isinstance(value, str | list | dict) and f"kanarie-{mark}" in str(value):
            planted.words[(name, column.name)] = f"kanarie-{mark}-{name}-{column.name}"


def _value(planted: Planted, column: Column[Any], mark: str) -> Any:
    place = (column.table.name, column.name)
    if place in CODES:
        return CODES[place]
    if place in (("discussion_group", "facilitator"), ("appearance", "person_name"), ("person", "name"),
                 ("contribution", "said_by_text"), ("audit_entry", "user_name"),
                 ("minutes_comment", "name")):  # fmt: skip
        return planted.name
    if column.name in ("email", "recipient"):
        return planted.emails[column.table.name == "user_email"]
    if column.name == "reporter_mail":
        return planted.emails[0]
    if place == ("maturity_assessment", "assessed_on"):
        # One a day for each municipality, and two people may be of the same.
        return date(2026, 1, 1) + timedelta(days=sum(mark.encode()) % 300)
    if place == ("ledger_export", "number"):
        return int.from_bytes(mark.encode()) % 2**31  # one of its own: what is shared counts on
    if place == ("rate_count", "subject"):
        return f"code:{planted.emails[0]}"
    if column.name in ("thing_id",):
        return planted.row_ids.get("contribution", 0)
    if place == ("old_address", "path"):
        return f"/kanarie-{mark}-old_address-path"
    if place == ("old_address", "target"):
        return f"/kanarie-{mark}-old_address-target"
    # One opening for each municipality, and two people may be of the same.
    if place in (("contact_request", "asked_id"), ("maturity_opening", "organisation_id")):
        return planted.row_ids["neighbour"]
    for key in column.foreign_keys:
        return planted.row_ids.get(key.column.table.name)
    if column.name == "user_id":
        return planted.actor.user_id
    if column.name == "on_behalf_of_id":
        return planted.actor.organisation_id
    if column.primary_key and column.name == "id":
        return ...
    return _canary(column, mark)


def _canary(column: Column[Any], mark: str) -> Any:
    word = f"kanarie-{mark}-{column.table.name}-{column.name}"
    kind = column.type
    if isinstance(kind, ARRAY):
        return [word] if isinstance(kind.item_type, String) else [1]
    if isinstance(kind, JSONB):
        return {"felt": word}
    if isinstance(kind, String):
        return word
    if isinstance(kind, LargeBinary):
        return word.encode()
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, DateTime):
        return now() + timedelta(days=1) if column.name == "expires_at" else now()
    if isinstance(kind, Date):
        return today()
    if isinstance(kind, Uuid):
        return "00000000-0000-4000-8000-%012x" % (hash(mark) % 16**12)
    return None if column.nullable else 1


def add_draft(session: Session, actor: Actor, title: str) -> Contribution:
    from tests.said import add_idea_draft

    return session.get_one(Contribution, add_idea_draft(session, actor, title=title).id)

"""Ideas: own fields, what is typed, co-signers, files, the redacted edition, hearings, resting."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now, today
from app.core.events import Event, forget_reactions, react
from app.core.policy import STRANGER, Actor, NotAllowed, NotFound, Refused
from app.core.storage import Storage, open_folder
from app.domain.contributions.blacked import MARK
from app.domain.contributions.blacking_out import black_out, show_words
from app.domain.contributions.ideas import attachments, drafting, extras, hearing, resting, signing
from app.domain.contributions.ideas import events as happened
from app.domain.contributions.ideas.models import (
    AccessRequest,
    IdeaAnswer,
    IdeaAttachment,
    IdeaSigner,
    TypedIdea,
)
from app.domain.contributions.ideas.policy import (
    attachments_visible_to,
    may_read_secrets,
    may_see_attachment,
    may_see_request,
    may_see_signer,
    may_see_typed,
    requests_visible_to,
    secrets_open_to,
    signers_visible_to,
    typed_by,
)
from app.domain.contributions.ideas.redacting import RedactedPart, preview_idea, redacted
from app.domain.contributions.ideas.schemas import (
    AccessRequestInput,
    AttachmentInput,
    IdeaFieldInput,
    RulingInput,
    Statement,
    TypedInput,
)
from app.domain.contributions.ideas.secrets import find_signer_ids
from app.domain.contributions.models import Contribution, IdeaDetails
from app.domain.contributions.schemas import Extra, IdeaDraft, IdeaInput
from app.domain.contributions.service import read_confidential, save_idea_draft, send_idea
from app.domain.search.documents import list_contributions
from app.domain.search.service import index_objects
from tests.core.documents.samples import make_pdf
from tests.people import People, add_organisation_row
from tests.said import IDEA, SECRET, add_idea

TELLING = [value for value in vars(happened).values() if isinstance(value, type) and value is not Event]


@pytest.fixture
def told() -> list[Event]:
    """What is announced around ideas, in order."""
    heard: list[Event] = []
    for kind in TELLING:
        react(kind, lambda session, one: heard.append(one))
    yield heard  # type: ignore[misc]
    from app.main import connect_rooms
    from app.settings import Settings

    forget_reactions()
    connect_rooms(Settings())


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_folder(tmp_path / "files")


def log(session: Session) -> list[str]:
    session.flush()
    return list(session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)))


def ask(session: Session, staff: Actor, label: str = "Hvor mange borgere?", **given: object):  # type: ignore[no-untyped-def]
    values = {"kind": "text", "label": label} | given
    return extras.add_field(session, staff, IdeaFieldInput.model_validate(values))


def secret_idea(session: Session, actor: Actor, **given: object) -> Contribution:
    values = IDEA | {"secret_technology": "Opskriften", "reason_technology": "Konkurrencen"} | given
    return send_idea(session, actor, IdeaInput.model_validate(values), 90)


def attach(
    session: Session, actor: Actor, storage: Storage, idea: Contribution, folder: Path, **given: object
) -> IdeaAttachment:
    path = make_pdf(folder / "x")
    values = AttachmentInput.model_validate({"title": "Tegning"} | given)
    return attachments.add_attachment(session, actor, storage, idea.id, values, path, "C:\\Mit bilag.PDF")


def typed(key: str = "noegle-1", version: int = 0, **fields: str) -> TypedInput:
    return TypedInput(key=key, version=version, fields=fields)


def ask_access(session: Session, people: People, idea: Contribution, days: int = 10) -> AccessRequest:
    given = AccessRequestInput(
        requester="Avisen Eksempel", received_on=today(), hear_by=today() + timedelta(days)
    )
    return hearing.open_request(session, people.staff, idea.id, given)


# --- the form


def test_each_confidential_part_needs_its_own_reason_and_figures_are_read_as_danes_write_them() -> None:
    whole = IDEA | {"cost_from": "900.000 kr.", "cost_to": "1.400.000", "baseline_value": "12,5"}
    given = IdeaInput.model_validate(whole)
    assert (given.cost_from, given.cost_to, str(given.baseline_value)) == (900_000, 1_400_000, "12.5")
    wrong = whole | {"cost_to": "1", "secret_problem": "x", "secret_other": "y", "reason_other": "Pris"}
    with pytest.raises(ValidationError) as found:
        IdeaInput.model_validate(wrong)
    assert [(e["loc"][0], e["type"]) for e in found.value.errors()] == [
        ("cost_to", "cost_order"),
        ("reason_problem", "reason_missing"),
    ]


# --- the organisers' own fields


def test_own_fields_are_answered_openly_and_in_confidence_and_keep_the_words_they_answered(
    session: Session, people: People
) -> None:
    size, kind = (
        ask(session, people.staff, kind="number"),
        ask(session, people.staff, "Slags", kind="choice", options=["Ny", "Kendt"], is_required=True),
    )
    answers = {size.id: Extra(value="1.200,50"), kind.id: Extra(value="Ny", secret="Skjult", reason="Pris")}
    idea = send_idea(session, people.vendor, IdeaInput.model_validate(IDEA), 90, extras=answers)
    edited = IdeaFieldInput(kind="number", label="Hvor mange nu?", version=1)
    extras.edit_field(session, people.staff, size.id, edited)
    assert [(a.label, a.value) for a in extras.list_answers(session, idea.id)] == [
        ("Hvor mange borgere?", "1200.5"),
        ("Slags", "Ny"),
    ]
    details = session.get_one(IdeaDetails, idea.id)
    assert details.confidential == {f"field_{kind.id}": "Skjult"}
    assert details.confidential_reasons == {f"field_{kind.id}": "Pris"}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "extra_required"),
        ({0: Extra(value="Andet")}, "extra_choice"),
        ({0: Extra(secret="Skjult")}, "reason_missing"),
        ({4711: Extra(value="x")}, "extra_unknown"),
    ],
)
def test_a_wrong_answer_to_an_own_field_is_refused_when_sent(
    session: Session, people: People, given: dict[int, Extra], code: str
) -> None:
    field = ask(session, people.staff, kind="choice", options=["Ny", "Kendt"], is_required=True)
    answers = {key or field.id: value for key, value in given.items()}
    with pytest.raises(Refused, match=code) as refused:
        send_idea(session, people.vendor, IdeaInput.model_validate(IDEA), 90, extras=answers)
    assert refused.value.values["field_id"] in (field.id, 4711)


def test_a_field_that_was_answered_is_retired_and_one_that_was_not_is_deleted(
    session: Session, people: People
) -> None:
    first, second = ask(session, people.staff), ask(session, people.staff, "Ubesvaret")
    given = {first.id: Extra(secret="Skjult", reason="Pris")}
    save_idea_draft(session, people.vendor, IdeaDraft(title="Kladde"), extras=given)
    for field in (first, second):
        extras.retire_field(session, people.staff, field.id)
    kept = extras.list_fields(session, people.staff, with_retired=True)
    assert [(field.id, field.is_retired) for field in kept] == [(first.id, True)]
    assert extras.list_fields(session, people.vendor, with_retired=True) == []
    with pytest.raises(NotAllowed):
        extras.add_field(session, people.vendor, IdeaFieldInput(kind="text", label="Min"))


# --- what is typed


def test_what_is_typed_is_kept_found_again_and_told_to_nobody(session: Session, people: People) -> None:
    row = drafting.keep_typed(session, people.vendor, typed(title="Halv", secret_other="Zebra4711"))
    drafting.keep_typed(session, people.vendor, typed(version=1, title="Halvanden", secret_other="Zebra4711"))
    found = drafting.find_typed(session, people.vendor, "noegle-1")
    assert found is not None and (found.title, found.version) == ("Halvanden", 2)
    assert found.fields == {"title": "Halvanden", "secret_other": "Zebra4711"}
    assert log(session) == ["draft"]
    readers = {
        name
        for name, actor in people.all().items()
        if session.scalars(select(TypedIdea.id).where(typed_by(actor))).all()
    }
    assert readers == {"vendor"} == {n for n, a in people.all().items() if may_see_typed(a, row)}
    moved = replace(people.vendor, organisation_id=people.rival.organisation_id)
    assert drafting.list_typed(session, moved) == []


def test_an_older_window_does_not_write_over_what_was_typed(session: Session, people: People) -> None:
    drafting.keep_typed(session, people.vendor, typed(title="Først"))
    with pytest.raises(Refused, match="stale") as refused:
        drafting.keep_typed(session, people.vendor, typed(title="Sent"))
    assert refused.value.values == {"version": 1}
    drafting.finish_typed(session, people.vendor, "noegle-1")
    assert drafting.list_typed(session, people.vendor) == []
    # What was still on its way when the form was sent comes too late, and brings nothing back.
    with pytest.raises(Refused, match="typed_gone"):
        drafting.keep_typed(session, people.vendor, typed(version=1, title="For sent"))


@pytest.mark.parametrize("fields", [{"status": "received"}, {"title": "a\x00"}, {"said_by_user_id": "1"}])
def test_only_fields_of_the_form_are_kept(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TypedInput(key="k", fields=fields)


# --- co-signers


def test_who_is_asked_is_shown_after_a_yes_only_and_reads_the_confidential_half_then(
    session: Session, people: People, told: list[Event]
) -> None:
    idea = secret_idea(session, people.vendor)
    house = people.consultancy.organisation_id or 0
    signer = signing.ask_signer(session, people.vendor, idea.id, house)
    assert signing.list_signers(session, STRANGER, idea.id) == []
    assert [one.answer for one in signing.list_signers(session, people.vendor, idea.id)] == [None]
    with pytest.raises(NotFound):
        read_confidential(session, people.consultancy, idea.id)
    with pytest.raises(NotFound):
        signing.answer_signing(session, people.rival, signer.id, True)
    signing.answer_signing(session, people.consultancy, signer.id, True)
    assert [one.organisation for one in signing.list_signers(session, STRANGER, idea.id)] == ["Huset"]
    assert read_confidential(session, people.consultancy, idea.id).parts == {"technology": "Opskriften"}
    unknown = replace(people.consultancy, is_confirmed=False)
    with pytest.raises(NotFound):
        read_confidential(session, unknown, idea.id)
    signing.answer_signing(session, people.consultancy, signer.id, False)
    with pytest.raises(NotFound):
        read_confidential(session, people.consultancy, idea.id)
    assert told == [
        happened.SignerAsked(idea.id, signer.id, house),
        happened.SignerAnswered(idea.id, signer.id, house),
        happened.SignerAnswered(idea.id, signer.id, house),
    ]


def test_a_draft_is_read_by_who_is_asked_to_sign_it_and_by_nobody_else(
    session: Session, people: People
) -> None:
    draft = save_idea_draft(session, people.vendor, IdeaDraft.model_validate(IDEA | SECRET))
    signer = signing.ask_signer(session, people.vendor, draft.id, people.consultancy.organisation_id or 0)
    read = {name for name, actor in people.all().items() if signing.find_to_sign(session, actor, signer.id)}
    assert read == {"consultancy"}
    found = signing.find_to_sign(session, people.consultancy, signer.id)
    assert found is not None and found.details is not None
    assert (found.line.title, found.details.problem) == (IDEA["title"], IDEA["problem"])
    assert SECRET["secret_technology"] not in str(found)
    signing.answer_signing(session, people.consultancy, signer.id, True)
    save_idea_draft(session, people.vendor, IdeaDraft.model_validate(IDEA | {"version": 1}), draft.id)
    assert [one.is_outdated for one in signing.list_signers(session, people.vendor, draft.id)] == [True]


def test_only_others_that_send_ideas_are_asked_and_each_once(session: Session, people: People) -> None:
    idea = add_idea(session, people.vendor)
    host = people.staff.organisation_id or 0
    for organisation_id in (people.vendor.organisation_id or 0, host, 4711):
        with pytest.raises(Refused, match="unknown_signer"):
            signing.ask_signer(session, people.vendor, idea.id, organisation_id)
    signing.ask_signer(session, people.vendor, idea.id, people.municipality.organisation_id or 0)
    with pytest.raises(Refused, match="signer_asked"):
        signing.ask_signer(session, people.vendor, idea.id, people.municipality.organisation_id or 0)
    with pytest.raises(NotAllowed):
        signing.ask_signer(session, people.rival, idea.id, people.rival.organisation_id or 0)


# --- rule and SQL


def test_rule_and_sql_say_the_same_of_everything_around_an_idea(
    session: Session, people: People, storage: Storage, tmp_path: Path
) -> None:
    ideas = [secret_idea(session, people.vendor), secret_idea(session, people.newcomer, title="Nyt")]
    hidden = secret_idea(session, people.vendor, title="Skjult")
    for idea in (*ideas, hidden):
        for who, says_yes in (
            (people.consultancy, True),
            (people.municipality, None),
            (people.neighbour, False),
        ):
            signer = signing.ask_signer(session, people.vendor, idea.id, who.organisation_id or 0)
            if says_yes is not None:
                signing.answer_signing(session, who, signer.id, says_yes)
        attach(session, people.vendor, storage, idea, tmp_path)
        file = attach(session, people.vendor, storage, idea, tmp_path, access="confidential", reason="Pris")
        attachments.remove_attachment(session, people.vendor, file.id)
        ask_access(session, people, idea)
    hidden.hidden_at = now()
    session.flush()
    by_id = {idea.id: idea for idea in (*ideas, hidden)}
    signers = {i: find_signer_ids(session, i) for i in by_id}
    for name, actor in people.all().items():
        secret = {i for i, idea in by_id.items() if may_read_secrets(actor, idea, signers[i])}
        assert set(session.scalars(select(Contribution.id).where(secrets_open_to(actor)))) == secret, name
        seen = select(IdeaSigner.id).join(Contribution, Contribution.id == IdeaSigner.contribution_id)
        rule = {
            row.id
            for row in session.scalars(select(IdeaSigner))
            if may_see_signer(actor, row, by_id[row.contribution_id])
        }
        assert set(session.scalars(seen.where(signers_visible_to(actor)))) == rule, name
        files = select(IdeaAttachment.id).join(
            Contribution, Contribution.id == IdeaAttachment.contribution_id
        )
        rule = {
            row.id
            for row in session.scalars(select(IdeaAttachment))
            if may_see_attachment(actor, row, by_id[row.contribution_id], signers[row.contribution_id])
        }
        assert set(session.scalars(files.where(attachments_visible_to(actor)))) == rule, name
        rule = {
            row.id
            for row in session.scalars(select(AccessRequest))
            if may_see_request(actor, by_id[row.contribution_id])
        }
        assert set(session.scalars(select(AccessRequest.id).where(requests_visible_to(actor)))) == rule, name
    kinds = {n for n, a in people.all().items() if may_read_secrets(a, ideas[0], signers[ideas[0].id])}
    assert kinds == {"vendor", "consultancy", "staff", "admin"}


# --- files


def test_a_confidential_file_is_there_for_few_each_opening_is_logged_and_removing_leaves_a_mark(
    session: Session, people: People, storage: Storage, tmp_path: Path
) -> None:
    idea = add_idea(session, people.vendor)
    open_file = attach(session, people.vendor, storage, idea, tmp_path)
    secret = attach(session, people.vendor, storage, idea, tmp_path, access="confidential", reason="Pris")
    assert [one.id for one in attachments.list_attachments(session, STRANGER, idea.id)] == [open_file.id]
    for who in (STRANGER, people.rival, people.municipality, people.newcomer):
        with pytest.raises(NotFound):
            attachments.open_attachment(session, who, secret.id)
    before = log(session).count("read_confidential")
    opened = attachments.open_attachment(session, people.staff, secret.id)
    attachments.open_attachment(session, STRANGER, open_file.id)
    assert (opened.filename, opened.is_confidential) == ("Mit bilag.pdf", True)
    assert storage.has(opened.file_key) and log(session).count("read_confidential") == before + 1
    for one in (open_file, secret):
        attachments.remove_attachment(session, people.vendor, one.id)
    (left,) = attachments.list_attachments(session, STRANGER, idea.id)
    assert (left.id, left.filename, left.removed_at is None) == (open_file.id, "", False)
    with pytest.raises(NotFound):
        attachments.open_attachment(session, people.vendor, open_file.id)


@pytest.mark.parametrize(
    ("ended", "may_go"), [("", False), ("release", False), ("keep", True), ("withdrawn", True)]
)
def test_a_file_that_somebody_asks_for_stays_until_it_is_known_that_it_is_not_given_out(
    session: Session, people: People, storage: Storage, tmp_path: Path, ended: str, may_go: bool
) -> None:
    idea = add_idea(session, people.vendor)
    open_file = attach(session, people.vendor, storage, idea, tmp_path)
    secret = attach(session, people.vendor, storage, idea, tmp_path, access="confidential", reason="Pris")
    request = ask_access(session, people, idea)
    with moved_to(now() + timedelta(days=11)):
        if ended == "withdrawn":
            hearing.withdraw_request(session, people.staff, request.id, request.version)
        elif ended:
            given = {"part": f"file_{secret.id}", "decision": ended, "reason": "Efter loven."}
            ruling = RulingInput.model_validate(given)
            hearing.decide_access(session, people.staff, request.id, [ruling], request.version)
        attachments.remove_attachment(session, people.vendor, open_file.id)
        for who in (people.vendor, people.staff):
            if may_go:
                attachments.remove_attachment(session, who, secret.id)
            else:
                with pytest.raises(Refused, match="file_in_hearing"):
                    attachments.remove_attachment(session, who, secret.id)
    assert (secret.file_key is None) is may_go


def test_a_file_is_checked_and_belongs_to_the_ideas_own_people(
    session: Session, people: People, storage: Storage, tmp_path: Path
) -> None:
    idea = add_idea(session, people.vendor)
    wrong = tmp_path / "a.pdf"
    wrong.write_bytes(b"MZ not a pdf")
    given = AttachmentInput(title="Tegning")
    with pytest.raises(Refused, match="file_not_what_it_says"):
        attachments.add_attachment(session, people.vendor, storage, idea.id, given, wrong, "a.pdf")
    with pytest.raises(NotAllowed):
        attach(session, people.rival, storage, idea, tmp_path)
    with pytest.raises(ValidationError):
        AttachmentInput(title="Pris", access="confidential")


# --- redacted


def test_the_redacted_edition_holds_marks_with_reasons_and_none_of_the_secrets(
    session: Session, people: People, storage: Storage, tmp_path: Path
) -> None:
    idea = secret_idea(
        session, people.vendor, technology="En måtte", secret_other="Zebra", reason_other="Pris"
    )
    attach(
        session, people.vendor, storage, idea, tmp_path, access="confidential", reason="Kode", title="Zebra"
    )
    found = redacted(session, people.vendor, idea.id)
    marks = {part.part.split("_")[0]: (part.text, part.mark) for part in found.parts if part.mark}
    assert marks == {
        "technology": ("En måtte", "[fortroligt: Konkurrencen]"),
        "other": ("", "[fortroligt: Pris]"),
        "file": ("", "[fortroligt: Kode]"),
    }
    assert "Zebra" not in str(found) and "Opskriften" not in str(found) and found.marks == 3
    assert log(session)[-1] == "export"
    for who in (STRANGER, people.rival, people.municipality, people.loner):
        with pytest.raises(NotFound):
            redacted(session, who, idea.id)


def test_a_preview_shows_the_same_and_keeps_nothing(session: Session, people: People) -> None:
    field = ask(session, people.staff)
    given = IdeaDraft.model_validate(IDEA | {"secret_problem": "Zebra", "reason_problem": "Pris"})
    found = preview_idea(session, people.vendor, given, {field.id: Extra(value="500")})
    assert found.parts[0] == RedactedPart("problem", "", "Natholdet går runder.", "Pris")
    assert found.parts[-1] == RedactedPart(f"field_{field.id}", "Hvor mange borgere?", "500")
    assert session.scalars(select(Contribution.id)).all() == [] and "Zebra" not in str(found)


# --- hearings


def test_a_vendor_is_heard_and_staff_decides_each_part_with_a_reason(
    session: Session, people: People, told: list[Event]
) -> None:
    idea = secret_idea(session, people.vendor, secret_other="Zebra", reason_other="Pris")
    request = ask_access(session, people, idea)
    rulings = [
        RulingInput(part="other", decision="release", reason="Prisen er kendt."),
        RulingInput(part="technology", decision="keep", reason="Metoden er en hemmelighed."),
    ]
    with pytest.raises(Refused, match="hearing_runs"):
        hearing.decide_access(session, people.staff, request.id, rulings, 1)
    said = [Statement(part="technology", stance="keep", reason="Vi mister vores forspring.")]
    hearing.state_views(session, people.vendor, request.id, said)
    hearing.state_views(session, people.vendor, request.id, [Statement(part="other", stance="agree")])
    with pytest.raises(Refused, match="parts_missing"):
        hearing.decide_access(session, people.staff, request.id, rulings[:1], 3)
    hearing.decide_access(session, people.staff, request.id, rulings, 3)
    own = hearing.find_request(session, people.vendor, request.id)
    assert own is not None and (own.state, own.requester) == ("decided", "")
    assert [(p.part, p.stance, p.decision) for p in own.parts] == [
        ("other", "agree", "release"),
        ("technology", "keep", "keep"),
    ]
    given_out = redacted(session, people.staff, idea.id, request.id)
    texts = {part.part: (part.text, part.mark) for part in given_out.parts}
    assert texts["other"] == ("Zebra", "") and texts["technology"] == ("", "[fortroligt: Konkurrencen]")
    assert "Zebra" not in str(redacted(session, people.staff, idea.id))
    with pytest.raises(NotAllowed):
        redacted(session, people.vendor, idea.id, request.id)
    ids = (request.id, idea.id)
    assert told == [
        happened.HearingOpened(*ids),
        happened.HearingAnswered(*ids),
        happened.AccessDecided(*ids),
    ]


def test_a_hearing_that_nobody_answers_lapses_once_and_can_be_decided(
    session: Session, people: People, told: list[Event]
) -> None:
    idea = secret_idea(session, people.vendor)
    request = ask_access(session, people, idea, days=5)
    with moved_to(now() + timedelta(days=6)):
        assert [hearing.notice_lapsed(session) for _ in range(2)] == [1, 0]
        with pytest.raises(Refused, match="hearing_over"):
            hearing.state_views(
                session, people.vendor, request.id, [Statement(part="technology", stance="agree")]
            )
        ruling = RulingInput(part="technology", decision="keep", reason="Hemmelig metode.")
        hearing.decide_access(session, people.staff, request.id, [ruling], 1)
    assert told[1:] == [
        happened.HearingLapsed(request.id, idea.id),
        happened.AccessDecided(request.id, idea.id),
    ]


def test_nobody_but_the_owner_is_heard_and_only_staff_opens_and_decides(
    session: Session, people: People
) -> None:
    idea = secret_idea(session, people.vendor)
    signer = signing.ask_signer(session, people.vendor, idea.id, people.consultancy.organisation_id or 0)
    signing.answer_signing(session, people.consultancy, signer.id, True)
    request = ask_access(session, people, idea)
    said = [Statement(part="technology", stance="agree")]
    for who in (STRANGER, people.rival, people.newcomer, people.consultancy, people.staff):
        with pytest.raises(NotFound):
            hearing.state_views(session, who, request.id, said)
    with pytest.raises(NotAllowed):
        ask_access(session, replace_staff(people), idea)
    with pytest.raises(NotAllowed):
        hearing.withdraw_request(session, people.vendor, request.id, 1)
    plain = add_idea(session, people.rival, title="Uden hemmeligt")
    with pytest.raises(Refused, match="nothing_confidential"):
        ask_access(session, people, plain)


def replace_staff(people: People) -> People:
    return replace(people, staff=people.vendor)


# --- resting


def test_an_idea_asks_after_180_days_rests_after_30_more_and_is_woken_by_its_owner(
    session: Session, people: People, told: list[Event]
) -> None:
    idea = add_idea(session, people.vendor)
    sent = idea.received_at
    counts = []
    for days in (179, 181, 182, 210, 212, 213):
        with moved_to(sent + timedelta(days=days)):
            counts.append((resting.rest_unanswered(session), resting.ask_owners(session)))
    assert counts == [(0, 0), (0, 1), (0, 0), (0, 0), (1, 0), (0, 0)]
    assert resting.is_resting(session, idea.id)
    with pytest.raises(NotAllowed):
        resting.confirm_idea(session, people.rival, idea.id)
    with moved_to(sent + timedelta(days=400)):
        resting.confirm_idea(session, people.vendor, idea.id)
        assert resting.ask_owners(session) == 0
    standing = resting.find_standing(session, STRANGER, idea.id)
    assert standing == resting.Standing(sent + timedelta(days=400), None, None)
    assert told == [
        happened.IdeaConfirmationAsked(idea.id),
        happened.IdeaRested(idea.id),
        happened.IdeaWoken(idea.id),
    ]


def test_what_is_confirmed_in_time_decided_or_nobodys_is_not_asked(session: Session, people: People) -> None:
    kept, done, orphan = (add_idea(session, people.vendor, title=title) for title in ("a", "b", "c"))
    done.status = "declined"
    house = add_organisation_row(session, "tom", "Tomt Hus", "vendor")
    orphan.on_behalf_of_id = house.id
    with moved_to(now() + timedelta(days=170)):
        resting.confirm_idea(session, people.vendor, kept.id)
    with moved_to(now() + timedelta(days=200)):
        assert resting.ask_owners(session) == 0


# --- leaks


def test_a_word_in_every_confidential_place_is_in_no_other_table_log_search_or_suggestion(
    session: Session, people: People, storage: Storage, tmp_path: Path
) -> None:
    word = "zebrafløjte4711"
    field = ask(session, people.staff)
    parts = {name: word for name in IdeaInput.model_fields if name.startswith(("secret_", "reason_"))}
    answers = {field.id: Extra(secret=word, reason=word)}
    given = IdeaInput.model_validate(IDEA | parts)
    idea = send_idea(session, people.vendor, given, 90, extras=answers)
    drafting.keep_typed(session, people.vendor, typed(title="x", secret_other=word, reason_other=word))
    file = attach(
        session, people.vendor, storage, idea, tmp_path, access="confidential", reason=word, title=word
    )
    request = ask_access(session, people, idea)
    said = [Statement(part=f"file_{file.id}", stance="keep", reason=word)]
    hearing.state_views(session, people.vendor, request.id, said)
    redacted(session, people.staff, idea.id)
    read_confidential(session, people.staff, idea.id)
    index_objects(session, "idea", [idea.id])
    session.flush()
    tables = session.scalars(
        text(
            "select table_name from information_schema.tables"
            " where table_schema = 'public' and table_type = 'BASE TABLE'"
        )
    ).all()
    holding = {
        table
        for table in tables
        if session.scalar(
            text(f'select count(*) from "{table}" t where t::text ilike :m'), {"m": f"%{word}%"}
        )
    }
    assert holding == {"idea_details", "typed_idea", "idea_attachment", "heard_part"}
    assert word not in str(list(list_contributions("idea", session, [idea.id])))
    for actor in (STRANGER, people.rival, people.municipality, people.newcomer):
        assert word not in str(attachments.list_attachments(session, actor, idea.id))
        assert hearing.list_requests(session, actor) == []
        assert drafting.list_typed(session, actor) == []


def test_words_are_blacked_out_in_all_that_stands_around_an_idea(
    session: Session, people: People, storage: Storage, tmp_path: Path
) -> None:
    field = ask(session, people.staff)
    given = IdeaInput.model_validate(IDEA | {"secret_other": "Hans ved det", "reason_other": "Hans"})
    idea = send_idea(session, people.vendor, given, 90, extras={field.id: Extra(value="Spørg Hans")})
    file = attach(session, people.vendor, storage, idea, tmp_path, title="Til Hans")
    assert black_out(session, people.staff, idea.id, idea.version, "Hans") == 4
    answer = session.scalars(select(IdeaAnswer)).one()
    details = session.get_one(IdeaDetails, idea.id)
    shown = (answer.value, file.title, details.confidential["other"], details.confidential_reasons["other"])
    assert shown == (f"Spørg {MARK}", f"Til {MARK}", f"{MARK} ved det", MARK)
    show_words(session, people.staff, idea.id, idea.version)
    assert (answer.value, file.title) == ("Spørg Hans", "Til Hans")


def test_lists_take_the_same_statements_however_many_there_are(
    session: Session, people: People, count_of: Callable[[Callable[[], object]], int]
) -> None:
    def read() -> None:
        signing.list_signers(session, STRANGER, idea.id)
        signing.list_asked(session, people.consultancy)
        hearing.list_requests(session, people.staff)
        extras.list_fields(session, people.staff, with_retired=True)
        drafting.list_typed(session, people.vendor)

    idea = secret_idea(session, people.vendor)
    ask_access(session, people, idea)
    few = count_of(read)
    for number in range(9):
        other = secret_idea(session, people.vendor, title=f"Nr. {number}")
        ask_access(session, people, other)
        ask(session, people.staff, f"Felt {number}")
        signing.ask_signer(session, people.vendor, other.id, people.consultancy.organisation_id or 0)
        drafting.keep_typed(session, people.vendor, typed(f"n-{number}", title="x"))
    assert (few, count_of(read)) == (6, 6)


@pytest.fixture
def count_of(session: Session) -> Callable[[Callable[[], object]], int]:
    """How many statements something takes."""

    def count(work: Callable[[], object]) -> int:
        session.flush()
        sent: list[str] = []

        def note(*arguments: object) -> None:
            sent.append(str(arguments[2]))

        connection = session.connection()
        event.listen(connection, "before_cursor_execute", note)
        work()
        event.remove(connection, "before_cursor_execute", note)
        return len(sent)

    return count

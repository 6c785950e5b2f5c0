"""What participants say of the minutes: who may, who reads it, and that nothing is approved past it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.audit import AuditEntry
from app.core.clock import COPENHAGEN, moved_to, now
from app.core.policy import Actor, NotAllowed, NotFound, Refused
from app.domain.minutes import commenting, comments, service
from app.domain.minutes.comment_models import MinutesComment
from app.domain.minutes.models import Minutes, MinutesSection
from app.domain.minutes.policy import comments_visible_to, may_see_comment
from app.domain.minutes.schemas import ApprovalInput, CommentEdit, DecisionInput, HidingInput
from tests.in_room import open_room, seat
from tests.on_minutes import comment_on, sections_of, send_round, show_minutes
from tests.people import People, with_role
from tests.said import add_item_row, add_meeting_row
from tests.signing_up import attending, put_sign_up_row

OUTSIDERS = ("rival", "municipality", "newcomer", "loner", "stranger")


def decide(session: Session, actor: Actor, comment: MinutesComment, **given: object) -> MinutesComment:
    values = {"decision": "declined", "reply": "Det blev ikke sagt.", "version": comment.version} | given
    read = DecisionInput.model_validate(values)
    return commenting.decide_comment(session, actor, comment.meeting_id, comment.id, read)


def approve(session: Session, staff: Actor, meeting_id: int) -> None:
    version = session.get_one(Minutes, meeting_id, populate_existing=True).version
    service.approve(session, staff, meeting_id, ApprovalInput(version=version, is_early=True))


def test_who_was_there_says_something_by_name_and_organisation_as_signed_up(
    session: Session, people: People
) -> None:
    meeting = show_minutes(session, people.staff)
    people = attending(people, meeting, "vendor", "consultancy")
    put_sign_up_row(session, people.vendor, meeting, organisation_name="Det gamle firma")
    comment_on(session, people.vendor, meeting, "Der mangler tallene.", proposed="34 %.")
    comment_on(session, people.consultancy, meeting, "Enig.")
    found = comments.list_comments(session, people.consultancy, meeting.id)
    told = [(c.name, c.organisation, c.text, c.proposed, c.place, c.edition, c.is_own) for c in found]
    assert told == [
        ("Vera Vendor", "Det gamle firma", "Der mangler tallene.", "34 %.", "Velkomst", 1, False),
        ("Konrad Konsulent", "Huset", "Enig.", "", "Velkomst", 1, True),
    ]
    entries = session.execute(
        select(AuditEntry.verb, AuditEntry.user_name).where(AuditEntry.thing == "minutes_comment")
    )
    assert [tuple(entry) for entry in entries] == [("add", "Vera Vendor"), ("add", "Konrad Konsulent")]


def test_nobody_else_comments_and_an_auditor_who_was_there_changes_nothing(
    session: Session, people: People
) -> None:
    meeting = show_minutes(session, people.staff)
    people = attending(people, meeting, "auditor")
    for name in (*OUTSIDERS, "auditor", "staff"):
        with pytest.raises(NotAllowed):
            comment_on(session, getattr(people, name), meeting, "Nej.")
    assert comments.list_comments(session, people.staff, meeting.id) == []


def test_comments_are_taken_through_the_last_day_and_not_after(session: Session, people: People) -> None:
    meeting = show_minutes(session, people.staff, days=2)
    vendor = attending(people, meeting, "vendor").vendor
    last = session.get_one(Minutes, meeting.id).comment_until
    assert last is not None
    with moved_to(datetime(last.year, last.month, last.day, 23, 59, tzinfo=COPENHAGEN)):
        comment = comment_on(session, vendor, meeting, "I sidste øjeblik.")
        assert [one.said for one in comments.list_waiting(session, vendor)] == [1]
    with moved_to(datetime(last.year, last.month, last.day, tzinfo=COPENHAGEN) + timedelta(days=1)):
        with pytest.raises(Refused, match="minutes_comments_over"):
            comment_on(session, vendor, meeting, "For sent.")
        edit = CommentEdit(text="Andre ord.", version=comment.version)
        with pytest.raises(Refused, match="minutes_comments_over"):
            commenting.edit_comment(session, vendor, meeting.id, comment.id, edit)
        assert comments.list_waiting(session, vendor) == []


def test_one_mends_and_takes_back_what_is_ones_own_until_it_is_decided(
    session: Session, people: People
) -> None:
    meeting = show_minutes(session, people.staff)
    people = attending(people, meeting, "vendor", "rival")
    comment = comment_on(session, people.vendor, meeting, "Der mangler noget.")
    edit = CommentEdit(text="Der mangler tallene.", version=comment.version)
    with pytest.raises(NotAllowed):
        commenting.edit_comment(session, people.rival, meeting.id, comment.id, edit)
    commenting.edit_comment(session, people.vendor, meeting.id, comment.id, edit)
    with pytest.raises(Refused, match="stale"):
        commenting.edit_comment(session, people.vendor, meeting.id, comment.id, edit)
    commenting.withdraw_comment(session, people.vendor, meeting.id, comment.id)
    assert comments.list_comments(session, people.rival, meeting.id) == []
    assert comments.count_open(session, meeting.id) == 0
    commenting.restore_comment(session, people.vendor, meeting.id, comment.id)
    assert [c.text for c in comments.list_comments(session, people.rival, meeting.id)] == [
        "Der mangler tallene."
    ]
    decide(session, people.staff, comment)
    with pytest.raises(Refused, match="minutes_comment_decided"):
        commenting.withdraw_comment(session, people.vendor, meeting.id, comment.id)


def test_who_cancels_takes_back_what_is_ones_own_while_the_minutes_lie_open_and_says_nothing_more(
    session: Session, people: People
) -> None:
    meeting = show_minutes(session, people.staff)
    there = attending(people, meeting, "vendor").vendor
    gone = people.vendor
    first, second = (comment_on(session, there, meeting, text) for text in ("Et.", "To."))
    commenting.withdraw_comment(session, gone, meeting.id, first.id)
    assert [(one.id, one.is_open) for one in read(session, comments.comments_by(gone))] == [
        (second.id, True),
        (first.id, False),
    ]
    with pytest.raises(NotAllowed):
        commenting.restore_comment(session, gone, meeting.id, first.id)
    for stranger in (people.rival, people.stranger):
        with pytest.raises(NotFound):
            commenting.withdraw_comment(session, stranger, meeting.id, second.id)
    meeting.status = "approved"
    session.flush()
    with pytest.raises(Refused, match="minutes_not_in_review"):
        commenting.withdraw_comment(session, gone, meeting.id, second.id)


def test_nothing_is_approved_while_a_comment_waits_and_the_author_reads_the_reply(
    session: Session, people: People
) -> None:
    meeting = show_minutes(session, people.staff)
    vendor = attending(people, meeting, "vendor").vendor
    comment = comment_on(session, vendor, meeting, "Der mangler tallene.")
    with pytest.raises(Refused, match="minutes_comments_open") as refused:
        approve(session, people.staff, meeting.id)
    assert refused.value.values == {"count": 1}
    with pytest.raises(Refused, match="minutes_reply_needed"):
        decide(session, people.staff, comment, reply="")
    decide(session, people.staff, comment)
    approve(session, people.staff, meeting.id)
    own = read(session, comments.comments_by(vendor))
    assert [(c.decision, c.reply, c.meeting_status) for c in own] == [
        ("declined", "Det blev ikke sagt.", "approved")
    ]
    with pytest.raises(Refused, match="minutes_locked"):
        commenting.undo_decision(session, people.staff, meeting.id, comment.id, comment.version)
    assert comments.list_comments(session, people.stranger, meeting.id) == []


def test_taking_in_writes_the_section_and_leaves_one_entry_in_the_log(
    session: Session, people: People
) -> None:
    meeting = show_minutes(session, people.staff)
    vendor = attending(people, meeting, "vendor").vendor
    writer = with_role(session, people.consultancy, meeting.id, "rapporteur")
    comment = comment_on(session, vendor, meeting, "Der mangler tallene.", proposed="34 % svarede.")
    section = sections_of(session, meeting)["Velkomst"]
    taken = {"decision": "taken_in", "reply": "", "text": f"{section.text}\n\n34 % svarede."}
    with pytest.raises(NotAllowed):
        decide(session, vendor, comment, text_version=section.version, **taken)
    with pytest.raises(Refused, match="minutes_text_stale"):
        decide(session, writer, comment, text_version=section.version - 1, **taken)
    noted = select(AuditEntry.verb, AuditEntry.after).where(AuditEntry.user_id == writer.user_id)
    decide(session, writer, comment, text_version=section.version, **taken)
    text = session.get_one(MinutesSection, section.id).text
    assert text == "Formanden bød velkommen.\n\n34 % svarede."
    entries = [tuple(entry) for entry in session.execute(noted)]
    assert entries == [("decide", {"decision": "taken_in", "sections": ["Velkomst"]})]


def test_what_is_hidden_is_read_by_its_author_and_staff_and_keeps_nobody_from_approving(
    session: Session, people: People
) -> None:
    meeting = show_minutes(session, people.staff)
    people = attending(people, meeting, "vendor", "rival")
    writer = with_role(session, people.consultancy, meeting.id, "rapporteur")
    comment = comment_on(session, people.vendor, meeting, "Noget om en navngiven borger.")
    given = HidingInput(reason="Der stod noget om en borger.", version=comment.version)
    with pytest.raises(NotAllowed):
        commenting.hide_comment(session, writer, meeting.id, comment.id, given)
    commenting.hide_comment(session, people.staff, meeting.id, comment.id, given)
    readers = {"vendor": people.vendor, "rival": people.rival, "writer": writer, "staff": people.staff}
    seen = {name: len(comments.list_comments(session, one, meeting.id)) for name, one in readers.items()}
    assert seen == {"vendor": 1, "rival": 0, "writer": 0, "staff": 1}
    with pytest.raises(NotFound):
        decide(session, writer, comment)
    approve(session, people.staff, meeting.id)
    assert read(session, comments.comments_by(people.vendor))[0].hidden_reason == given.reason
    # Nobody could answer it any more.
    with pytest.raises(Refused, match="minutes_locked"):
        commenting.show_comment(session, people.staff, meeting.id, comment.id, comment.version)


def test_a_guest_comments_by_the_browser_and_without_names_where_the_room_has_none(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session, "22")
    item = add_item_row(session, meeting, "Velkomst")
    open_room(session, meeting)
    guest = seat(session, meeting, shown_as="name", name="Gitte Gæst", organisation_name="Gæsterne")
    vendor = seat(session, meeting, people.vendor)
    meeting.status = "closed"
    session.flush()
    words = service.SectionText(place=f"item-{item.id}", text="Goddag.")
    service.write_sections(session, people.staff, meeting.id, [words])
    send_round(session, people.staff, meeting)
    comment_on(session, guest, meeting, "Fra gæsten.")
    names = [(c.name, c.organisation, c.is_own) for c in comments.list_comments(session, guest, meeting.id)]
    assert names == [("Gitte Gæst", "Gæsterne", True)]
    assert [c.is_own for c in comments.list_comments(session, people.staff, meeting.id)] == [False]
    room = open_room(session, meeting, names="chatham")
    meeting.status = "minutes_in_review"
    session.flush()
    assert room.names == "chatham"
    nameless = comment_on(session, vendor, meeting, "Uden navn.")
    assert (nameless.name, nameless.organisation, nameless.user_id) == ("", "", vendor.user_id)
    told = [(c.name, c.organisation) for c in comments.list_comments(session, people.staff, meeting.id)]
    assert told == [("", ""), ("", "")]
    last = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)
    entry = session.scalars(last).one()
    assert (entry.thing, entry.user_id, entry.user_name) == ("minutes_comment", None, "")


def test_rule_and_sql_agree_for_every_actor_and_every_kind_of_comment(
    session: Session, people: People
) -> None:
    meeting = show_minutes(session, people.staff)
    other = show_minutes(session, people.staff, "23")
    people = attending(people, meeting, "vendor", "rival", "auditor")
    neighbour = replace(people.neighbour, attends=frozenset({other.id}))
    rows = [comment_on(session, people.vendor, meeting, f"Nr. {number}") for number in range(4)]
    rows += [comment_on(session, neighbour, other, f"Dér {number}") for number in range(3)]
    for row in (rows[1], rows[3], rows[5]):
        row.hidden_at = now()
    for row in (rows[2], rows[3], rows[6]):
        row.withdrawn_at = now()
    session.flush()
    everybody = people.all() | {
        "neighbour": neighbour,
        "writer": with_role(session, people.municipality, meeting.id, "rapporteur"),
    }
    counts = {}
    for name, actor in everybody.items():
        found = set(session.scalars(select(MinutesComment.id).where(comments_visible_to(actor))))
        assert found == {row.id for row in rows if may_see_comment(actor, row)}, name
        counts[name] = len(found)
    assert counts == dict.fromkeys(everybody, 0) | {
        "vendor": 4,
        "rival": 1,
        "auditor": 1,
        "writer": 1,
        "neighbour": 3,
        "staff": 4,
        "admin": 4,
    }

"""Erasing an account: no name, address or canary is left, and the words stay as the organisation's."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry, record
from app.core.clock import now
from app.core.database import Database
from app.core.laid_aside import LaidAside
from app.core.mail import Mail
from app.core.policy import Actor, NotAllowed, Refused
from app.domain.boards.writing import write_card
from app.domain.contributions.blacked import MARK
from app.domain.contributions.blacking_out import black_out
from app.domain.contributions.models import Contribution, IdeaDetails
from app.domain.contributions.queries import find_contribution
from app.domain.meetings.models import Appearance, PanelTask
from app.domain.meetings.programme import remove_item
from app.domain.organisations.models import Organisation
from app.domain.recycle_bin.service import put_back
from app.domain.search.service import index_objects
from app.domain.users.models import Membership, User
from app.identity.seats import claim, make_secret
from app.privacy.copying import ask_for_copy, finish_copy
from app.privacy.erasing import Share, count_shares, erase_account, erase_unused_account, find_hindrance
from app.privacy.models import DataCopy
from app.privacy.owners import find_subject
from app.privacy.register import REGISTER, find_holding
from tests.in_room import seat
from tests.on_boards import add_board, card
from tests.people import People, add_actor, add_organisation_row
from tests.privacy.planting import Planted, plant
from tests.said import add_card_row, add_idea_draft, add_item_row, add_meeting_row, add_wish

# The columns whose words stay, as the page says.
STAYING = {
    (holding.table, column)
    for holding in REGISTER
    if holding.erasure.how == "kept"
    for column in holding.all_columns
} - {("audit_entry", "client")}


def hits(session: Session, words: set[str]) -> dict[str, set[str]]:
    """{table: words found in it}, in every table of the database, whatever the column."""
    tables = session.scalars(
        text("select quote_ident(relname) from pg_stat_user_tables where relname <> 'alembic_version'")
    ).all()
    found: dict[str, set[str]] = {}
    for table in tables:
        statement = text(f"select string_agg(t::text, ' ') from {table} t")
        everything = (session.scalar(statement) or "").lower()
        inside = {word for word in words if word.lower() in everything}
        if inside:
            found[table] = inside
    return found


def erase(session: Session, actor: Actor) -> None:
    session.flush()
    erase_account(session, actor)
    session.flush()


def test_no_name_address_or_canary_is_left_anywhere(session: Session, people: People) -> None:
    planted = plant(session, people.vendor, "vera")
    kept = {word for place, word in planted.words.items() if place in STAYING}
    gone = planted.all_words() - kept
    assert {planted.name, *planted.emails} <= gone
    erase(session, people.vendor)
    left = hits(session, gone)
    # The programme of a meeting is a public record, as the page says: the speaker stays in it.
    assert left == {table: {planted.name} for table in ("person", "appearance", "discussion_group")}


def test_nobody_is_left_in_the_bin_and_what_comes_back_names_nobody(session: Session, people: People) -> None:
    """What was removed lies as JSON, where a line that begins with a name begins with a letter before it."""
    user = session.get_one(User, people.vendor.user_id)
    item = add_item_row(session, add_meeting_row(session, "10"))
    session.add_all(
        [
            PanelTask(
                item_id=item.id,
                position=1,
                title="",
                text=f"Spørg\n{user.name}\t\\n\n{user.email}\nom prisen",
            ),
            Appearance(item_id=item.id, position=1, person_name=user.name, organisation_name="Soft A/S"),
        ]
    )
    remove_item(session, people.staff, item.id)
    laid = session.scalars(select(LaidAside)).one()
    erase(session, people.vendor)
    assert hits(session, {"Vera Vendor", "vera@"}) == {}
    put_back(session, people.staff, laid.id)
    assert session.scalars(select(PanelTask.text)).one() == "Spørg\n…\t\\n\n…\nom prisen"
    assert session.scalars(select(Appearance.person_name)).one() == "…"


def test_a_name_of_one_word_goes_from_the_bin_where_it_is_the_name_and_stays_as_a_word(
    session: Session, people: People
) -> None:
    session.get_one(User, people.vendor.user_id).name = "Vibe"
    item = add_item_row(session, add_meeting_row(session, "10"), title="Vibe")
    session.add(Appearance(item_id=item.id, position=1, person_name="Vibe", organisation_name="Vibe & Co"))
    remove_item(session, people.staff, item.id)
    erase(session, people.vendor)
    rows = session.scalars(select(LaidAside.rows)).one()
    named = [one["appearance"] for one in rows if "appearance" in one]
    assert [(row["person_name"], row["organisation_name"]) for row in named] == [("…", "Vibe & Co")]
    assert [one["agenda_item"]["title"] for one in rows if "agenda_item" in one] == ["Vibe"]


def test_what_the_page_says_stays_does_stay(session: Session, people: People) -> None:
    planted = plant(session, people.vendor, "vera")
    kept = {place: word for place, word in planted.words.items() if place in STAYING}
    erase(session, people.vendor)
    assert {place for place, word in kept.items() if place[0] not in hits(session, {word})} == set()


def test_nothing_of_anybody_else_is_touched(session: Session, people: People) -> None:
    plant(session, people.vendor, "vera")
    other = plant(session, people.rival, "rita")
    colleague = plant(session, people.newcomer, "nye")
    words = other.all_words() | colleague.all_words()
    before = hits(session, words)
    erase(session, people.vendor)
    assert hits(session, words) == before


def test_the_log_forgets_the_person_and_keeps_the_deed(session: Session, people: People) -> None:
    planted = plant(session, people.vendor, "vera")
    title = planted.words[("membership", "title")]
    said = {"name": planted.name, "mail": planted.emails[0], "title": title, "role": "member"}
    record(session, people.staff, "confirm", "membership", people.vendor.membership_id, after=said)
    record(session, people.vendor, "rename", "user", people.vendor.user_id, after={"name": planted.name})
    erase(session, people.vendor)
    rows = session.execute(
        select(AuditEntry.verb, AuditEntry.user_name, AuditEntry.after, AuditEntry.client)
        .where(AuditEntry.verb.in_(("confirm", "rename", "erase")))
        .order_by(AuditEntry.id)
    ).all()
    assert [tuple(row) for row in rows] == [
        ("confirm", "Stine Stab", {"name": "…", "mail": "…", "title": "…", "role": "member"}, ""),
        ("rename", "", None, ""),
        ("erase", "", None, ""),
    ]


def test_the_words_stay_as_those_of_somebody_at_the_organisation(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor, "Åbne grænseflader")
    erase(session, people.vendor)
    seen = find_contribution(session, people.stranger, wish.reference)
    assert seen is not None
    assert (seen.title, seen.on_behalf_of, seen.said_by) == ("Åbne grænseflader", "Soft A/S", "")


def test_a_name_is_taken_out_of_the_organisations_words_and_of_search(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    wish = add_wish(session, people.vendor, "Ring til Vera Vendor på VERA@soft.example")
    card = add_card_row(
        session, people.staff, meeting, "Et indspil", on_behalf_of_id=people.vendor.organisation_id
    )
    session.execute(update(Contribution).where(Contribution.id == card.id).values(said_by_text="Vera Vendor"))
    index_objects(session, "wish", [wish.id])
    erase(session, people.vendor)
    assert session.get_one(Contribution, wish.id).title == "Ring til … på …"
    assert session.get_one(Contribution, card.id).said_by_text == ""
    assert hits(session, {"Vera Vendor", "vera@soft.example"}) == {}


def test_a_namesake_elsewhere_keeps_the_name(session: Session, people: People) -> None:
    wish = add_wish(session, people.rival, "Vera Vendor mener noget andet; skriv til ivera@soft.example")
    erase(session, people.vendor)
    title = session.get_one(Contribution, wish.id).title
    assert title == "Vera Vendor mener noget andet; skriv til ivera@soft.example"


def test_a_name_of_one_word_is_not_taken_out_of_sentences(session: Session, people: People) -> None:
    session.execute(update(User).where(User.id == people.vendor.user_id).values(name="Hans"))
    wish = add_wish(session, people.vendor, "Borgeren og hans data")
    session.execute(update(Contribution).where(Contribution.id == wish.id).values(said_by_text="Hans"))
    erase(session, people.vendor)
    row = session.get_one(Contribution, wish.id)
    assert (row.title, row.said_by_text) == ("Borgeren og hans data", "")


def test_the_account_is_a_number_and_nothing_else(session: Session, people: People) -> None:
    erase(session, people.vendor)
    user = session.get_one(User, people.vendor.user_id)
    assert (user.email, user.name, user.fields, user.signed_in_at) == (None, "", [], None)
    assert user.erased_at is not None and user.disabled_at is not None
    membership = session.get_one(Membership, people.vendor.membership_id)
    assert (membership.title, membership.role, membership.ended_as) == ("", "member", "left")
    assert membership.ended_at is not None
    assert find_subject(session, user.id) is None


def test_the_address_may_be_used_by_a_new_account(session: Session, people: People) -> None:
    erase(session, people.vendor)
    session.add(User(email="vera@soft.example", name="", created_at=now()))
    session.flush()


def test_a_mail_that_waits_is_never_sent(session: Session, people: People) -> None:
    mail = Mail(
        recipient="vera@soft.example", subject="Hej", text="Kære Vera Vendor", message_id="<1@x>",
        created_at=now(), is_secret=False,
    )  # fmt: skip
    session.add(mail)
    erase(session, people.vendor)
    assert session.scalar(select(func.count()).select_from(Mail)) == 0


def test_accounts_that_were_joined_go_together(session: Session, people: People) -> None:
    session.execute(
        update(User).where(User.id == people.loner.user_id).values(joined_into_id=people.vendor.user_id)
    )
    erase(session, people.vendor)
    rows = session.execute(
        select(User.name, User.email, User.erased_at.is_not(None))
        .where(User.id.in_([people.vendor.user_id, people.loner.user_id]))
        .order_by(User.id)
    ).all()
    assert [tuple(row) for row in rows] == [("", None, True)] * 2


def test_a_draft_stays_with_an_organisation_that_has_others(session: Session, people: People) -> None:
    house = people.vendor.organisation_id
    draft = add_idea_draft(session, people.vendor, title="Kladde")
    session.execute(
        update(IdeaDetails)
        .where(IdeaDetails.contribution_id == draft.id)
        .values(confidential={"pris": "hemmelig"})
    )
    session.execute(
        update(Membership).where(Membership.id == people.newcomer.membership_id).values(confirmed_at=now())
    )
    erase(session, people.vendor)
    assert session.get_one(Contribution, draft.id).on_behalf_of_id == house
    assert session.get_one(IdeaDetails, draft.id).confidential == {"pris": "hemmelig"}


def test_a_draft_that_nobody_else_could_go_on_with_is_deleted(session: Session, people: People) -> None:
    draft = add_idea_draft(session, people.vendor, title="Kladde kanariefugl")
    sent = add_wish(session, people.vendor)
    erase(session, people.vendor)
    assert session.get(Contribution, draft.id) is None
    assert session.get(Contribution, sent.id) is not None
    assert hits(session, {"kanariefugl"}) == {}


def test_the_last_admin_of_an_organiser_stays(session: Session, people: People) -> None:
    with pytest.raises(Refused) as refusal:
        erase_account(session, people.admin)
    told = {"organisation": "Værtsforeningen"}
    assert (refusal.value.code, refusal.value.values) == ("last_admin_erases", told)
    with pytest.raises(Refused):
        erase_unused_account(session, people.admin.user_id or 0)
    assert session.get_one(User, people.admin.user_id).name == "Alma Admin"


def test_an_admin_with_another_beside_may_go(session: Session, people: People) -> None:
    host = session.get_one(Membership, people.admin.membership_id).organisation_id
    other = add_actor(session, "Anden Admin", session.get_one(Organisation, host), "admin")
    person = find_subject(session, people.admin.user_id or 0)
    assert person is not None and find_hindrance(session, person) is None
    session.execute(update(User).where(User.id == other.user_id).values(disabled_at=now()))
    assert find_hindrance(session, person) == "Værtsforeningen"
    session.execute(update(User).where(User.id == other.user_id).values(disabled_at=None))
    erase(session, people.admin)
    assert session.get_one(User, people.admin.user_id).name == ""


def test_nobody_is_erased_twice_and_strangers_never(session: Session, people: People) -> None:
    erase(session, people.vendor)
    for actor in (people.vendor, people.stranger):
        with pytest.raises(NotAllowed):
            erase_account(session, actor)


def test_what_goes_and_what_stays_is_counted_in_one_statement(session: Session, people: People) -> None:
    planted: Planted = plant(session, people.vendor, "vera")
    person = find_subject(session, planted.actor.user_id or 0)
    assert person is not None
    shares = count_shares(session, person)
    assert [share.holding.table for share in shares] == [holding.table for holding in REGISTER]
    assert shares[0] == Share(find_holding("user_account"), 1)
    lonely = find_subject(session, people.loner.user_id or 0)
    assert lonely is not None
    rows = {share.holding.table: share.rows for share in count_shares(session, lonely)}
    assert rows == {"user_account": 1, "consent": 1}


def test_a_name_that_is_a_word_of_the_log_leaves_the_deeds_of_others_as_they_are(
    session: Session, people: People
) -> None:
    after = {"role": "admin", "organisation": "Soft A/S"}
    record(session, people.admin, "grant", "membership", people.rival.membership_id, after=after)
    for name in ("admin", "Soft A/S"):
        impostor = add_actor(session, name, None)
        erase(session, impostor)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "grant")).one()
    assert entry.after == {"role": "admin", "organisation": "Soft A/S"}


def test_who_is_not_confirmed_takes_no_words_out_of_the_organisations_texts(
    session: Session, people: People
) -> None:
    firm = session.get_one(Organisation, people.vendor.organisation_id)
    wish = add_wish(session, people.vendor, "Vi vil have åbne data")
    erase(session, add_actor(session, "åbne data", firm, confirmed=False))
    assert session.get_one(Contribution, wish.id).title == "Vi vil have åbne data"


def test_what_is_blacked_out_stays_so_when_a_name_before_it_is_taken_out(
    session: Session, people: People
) -> None:
    said = "Vera Vendor siger, at Ida Ihærdig er syg; skriv til vera@soft.example"
    wish = add_wish(session, people.vendor, said)
    black_out(session, people.staff, wish.id, wish.version, "Ida Ihærdig")
    erase(session, people.vendor)
    black_out(session, people.staff, wish.id, wish.version, "er syg")
    assert session.get_one(Contribution, wish.id).title == f"… siger, at {MARK} {MARK}; skriv til …"


def test_a_copy_that_is_just_being_made_leaves_no_file(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        person = add_actor(session, "Vera Vendor", None)
        ask_for_copy(session, person)
    with ThreadPoolExecutor(1) as beside, database.unit() as making:
        copy = making.scalars(select(DataCopy).with_for_update()).one()

        def erase_meanwhile() -> None:
            with database.unit() as session:
                erase_account(session, person)

        erasing = beside.submit(erase_meanwhile)
        wait([erasing], timeout=1)
        finish_copy(making, copy.id, "copies/just-made.zip", 1)
        making.commit()
        erasing.result(30)
    with database.unit() as session:
        removing = "select args from procrastinate_jobs where task_name = 'privacy.remove_file'"
        assert session.scalars(text(removing)).all() == [{"file_key": "copies/just-made.zip"}]


def test_of_the_two_last_admins_who_go_at_the_same_moment_one_stays(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        host = add_organisation_row(session, "vaerten", "Værten", "association")
        admins = [add_actor(session, f"A{n} Admin", host, "admin") for n in range(2)]
    start = Barrier(2)

    def try_to_go(actor: Actor) -> str:
        try:
            with database.unit() as session:
                start.wait(30)
                erase_account(session, actor)
        except Refused as refusal:
            return refusal.code
        return "erased"

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(try_to_go, admins)) == ["erased", "last_admin_erases"]


def test_a_name_typed_in_a_room_before_signing_in_goes_too(session: Session, people: People) -> None:
    meeting, board = add_board(session)
    secret = make_secret()
    guest = seat(session, meeting, secret=secret, shown_as="name", name="Verner Andetnavn")
    said = session.get_one(Contribution, write_card(session, guest, board.id, card()).id)
    index_objects(session, "contribution", [said.id])
    seat(session, meeting, people.vendor)
    ((_, attendee_id),) = guest.seats
    claim(session, people.vendor, secret, attendee_id)
    erase(session, people.vendor)
    assert hits(session, {"Verner Andetnavn"}) == {}
    session.refresh(said)
    assert (said.attendee_id, said.said_by_text, bool(said.body)) == (None, "", True)

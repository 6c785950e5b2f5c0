"""The copy of one's own data: everything of one's own, nothing of anybody else's."""

import json

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.i18n import catalogue
from app.domain.contributions.models import BlackedText
from app.domain.users.models import Membership
from app.privacy.column_names import name_of
from app.privacy.copying import gather
from app.privacy.owners import find_subject
from app.privacy.register import REGISTER
from tests.people import People
from tests.privacy.planting import Planted, plant
from tests.said import add_wish


def copy_of(session: Session, planted: Planted) -> dict[str, list[dict[str, object]]]:
    person = find_subject(session, planted.actor.user_id or 0)
    assert person is not None
    return gather(session, person)


def test_everything_of_ones_own_is_in_the_copy(session: Session, people: People) -> None:
    planted = plant(session, people.vendor, "vera")
    gathered = copy_of(session, planted)
    assert set(gathered) == {holding.title for holding in REGISTER}
    text = json.dumps(gathered, ensure_ascii=False)
    shown = {(holding.table, column) for holding in REGISTER for column in holding.columns.split()}
    assert [place for place, word in planted.words.items() if place in shown and word not in text] == []
    assert [word for word in (planted.name, *planted.emails) if word not in text] == []
    assert len([place for place in planted.words if place in shown]) > 50


def test_secrets_and_the_numbers_of_the_house_are_not_in_the_copy(session: Session, people: People) -> None:
    planted = plant(session, people.vendor, "vera")
    text = json.dumps(copy_of(session, planted), ensure_ascii=False)
    hidden = {(holding.table, column) for holding in REGISTER for column in holding.withheld.split()}
    assert [place for place, word in planted.words.items() if place in hidden and word in text] == []


def test_nothing_of_anybody_else_is_in_the_copy(session: Session, people: People) -> None:
    planted = plant(session, people.vendor, "vera")
    other = plant(session, people.rival, "rita")
    colleague = plant(session, people.newcomer, "nye")
    text = json.dumps(copy_of(session, planted), ensure_ascii=False)
    assert [word for word in other.all_words() | colleague.all_words() if word in text] == []


def test_every_row_has_readable_names_and_things_are_named(session: Session, people: People) -> None:
    planted = plant(session, people.vendor, "vera")
    gathered = copy_of(session, planted)
    assert gathered["Tilmeldinger"][0]["Møde"] == "Møde moede-vera"
    assert gathered["Det, du følger"][0]["Hvad"] == planted.words[("contribution", "reference")]
    assert gathered["Hvem du repræsenterer"][0]["Organisation"] == "Soft A/S"
    danish = catalogue("da").gettext
    for holding in REGISTER:
        expected = [danish(name_of(holding.table, column)) for column in holding.columns.split()]
        assert list(gathered[holding.title][0]) == expected


def test_who_has_left_the_organisation_no_longer_gets_what_is_confidential(
    session: Session, people: People
) -> None:
    planted = plant(session, people.vendor, "vera")
    confidential = planted.words[("idea_details", "confidential")]
    assert confidential in json.dumps(copy_of(session, planted))
    session.get_one(Membership, people.vendor.membership_id).ended_at = now()
    session.flush()
    text = json.dumps(copy_of(session, planted))
    assert confidential not in text
    assert planted.words[("idea_details", "problem")] in text


def test_what_staff_did_is_told_without_what_it_said_of_others(session: Session, people: People) -> None:
    planted = plant(session, people.staff, "stine")
    rows = copy_of(session, planted)["Revisionslog over det, du har gjort"]
    assert [(row["Handling"], row["Før"], row["Efter"]) for row in rows] == [
        (planted.words[("audit_entry", "verb")], None, None)
    ]


def test_what_is_blacked_out_in_an_answer_of_the_same_number_is_nobodys_copy(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.vendor, "Åbne grænseflader")
    hidden = {"thing": "answer", "thing_id": wish.id, "field": "text", "original": "Andres ord", "spans": []}
    session.execute(insert(BlackedText).values(hidden))
    person = find_subject(session, people.vendor.user_id or 0)
    assert person is not None
    assert "Andres ord" not in str(gather(session, person))

"""What people agree to: versions, withdrawal, and words that stay as they were."""

import hashlib
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from app.core.clock import moved_to
from app.core.i18n import LANGUAGES
from app.core.policy import STRANGER, NotAllowed
from app.domain.users import consents
from app.domain.users.consents import (
    VERSIONS,
    ConsentView,
    current_version,
    give_consent,
    has_consented,
    list_consents,
    users_agreeing_to,
    withdraw_consent,
)
from app.http.pages import TEMPLATES
from tests.people import People

FIRST = datetime(2027, 1, 1, 12, tzinfo=UTC)
LATER = datetime(2027, 2, 1, 12, tzinfo=UTC)

# The first sixteen digits of each text's SHA-256. A changed text gets a new version, never a new number here.
WORDS = {
    "dialogue_rules/1.da.html": "0802484b3bcc526f",
    "dialogue_rules/1.en.html": "bd86a5914dfe6e5b",
    "dialogue_rules/1.sv.html": "c55da6dcd9beac07",
    "participant_list/1.da.html": "169fb889cad2966b",
    "participant_list/1.en.html": "3e039ad3a11a3f5a",
    "participant_list/1.sv.html": "3fb43934310a5dbf",
    "participant_list/2.da.html": "40e23d4b8830a4ce",
    "participant_list/2.en.html": "2a2be4e5aa245eb2",
    "participant_list/2.sv.html": "d7261f2f9e0ca045",
    "speaker_name/1.da.html": "7bb702d3470ed633",
    "speaker_name/1.en.html": "0384985b6f0b5fac",
    "speaker_name/1.sv.html": "f0c300f619aa1fb4",
    "speaker_slides/1.da.html": "8a9e471a6cd0537d",
    "speaker_slides/1.en.html": "6b5db42c771c84ba",
    "speaker_slides/1.sv.html": "7bd9738407609925",
    "special_needs/1.da.html": "a9eec4ea25299f51",
    "special_needs/1.en.html": "e0771db4d97b35db",
    "special_needs/1.sv.html": "d56d49ea9518c2da",
}


def test_the_words_of_a_version_stand_as_people_agreed_to_them() -> None:
    found = {
        f"{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in sorted((TEMPLATES / "consents").glob("*/*.html"))
    }
    assert found == WORDS


def test_every_version_has_its_words_in_every_language() -> None:
    expected = {
        f"{kind}/{number}.{language}.html"
        for kind, days in VERSIONS.items()
        for number in range(1, len(days) + 1)
        for language in LANGUAGES
    }
    assert set(WORDS) == expected


def _of_needs(session: Session, user_id: int) -> list[ConsentView]:
    """Without the rules, which all people of the tests have agreed to."""
    return [one for one in list_consents(session, user_id) if one.kind == "special_needs"]


def test_agreeing_twice_is_agreeing_once(session: Session, people: People) -> None:
    user_id = people.vendor.user_id or 0
    with moved_to(FIRST):
        give_consent(session, people.vendor, "special_needs")
    with moved_to(LATER):
        give_consent(session, people.vendor, "special_needs")
    assert _of_needs(session, user_id) == [ConsentView("special_needs", 1, "da", FIRST, None)]
    assert has_consented(session, user_id, "special_needs")
    assert not has_consented(session, user_id, "participant_list")
    assert not has_consented(session, people.rival.user_id or 0, "special_needs")


def test_a_new_version_is_agreed_to_anew(
    session: Session, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_id = people.vendor.user_id or 0
    with moved_to(FIRST):
        give_consent(session, people.vendor, "special_needs")
    monkeypatch.setitem(consents.VERSIONS, "special_needs", (date(2026, 11, 22), date(2027, 2, 1)))
    assert current_version("special_needs") == 2
    assert not has_consented(session, user_id, "special_needs")
    with moved_to(LATER):
        give_consent(session, people.vendor, "special_needs")
    assert _of_needs(session, user_id) == [
        ConsentView("special_needs", 2, "da", LATER, None),
        ConsentView("special_needs", 1, "da", FIRST, LATER),
    ]
    assert has_consented(session, user_id, "special_needs")


def test_a_withdrawn_consent_no_longer_counts_and_may_be_given_again(
    session: Session, people: People
) -> None:
    user_id = people.vendor.user_id or 0
    give_consent(session, people.vendor, "participant_list")
    give_consent(session, people.rival, "participant_list")
    withdraw_consent(session, people.vendor, "participant_list")
    withdraw_consent(session, people.vendor, "participant_list")
    assert list(session.scalars(users_agreeing_to("participant_list"))) == [people.rival.user_id]
    assert not has_consented(session, user_id, "participant_list")
    give_consent(session, people.vendor, "participant_list")
    assert has_consented(session, user_id, "participant_list")


def test_a_stranger_agrees_to_nothing(session: Session) -> None:
    for verb in (give_consent, withdraw_consent):
        with pytest.raises(NotAllowed):
            verb(session, STRANGER, "dialogue_rules")

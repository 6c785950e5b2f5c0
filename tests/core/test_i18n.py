from datetime import UTC, datetime

import pytest

from app.core.i18n import catalogue, format_date, format_datetime, format_number, format_time, pgettext

MORNING = datetime(2027, 1, 21, 8, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "moment", "day", "hour", "amount"),
    [
        ("da", "21. januar 2027 kl. 09.05", "21. januar 2027", "09.05", "1.234,5"),
        ("en", "21 January 2027 at 09:05", "21 January 2027", "09:05", "1,234.5"),
        ("sv", "21 januari 2027 kl. 09:05", "21 januari 2027", "09:05", "1\xa0234,5"),
    ],
)
def test_moments_and_numbers_are_written_as_in_the_language_and_in_danish_time(
    language: str, moment: str, day: str, hour: str, amount: str
) -> None:
    written = (
        format_datetime(MORNING, language),
        format_date(MORNING, language),
        format_time(MORNING, language),
        format_number(1234.5, language),
    )
    assert written == (moment, day, hour, amount)


@pytest.mark.parametrize(
    ("language", "one", "many"), [("da", "Behov", "Behov"), ("en", "Need", "Needs"), ("sv", "Behov", "Behov")]
)
def test_a_word_of_two_senses_is_said_in_the_sense_that_was_marked(
    language: str, one: str, many: str
) -> None:
    say = catalogue(language).gettext
    assert (say("Behov"), say(pgettext("flere", "Behov"))) == (one, many)


@pytest.mark.parametrize("language", ["da", "en", "sv"])
def test_a_sense_without_words_of_its_own_is_said_in_danish_alone(language: str) -> None:
    assert catalogue(language).gettext(pgettext("ukendt", "Findes ikke")) == "Findes ikke"

"""What admins have chosen in place of the standard: in force in the whole process.

Whoever shows a word, a name or a period asks here first. What stands here comes from the database
(`app.domain.site.taking_up`), and is another object whenever something was chosen anew, never changed.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture in place of ours. `width` at the height of 48 pixels; `alt` by language, empty where the
    name beside it says enough."""

    id: int
    width: int
    alt: dict[str, str]


@dataclass(frozen=True, slots=True)
class Chosen:
    """`version` grows with every choice. All the others are empty where the standard holds.

    `names`: of the site, by field of `app.http.pages.Site`. `texts`: by language and code. `words`: by
    language, group and code of `app.web.labels`. `mails`: by mail and language, what stands in place of each
    sentence of its templates. `periods`: days, by field of `app.privacy.periods.Periods`.
    """

    version: int = 0
    names: dict[str, str] = field(default_factory=dict)
    logo: Logo | None = None
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    words: dict[tuple[str, str, str], str] = field(default_factory=dict)
    mails: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    periods: dict[str, int] = field(default_factory=dict)


STANDARD = Chosen()
_in_force = STANDARD


def chosen() -> Chosen:
    return _in_force


def put_in_force(found: Chosen) -> None:
    """Use these choices in the whole process, unless newer ones are in force already."""
    global _in_force
    if found.version >= _in_force.version:
        _in_force = found


def go_back_to_standard() -> None:
    """As a process that has not asked its database yet."""
    global _in_force
    _in_force = STANDARD

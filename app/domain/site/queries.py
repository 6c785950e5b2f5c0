"""What has been set, and how it came to be."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.core.chosen import Chosen, Logo
from app.domain.site.models import SiteEdition, SiteLogo

EDITIONS = 20  # of one part, the newest first


@dataclass(frozen=True, slots=True)
class EditionView:
    """One edition. `back_to`: the number it went back to, 0 for the standard; None where it was written."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    back_to: int | None = None
    made_at: datetime | None = None
    made_by_id: int | None = None


_VIEW = (
    SiteEdition.number,
    SiteEdition.values,
    SiteEdition.back_to,
    SiteEdition.made_at,
    SiteEdition.made_by_id,
)


def get_edition(session: Session, part: str, key: str = "") -> EditionView:
    """What a part is set to now; number 0 without values where nobody has set it."""
    return next(iter(list_editions(session, part, key, 1)), EditionView(0))


def list_editions(session: Session, part: str, key: str = "", most: int = EDITIONS) -> list[EditionView]:
    """How a part has been set, the newest first."""
    rows = session.execute(
        select(*_VIEW)
        .where(SiteEdition.part == part, SiteEdition.key == key)
        .order_by(SiteEdition.number.desc())
        .limit(most)
    )
    return [EditionView(**row._mapping) for row in rows]


def find_edition(session: Session, part: str, key: str, number: int) -> EditionView | None:
    row = session.execute(
        select(*_VIEW).where(SiteEdition.part == part, SiteEdition.key == key, SiteEdition.number == number)
    ).one_or_none()
    return EditionView(**row._mapping) if row is not None else None


def list_set(session: Session) -> dict[tuple[str, str], EditionView]:
    """All that has been set, by part and key: the newest edition of each."""
    rows = session.execute(
        select(SiteEdition.part, SiteEdition.key, *_VIEW)
        .ext(distinct_on(SiteEdition.part, SiteEdition.key))
        .order_by(SiteEdition.part, SiteEdition.key, SiteEdition.number.desc())
    )
    return {
        (row.part, row.key): EditionView(row.number, row.values, row.back_to, row.made_at, row.made_by_id)
        for row in rows
    }


def find_logo(session: Session, logo_id: int) -> SiteLogo | None:
    return session.get(SiteLogo, logo_id)


def read_chosen(session: Session) -> Chosen:
    """All that admins have chosen, as every process uses it. Two statements."""
    found = Chosen(version=session.scalar(select(func.max(SiteEdition.id))) or 0)
    if not found.version:
        return found
    logo: Logo | None = None
    for (part, key), edition in list_set(session).items():
        values = edition.values
        if part == "names":
            found.names.update(values)
        elif part == "periods":
            found.periods.update(values)
        elif part == "texts":
            found.texts.update({_split(code): text for code, text in values.items()})
        elif part == "words":
            found.words.update(
                {(_split(code)[0], key, _split(code)[1]): text for code, text in values.items()}
            )
        elif part == "mail":
            found.mails.update({(key, language): texts for language, texts in values.items()})
        elif part == "logo" and values:
            logo = Logo(values["logo_id"], values["width"], values["alt"])
    return Chosen(found.version, found.names, logo, found.texts, found.words, found.mails, found.periods)


def _split(code: str) -> tuple[str, str]:
    """front_lead.da as language and code."""
    name, _, language = code.rpartition(".")
    return language, name

"""What an entry may name, for the form that notes it: organisations by the words that people know them by."""

from collections.abc import Collection

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.core.policy import ORGANISER_KINDS
from app.domain.ledger.models import LedgerOrganisation
from app.domain.ledger.policy import COMPETING_KINDS
from app.domain.organisations.models import Organisation

MOST = 600
MOST_IN_MENU = 100


def list_names(session: Session) -> list[str]:
    """The names of organisations that may be met, vendors first; for a field that proposes. One statement."""
    rows = session.scalars(
        select(Organisation.name)
        .where(Organisation.kind.not_in(ORGANISER_KINDS), Organisation.refused_at.is_(None))
        .order_by(
            Organisation.kind.not_in(COMPETING_KINDS),
            func.danish_sort_key(Organisation.name),
            Organisation.id,
        )
        .limit(MOST)
    )
    return list(dict.fromkeys(rows))


def find_named(session: Session, names: Collection[str]) -> dict[str, int]:
    """{what was written: the organisation} for those that a name, a short name or a CVR number fits. Of
    several with the same name, the first that was known. One statement."""
    asked = {" ".join(name.split()).lower(): name for name in names}
    rows = session.execute(
        select(Organisation.id, Organisation.name, Organisation.short_name, Organisation.cvr)
        .where(
            Organisation.refused_at.is_(None),
            or_(
                func.lower(Organisation.name).in_(asked),
                func.lower(Organisation.short_name).in_(asked),
                Organisation.cvr.in_(asked),
            ),
        )
        .order_by(Organisation.id.desc())
    )
    found: dict[str, int] = {}
    for row in rows:
        for word in (row.cvr, row.short_name, row.name):
            if word and word.lower() in asked:
                found[asked[word.lower()]] = row.id
    return found


def list_met(session: Session, besides: int | None = None) -> tuple[list[tuple[int, str]], int]:
    """(number, name) of those that most is noted on, for narrowing the log, and this one whatever there are;
    and how many the menu leaves out. One statement."""
    met, many = LedgerOrganisation.organisation_id, func.count()
    counted = (
        select(
            met.label("id"),
            func.row_number().over(order_by=(many.desc(), met)).label("place"),
            func.count().over().label("total"),
        )
        .group_by(met)
        .subquery("counted")
    )
    rows = session.execute(
        select(Organisation.id, Organisation.name, counted.c.total)
        .join(counted, counted.c.id == Organisation.id)
        .where(or_(counted.c.place <= MOST_IN_MENU, Organisation.id == besides))
        .order_by(func.danish_sort_key(Organisation.name), Organisation.id)
    ).all()
    return [(row.id, row.name) for row in rows], rows[0].total - len(rows) if rows else 0


def name_all(session: Session, ids: Collection[int]) -> dict[int, str]:
    """{number: name}. One statement, none for nothing."""
    if not ids:
        return {}
    rows = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)))
    return {row.id: row.name for row in rows}

"""Reading organisations. They are public; there is nothing to hide in them here."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from app.core.text import fold
from app.domain.organisations.models import Organisation

MOST = 500
PER_PAGE = 30
# In lists the hosts stand first and the many municipalities late.
KINDS: Final[tuple[str, ...]] = (
    "association", "joint_procurement", "trade_association", "vendor", "consultancy", "authority",
    "region", "municipality", "other",
)  # fmt: skip


def danish_order(column: object) -> ColumnElement[str]:
    """The order of the Danish alphabet, the same on every server: … z æ ø å, with aa as å."""
    return func.danish_sort_key(column)


def get_organisation(session: Session, organisation_id: int) -> Organisation | None:
    return session.get(Organisation, organisation_id)


def find_organisation(session: Session, key: str) -> Organisation | None:
    return session.scalars(select(Organisation).where(Organisation.key == key)).one_or_none()


def find_by_mail_domain(session: Session, domain: str) -> Organisation | None:
    """The one organisation that owns a mail domain; None also where several claim it."""
    found = session.scalars(
        select(Organisation).where(Organisation.mail_domains.contains([domain.lower()])).limit(2)
    ).all()
    return found[0] if len(found) == 1 else None


def find_municipality(session: Session, key: str) -> Organisation | None:
    """A municipality by its key; also an example of the demo."""
    return session.scalars(
        select(Organisation).where(Organisation.key == key, Organisation.kind == "municipality")
    ).one_or_none()


def list_municipalities(session: Session) -> list[Organisation]:
    """The 98, by region and name; examples of the demo are left out."""
    return list(
        session.scalars(
            select(Organisation)
            .where(Organisation.kind == "municipality", Organisation.is_example.is_(False))
            .order_by(Organisation.region, danish_order(_SHOWN_NAME), Organisation.id)
            .limit(MOST)
        )
    )


def narrow(organisations: Sequence[Organisation], text: str = "", region: str = "") -> list[Organisation]:
    """Those in the region whose name holds the text, however æ ø å are written."""
    wanted = fold(text).strip()
    return [
        organisation
        for organisation in organisations
        if wanted in fold(f"{organisation.short_name or ''} {organisation.name}")
        and region in ("", organisation.region)
    ]


def list_organisations(
    session: Session, kind: str | None = None, text: str = "", page: int = 1
) -> list[Organisation]:
    """One page of organisations, by kind and then by name."""
    order = case({kind: place for place, kind in enumerate(KINDS)}, value=Organisation.kind)
    chosen = select(Organisation).where(_named(text))
    if kind is not None:
        chosen = chosen.where(Organisation.kind == kind)
    return list(
        session.scalars(
            chosen.order_by(order, danish_order(_SHOWN_NAME), Organisation.id)
            .limit(PER_PAGE)
            .offset((page - 1) * PER_PAGE)
        )
    )


def count_by_kind(session: Session, text: str = "") -> dict[str, int]:
    """{kind: organisations whose name holds the text}, in the order of lists, without empty kinds."""
    rows = session.execute(
        select(Organisation.kind, func.count().label("organisations"))
        .where(_named(text))
        .group_by(Organisation.kind)
    )
    counts = {row.kind: row.organisations for row in rows}
    return {kind: counts[kind] for kind in KINDS if kind in counts}


_SHOWN_NAME = func.coalesce(Organisation.short_name, Organisation.name)


def _named(text: str) -> ColumnElement[bool]:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return or_(Organisation.name.ilike(f"%{escaped}%"), Organisation.short_name.ilike(f"%{escaped}%"))


def find_organisations(session: Session, text: str, limit: int = 20) -> list[Organisation]:
    """Organisations whose name holds the text, for choosing one while typing."""
    return list(
        session.scalars(
            select(Organisation).where(_named(text)).order_by(danish_order(Organisation.name)).limit(limit)
        )
    )

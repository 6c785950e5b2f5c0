"""Reading organisations. They are public; there is nothing to hide in them here."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.domain.organisations.models import Organisation

MOST = 500


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


def list_municipalities(session: Session) -> list[Organisation]:
    """The 98, by region and name; examples of the demo are left out."""
    return list(
        session.scalars(
            select(Organisation)
            .where(Organisation.kind == "municipality", Organisation.is_example.is_(False))
            .order_by(Organisation.region, danish_order(Organisation.name))
            .limit(MOST)
        )
    )


def find_organisations(session: Session, text: str, limit: int = 20) -> list[Organisation]:
    """Organisations whose name holds the text, for choosing one while typing."""
    pattern = f"%{text.replace('%', '').replace('_', '')}%"
    return list(
        session.scalars(
            select(Organisation)
            .where(Organisation.name.ilike(pattern) | Organisation.short_name.ilike(pattern))
            .order_by(danish_order(Organisation.name))
            .limit(limit)
        )
    )

"""Reading organisations. Their facts are public; those that are not confirmed yet stand in no list."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from app.core.policy import STRANGER, Actor
from app.core.slices import By, Place, Slice, read_slice
from app.core.text import fold
from app.domain.organisations.mail_domains import pointing_domains
from app.domain.organisations.models import Organisation
from app.domain.organisations.policy import visible_to

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


def find_organisation_names(session: Session, ids: Collection[int]) -> dict[int, str]:
    """{id: name}; none without ids."""
    if not ids:
        return {}
    rows = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)))
    return {row.id: row.name for row in rows}


def find_organisation(session: Session, key: str) -> Organisation | None:
    return session.scalars(select(Organisation).where(Organisation.key == key)).one_or_none()


def find_by_name(session: Session, name: str) -> Organisation | None:
    """The organisation of this very name; None where there is none, or more than one."""
    same = func.lower(Organisation.name) == name.lower()
    found = session.scalars(select(Organisation).where(same).limit(2)).all() if name else []
    return found[0] if len(found) == 1 else None


def find_by_mail_domain(session: Session, domain: str) -> Organisation | None:
    """The one organisation that owns a mail domain or the nearest one above it.

    None where several claim it, and for the domains of free mail providers, whoever claims them.
    """
    for candidate in pointing_domains(domain):
        found = session.scalars(
            select(Organisation)
            .where(Organisation.mail_domains.contains([candidate]), Organisation.is_confirmed)
            .limit(2)
        ).all()
        if found:
            return found[0] if len(found) == 1 else None
    return None


def find_by_cvr(session: Session, cvr: str) -> Organisation | None:
    """By the eight digits, also one that is not confirmed yet."""
    return session.scalars(select(Organisation).where(Organisation.cvr == cvr)).one_or_none()


def find_municipality(session: Session, key: str) -> Organisation | None:
    """A municipality by its key; also an example of the demo."""
    return session.scalars(
        select(Organisation).where(Organisation.key == key, Organisation.kind == "municipality")
    ).one_or_none()


def list_municipalities(session: Session, example_ids: Collection[int] = ()) -> list[Organisation]:
    """The 98, by region and name; examples of the demo are left out, but for those that are asked for."""
    return list(
        session.scalars(
            select(Organisation)
            .where(
                Organisation.kind == "municipality",
                Organisation.is_example.is_(False) | Organisation.id.in_(example_ids),
            )
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
    session: Session, kind: str | None = None, text: str = "", page: int = 1, actor: Actor = STRANGER
) -> list[Organisation]:
    """One page of organisations, by kind and then by name."""
    order = case({kind: place for place, kind in enumerate(KINDS)}, value=Organisation.kind)
    chosen = select(Organisation).where(_named(text), visible_to(actor))
    if kind is not None:
        chosen = chosen.where(Organisation.kind == kind)
    return list(
        session.scalars(
            chosen.order_by(order, danish_order(_SHOWN_NAME), Organisation.id)
            .limit(PER_PAGE)
            .offset((page - 1) * PER_PAGE)
        )
    )


def read_organisations(
    session: Session,
    actor: Actor,
    after: Place | None,
    most: int,
    *,
    kind: str | None = None,
    text: str = "",
    region: str | None = None,
) -> Slice[Organisation]:
    """So many organisations after a place, by name. One statement."""
    chosen = select(Organisation).where(_named(text), visible_to(actor))
    if kind is not None:
        chosen = chosen.where(Organisation.kind == kind)
    if region is not None:
        chosen = chosen.where(Organisation.region == region)
    order = (By(danish_order(_SHOWN_NAME), str), By(Organisation.id, int))
    found = read_slice(session, chosen, order, after, most)
    return Slice(tuple(row.Organisation for row in found.rows), found.last)


def count_by_kind(session: Session, text: str = "", actor: Actor = STRANGER) -> dict[str, int]:
    """{kind: organisations whose name holds the text}, in the order of lists, without empty kinds."""
    rows = session.execute(
        select(Organisation.kind, func.count().label("organisations"))
        .where(_named(text), visible_to(actor))
        .group_by(Organisation.kind)
    )
    counts = {row.kind: row.organisations for row in rows}
    return {kind: counts[kind] for kind in KINDS if kind in counts}


_SHOWN_NAME = func.coalesce(Organisation.short_name, Organisation.name)


def _named(text: str) -> ColumnElement[bool]:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return or_(Organisation.name.ilike(f"%{escaped}%"), Organisation.short_name.ilike(f"%{escaped}%"))


def find_organisations(session: Session, text: str, limit: int = 20) -> list[Organisation]:
    """Organisations whose name holds the text, for choosing one; also those not confirmed yet."""
    return list(
        session.scalars(
            select(Organisation)
            .where(_named(text), Organisation.refused_at.is_(None))
            .order_by(danish_order(Organisation.name))
            .limit(limit)
        )
    )


# Legal forms and the like, which people leave out or write differently.
_FORMS = r"\m(a/s|as|aps|i/s|ivs|p/s|k/s|a\.m\.b\.a|amba|s/i|fmba|danmark|denmark|holding|group)(?!\w)"
ALIKE = 0.55  # of pg_trgm's similarity; one letter wrong in a name of eight gives about 0.6


def _core(name: object) -> ColumnElement[str]:
    """What is left of a name without its legal form, dots and double spaces."""
    bare = func.regexp_replace(func.lower(name), _FORMS, " ", "g")
    return func.trim(func.regexp_replace(bare, r"[^\wæøå]+", " ", "g"))


def find_alike(session: Session, name: str, but: int | None = None, limit: int = 5) -> list[Organisation]:
    """Organisations called nearly the same, the nearest first; `but` is left out."""
    given = _core(name)
    nearness = func.greatest(
        func.similarity(_core(Organisation.name), given),
        func.similarity(_core(func.coalesce(Organisation.short_name, "")), given),
    )
    return list(
        session.scalars(
            select(Organisation)
            .where(
                nearness >= ALIKE,
                Organisation.id.is_distinct_from(but),
                Organisation.refused_at.is_(None),
            )
            .order_by(nearness.desc(), Organisation.id)
            .limit(limit)
        )
    )


def is_alike(session: Session, one: str, other: str) -> bool:
    """Whether two names are the same but for spelling and legal form."""
    return bool(session.scalar(select(func.similarity(_core(one), _core(other)) >= ALIKE)))


def list_waiting_organisations(session: Session, limit: int = PER_PAGE) -> list[Organisation]:
    """Those that staff has not looked at yet, and those that ask for a mail domain; the oldest first."""
    is_new = ~Organisation.is_confirmed & Organisation.refused_at.is_(None)
    waits = or_(is_new, func.cardinality(Organisation.asked_domains) > 0)
    return list(session.scalars(select(Organisation).where(waits).order_by(Organisation.id).limit(limit)))

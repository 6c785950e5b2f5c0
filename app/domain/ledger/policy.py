"""Who notes who was met, who reads what is noted, and what is a gap.

Staff notes, publishes and justifies. An organisation's confirmed people read what is noted on it, nothing of
the others that were met, and may ask for it to be put right. All read published tenders, what has been shared
about them, and what was handed out once it is published.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Final, Protocol
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from app.core.policy import VENDOR_KINDS, Actor
from app.core.workdays import is_workday
from app.domain.contributions.policy import Said, is_own
from app.domain.ledger.models import LedgerGapClosing, LedgerHandout, LedgerOrganisation, Tender

# Within so many days on which offices are open a request for a correction is answered.
CORRECTION_WORKDAYS: Final = 10
# Whose knowing something first is a gap.
COMPETING_KINDS: Final = tuple(sorted(VENDOR_KINDS))

# The sites of each kind of notice, with what stands before their names.
_SITES: Final[dict[str, tuple[str, ...]]] = {
    "prior_information": ("ted.europa.eu", "udbud.dk"),
    "ted": ("ted.europa.eu",),
    "udbud_dk": ("udbud.dk",),
    "ski": ("ski.dk",),
}


class Shown(Protocol):
    """A tender, or a view of one."""

    @property
    def published_at(self) -> datetime | None: ...


def may_keep_ledger(actor: Actor) -> bool:
    """Note who was met, read all of it, close gaps, look after tenders, answer requests and export."""
    return actor.is_staff


def may_see_own(actor: Actor) -> bool:
    """Come in where an organisation reads what is noted on it: who is known to speak for one."""
    return _own_organisation(actor) is not None


def may_read_noted(actor: Actor) -> bool:
    """Open a page of something noted; whose it is, is asked there."""
    return may_keep_ledger(actor) or may_see_own(actor)


def _own_organisation(actor: Actor) -> int | None:
    return actor.organisation_id if actor.is_confirmed and not actor.only_reads else None


def may_see(actor: Actor, organisation_ids: Collection[int]) -> bool:
    """The same rule as `visible_to`, for an entry at hand: `organisation_ids` are all ever noted on it."""
    return may_keep_ledger(actor) or _own_organisation(actor) in organisation_ids


def may_ask_for_correction(actor: Actor, organisation_ids: Collection[int]) -> bool:
    """Say that what is noted on one's own organisation is wrong."""
    return _own_organisation(actor) in organisation_ids


def may_see_tender(actor: Actor, tender: Shown) -> bool:
    """The same rule as `tenders_visible_to`, for a tender at hand."""
    return may_keep_ledger(actor) or tender.published_at is not None


def may_know_tender_of(actor: Actor, said: Said) -> bool:
    """Learn that a contribution is linked to a tender: staff, and those whose it is. Others would know who
    asked."""
    is_of_organisation = actor.is_confirmed and actor.organisation_id == said.on_behalf_of_id is not None
    return may_keep_ledger(actor) or is_own(actor, said) or is_of_organisation


def correction_answer_by(asked_on: date) -> date:
    """The day by which a request for a correction is answered."""
    day, left = asked_on, CORRECTION_WORKDAYS
    while left:
        day += timedelta(days=1)
        left -= is_workday(day)
    return day


def is_late(answer_by: date, decided_at: datetime | None, on: date) -> bool:
    """Whether a request should have been answered before this day and is not."""
    return decided_at is None and answer_by < on


def is_on_site(kind: str, url: str) -> bool:
    """Whether the address is on a site of this kind of notice: https, no other port, no name before the host.

    Any site goes for other.
    """
    try:
        parts = urlsplit(url)
        is_plain = parts.scheme == "https" and parts.port in (None, 443) and "@" not in parts.netloc
    except ValueError:
        return False
    host = (parts.hostname or "").rstrip(".")
    sites = _SITES.get(kind)
    if sites is None:
        return is_plain and bool(host)
    return is_plain and any(host == site or host.endswith(f".{site}") for site in sites)


# --- the same for SQL


def tenders_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Published tenders to all, the others to staff."""
    return true() if may_keep_ledger(actor) else Tender.published_at.is_not(None)


def entries_visible_to(actor: Actor, entry_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The entries that the actor may see; `entry_id`: the column that names them in the statement."""
    if may_keep_ledger(actor):
        return true()
    organisation_id = _own_organisation(actor)
    if organisation_id is None:
        return false()
    own = select(LedgerOrganisation.entry_id).where(LedgerOrganisation.organisation_id == organisation_id)
    return entry_id.in_(own)


def is_published_here() -> ColumnElement[bool]:
    """What was handed out and is read by all now, in this place."""
    return exists(
        select(LedgerGapClosing.id)
        .where(
            LedgerGapClosing.thing == "handout",
            LedgerGapClosing.thing_id == LedgerHandout.id,
            LedgerGapClosing.how == "published",
            LedgerGapClosing.url.is_(None),
            LedgerGapClosing.reopened_at.is_(None),
        )
        .correlate(LedgerHandout)
    )


def handouts_visible_to(actor: Actor) -> ColumnElement[bool]:
    """What was handed out: to whom it was, to staff, and to all once it is published here."""
    of_seen = entries_visible_to(actor, LedgerHandout.entry_id)
    return or_(of_seen, and_(LedgerHandout.kind != "deck", is_published_here()))

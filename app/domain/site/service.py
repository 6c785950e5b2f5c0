"""Setting a part of the site, and going back. What may stand in it is known where it is shown (app.web)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.site.models import PARTS, SiteEdition, SiteLogo
from app.domain.site.pictures import draw_logo
from app.domain.site.policy import may_set_site
from app.domain.site.queries import EditionView, find_edition, get_edition
from app.domain.site.taking_up import take_up_when_committed

# One choice at a time in the whole house, so that every process reads them in the order of their numbers.
_ONE_AT_A_TIME = 5_900_001


def set_part(
    session: Session,
    actor: Actor,
    part: str,
    values: Mapping[str, Any],
    *,
    version: int,
    key: str = "",
    back_to: int | None = None,
) -> EditionView:
    """Set a part to what differs from the standard, as a new edition. What is as it was makes none.

    `version`: the number of the edition that was changed from. Raises NotFound for a part that the site
    has not. Refused: stale.
    """
    require(may_set_site(actor))
    if part not in PARTS:
        raise NotFound
    session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    before = get_edition(session, part, key)
    if before.number != version:
        raise Refused("stale")
    if before.values == values:
        return before
    edition = SiteEdition(
        part=part,
        key=key,
        number=before.number + 1,
        values=dict(values),
        back_to=back_to,
        made_at=now(),
        made_by_id=actor.user_id,
    )
    session.add(edition)
    session.flush()
    told = {"part": part, "key": key} if key else {"part": part}
    record(
        session,
        actor,
        "set_site" if back_to is None else "reset_site",
        "site_edition",
        edition.id,
        before=told | {"number": before.number, "values": before.values},
        after=told | {"number": edition.number, "values": edition.values},
    )
    take_up_when_committed(session)
    return get_edition(session, part, key)


def go_back(
    session: Session, actor: Actor, part: str, number: int, *, version: int, key: str = ""
) -> EditionView:
    """Set a part to what it was in an earlier edition, 0 for the standard, as a new edition.

    Raises NotFound. Refused: stale.
    """
    require(may_set_site(actor))
    earlier = find_edition(session, part, key, number) if number else EditionView(0)
    if earlier is None:
        raise NotFound
    return set_part(session, actor, part, earlier.values, version=version, key=key, back_to=number)


def set_logo(
    session: Session, actor: Actor, picture: bytes | None, alt: Mapping[str, str], *, version: int
) -> EditionView:
    """Put a picture in place of our logo; without one only its words are changed.

    Refused: stale, no_logo and what `draw_logo` refuses.
    """
    require(may_set_site(actor))
    words = {language: text for language, text in alt.items() if text}
    if picture is None:
        values = get_edition(session, "logo").values
        if not values:
            raise Refused("site_logo_missing")
        return set_part(session, actor, "logo", values | {"alt": words}, version=version)
    drawn = draw_logo(picture)
    logo = SiteLogo(width=drawn.width, small=drawn.small, large=drawn.large, made_at=now())
    session.add(logo)
    session.flush()
    values = {"logo_id": logo.id, "width": logo.width, "alt": words}
    return set_part(session, actor, "logo", values, version=version)

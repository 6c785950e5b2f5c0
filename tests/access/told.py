"""What leaves the house: webhooks, frames and pictures for other people's pages; and what admins set."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.laid_aside import LaidAside
from app.core.policy import Actor
from app.domain.imports.addresses import add_old_address, remove_old_address
from app.domain.site.models import SiteLogo
from app.domain.webhooks.models import WebhookDelivery
from app.domain.webhooks.schemas import WebhookInput
from app.domain.webhooks.service import add_webhook, end_webhook, send_test
from tests.people import People

Place = dict[str, object]
Fields = dict[str, str]
Things = tuple[dict[str, Place], dict[str, Fields]]


def tell_elsewhere(
    session: Session, people: People, columns: dict[str, Actor], known: dict[str, Place]
) -> Things:
    """Webhooks of Soft and of its rival; wishes, meetings and slides as others may show them."""
    soft, rival = (_make_webhook(session, columns[letter]) for letter in ("a", "b"))
    ended = _make_webhook(session, columns["a"])
    end_webhook(session, columns["a"], int(str(ended["webhook_id"])))
    logo = SiteLogo(width=90, small=b"png", large=b"png", made_at=now())
    session.add(logo)
    session.flush()
    things: dict[str, Place] = {
        "webhook": soft,
        "webhook, delivery of another": soft | {"delivery_id": rival["delivery_id"]},
        "ended webhook": ended,
        "logo": {"logo_id": logo.id},
        "part of the site": {},
        "texts of the site": {"key": "forside"},
        "words of the site": {"key": "bidrag"},
        "mail of the site": {"name": "account_enabled"},
        "section": {"section": "oensker"},
        "thing laid aside": {},
    }
    for name in ("wish", "staff wish"):
        things[f"{name}, elsewhere"] = {"section": "oensker", "key": known[name]["reference"]}
    for name in ("coming meeting", "draft meeting"):
        things[f"{name}, told elsewhere"] = {"section": "moeder", "key": known[name]["key"]}
    asked = {
        f"{name}, asked for": f"/{one['section']}/{one['key']}"
        for name, one in things.items()
        if "section" in one and "key" in one
    }
    asked |= {
        f"{name}, asked for": f"/oplaeg/{known[name]['deck_id']}/side/1"
        for name in ("public deck", "participants deck", "staff deck")
    }
    things |= {name: {} for name in asked}
    fields = {name: {"url": f"http://testserver{path}"} for name, path in asked.items()}
    fields["part of the site"] = {"part": "names", "number": "0", "version": "99"}
    fields["thing laid aside"] = _lay_aside(session, people)
    return things, fields


def _lay_aside(session: Session, people: People) -> Fields:
    add_old_address(session, people.staff, "/fjernet", "/om")
    remove_old_address(session, people.staff, "/fjernet")
    laid = session.scalars(
        select(LaidAside.id).where(LaidAside.kind == "old_address").order_by(LaidAside.id)
    ).one()
    return {"kind": "old_address", "id": str(laid), "is_laid": "1"}


def _make_webhook(session: Session, admin: Actor) -> Place:
    given = WebhookInput(name="Til os", address="https://modtager.dk/ind", happenings=["answer.published"])
    webhook, _secret = add_webhook(session, admin, given)
    send_test(session, admin, webhook.id)
    delivery = session.scalars(
        select(WebhookDelivery.id)
        .where(WebhookDelivery.webhook_id == webhook.id)
        .order_by(WebhookDelivery.id)
    ).one()
    return {"webhook_id": webhook.id, "delivery_id": delivery}

"""Browsers and devices of people with passkeys, on the whole site."""

from typing import Any

from sqlalchemy import func, select

from app.core.mail import Mail
from app.core.policy import Actor
from app.identity.models import Passkey
from app.identity.sessions import open_session
from tests.authenticator import Authenticator
from tests.site import Browser, Site

ORIGIN = "http://localhost"  # an address for which browsers make passkeys


def open_browser(site: Site, actor: Actor | None = None, method: Any = "code") -> Browser:
    """A browser of its own, signed in as somebody in this way."""
    browser = site.new_browser()
    browser.client.base_url = ORIGIN
    if actor is not None:
        with site.unit() as session:
            secret = open_session(session, actor.user_id or 0, method)
        browser.client.cookies.set(site.app.state.cookie.name, secret)
    return browser


def send(browser: Browser, path: str, answer: str, **fields: str) -> Any:
    return browser.post(path, {"credential": answer} | fields)


def add(browser: Browser, device: Authenticator, **fields: str) -> Any:
    asked = browser.post("/mit/adgangsnoegler/begynd")
    assert asked.status_code == 200, asked.text
    return send(browser, "/mit/adgangsnoegler", device.make(asked.text), **fields)


def sign_in(browser: Browser, device: Authenticator, **fields: str) -> Any:
    asked = browser.post("/log-ind/adgangsnoegle/begynd")
    return send(browser, "/log-ind/adgangsnoegle", device.show(asked.text), **fields)


def prove(browser: Browser, device: Authenticator, **fields: str) -> Any:
    asked = browser.post("/log-ind/ekstra/begynd")
    return send(browser, "/log-ind/ekstra", device.show(asked.text), **fields)


def enroll(site: Site, actor: Actor) -> Authenticator:
    """A device with a passkey of this user, who is still signed in nowhere else."""
    device = Authenticator(ORIGIN)
    assert add(open_browser(site, actor), device).status_code == 303
    return device


def mails(site: Site) -> list[tuple[str, str]]:
    with site.unit() as session:
        rows = session.execute(select(Mail.recipient, Mail.subject).order_by(Mail.id))
        return [(row.recipient, row.subject) for row in rows]


def count(site: Site, model: Any) -> int:
    with site.unit() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def only_id(site: Site) -> int:
    with site.unit() as session:
        return session.scalars(select(Passkey.id)).one()

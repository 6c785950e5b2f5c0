"""What somebody sends so slowly that meanwhile they may no longer send it."""

import asyncio
from collections.abc import Callable
from threading import Thread
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from app.domain.contributions.models import Contribution
from tests.site import Site


def send_slowly(
    site: Site, who: str, path: str, body: bytes, meanwhile: Callable[[], None]
) -> dict[str, Any]:
    """The first of what is answered, where something happens between the first bytes and the rest."""
    browser = site.browser(who)
    cookies = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
    headers = {
        "host": "testserver",
        "cookie": cookies,
        "sec-fetch-site": "same-origin",
        "content-type": "application/x-www-form-urlencoded",
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("testclient", 1),
        "server": ("testserver", 80),
        "state": {},
    }
    parts = [body[:5], body[5:]]
    answered: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not parts:
            await asyncio.sleep(3600)
        if len(parts) == 1:
            await asyncio.to_thread(meanwhile)
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: dict[str, Any]) -> None:
        answered.append(message)

    async def talk() -> None:
        await asyncio.wait_for(site.app(scope, receive, send), 30)  # type: ignore[arg-type]

    # In a thread of its own: a loop may stand in this one.
    talking = Thread(target=asyncio.run, args=(talk(),))
    talking.start()
    talking.join()
    return answered[0]


@pytest.mark.parametrize(
    ("ended", "status", "leads_to"),
    [
        ("update sign_in_session set ended_at = now() where user_id = :user", 303, "/log-ind"),
        ("update user_account set disabled_at = now() where id = :user", 303, "/log-ind"),
        ("update user_account set name = name where id = :user", 303, "/oensker/OE-0001/kvittering"),
    ],
)
def test_who_is_signed_out_while_they_send_has_sent_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch, ended: str, status: int, leads_to: str
) -> None:
    monkeypatch.setattr("app.http.forms.USUAL_BODY", 0.0)

    def end() -> None:
        with site.unit() as session:
            session.execute(text(ended), {"user": site.people.vendor.user_id})

    body = urlencode(
        {"key": str(uuid4()), "title": "Et langsomt ønske", "body": "Med to byte om året."}
    ).encode()
    answer = send_slowly(site, "vendor", "/oensker/nyt", body, end)
    location = dict(answer["headers"])[b"location"].decode()
    assert (answer["status"], location.partition("?")[0]) == (status, leads_to)
    with site.unit() as session:
        sent = session.scalar(select(func.count()).select_from(Contribution))
    assert sent == (1 if leads_to.startswith("/oensker") else 0)

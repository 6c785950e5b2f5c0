"""A visit: one request, one person, one transaction, committed before the answer leaves."""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from anyio import CancelScope, CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app.core import i18n
from app.core.database import Database
from app.core.policy import STRANGER, Actor, is_person
from app.core.storage import Storage
from app.http.forms import Form, blank
from app.http.gates import SAFE_METHODS
from app.http.live import Hub
from app.http.once import keep_answer, take_key
from app.http.pages import Frame, Page, Renderer, Site, as_chosen, prefixed
from app.http.queued import is_by, is_script, refused_response, taken_response
from app.http.sentences import sentence
from app.http.turnstile import Place, Turnstile

Identify = Callable[[Session, Request], Actor]


@dataclass(frozen=True, slots=True)
class Kit:
    """What the entry point hands to every request, at `app.state.kit`. `standard`: the site by the settings.
    `find_moved`: where the path of an address that is no longer ours leads."""

    database: Database
    storage: Storage
    standard: Site
    renderer: Renderer
    identify: Identify
    hub: Hub
    turnstile: Turnstile
    find_moved: Callable[[Session, str], str | None] | None = None

    @property
    def site(self) -> Site:
        """The site by the names that admins have given it, else by the settings."""
        return as_chosen(self.standard)


class SignInFirst(Exception):
    """A stranger at a door that asks who is coming."""


class Forbidden(Exception):
    """Somebody known at a door that is not theirs."""


class ProveFirst(Exception):
    """Somebody who must first show again who they are, on the page at `path`, which leads back here."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class StaleForm(Exception):
    """A form sent without its key."""


@dataclass
class Visit:
    """The request with its session, its actor and its language."""

    request: Request
    session: Session
    actor: Actor
    language: str
    kit: Kit
    is_refused: bool = False
    holds_key: bool = False

    def blank(self, **values: object) -> Form:
        return blank(self.language, **values)

    def page(self, page: Page, status: int = 200) -> Response:
        """The page as an answer. With a status of 400 or more nothing of this visit is kept."""
        if status >= 400:
            self.is_refused = True
            if is_script(self.request):
                return refused_response(getattr(page, "form", None), status, self.say("queue_no_answer"))
        return page_response(self.request, page, status)

    def go(self, path: str, notice: str | None = None) -> Response:
        """On to another page, after a write or a changed address."""
        path, mark, place = path.partition("#")
        address = prefixed(self.language, path)
        if notice:
            address += ("&" if "?" in address else "?") + f"kvittering={notice}"
        return RedirectResponse(address + mark + place, status_code=303)

    def done_before(self, form: Form) -> Response | None:
        """The answer to the first sending of this form, or None when this is the first."""
        if form.uuid is None or not form.has("key"):
            raise StaleForm
        location = take_key(self.session, self.actor.user_id or 0, form.uuid)
        if location is None:
            self.holds_key = True
            return None
        if is_script(self.request):
            return taken_response(path=location)
        return RedirectResponse(location, status_code=303)

    def done(self, form: Form, path: str, notice: str | None = None) -> Response:
        """On to the page that shows what the form did; a second sending is sent there too."""
        response = self.go(path, notice)
        assert form.uuid is not None
        keep_answer(self.session, self.actor.user_id or 0, form.uuid, response.headers["location"])
        return response

    def taken(self, form: Form, path: str, notice: str | None = None, **facts: Any) -> Response:
        """As `done`; a script of ours is told that it is taken, with `facts` of plain JSON (http/queued.py).

        `next` among them are the hidden fields of the next thing, as {"client_id": …, …}, or a list of such.
        A door that knows by the client's own id what it has taken before need not ask `done_before`.
        """
        response = self.done(form, path, notice) if self.holds_key else self.go(path, notice)
        if is_script(self.request):
            return taken_response(path=response.headers["location"], **facts)
        return response

    def done_here(self, form: Form, page: Page, path: str, notice: str | None = None) -> Response:
        """The page as the answer, for what is shown once: a second sending is sent to `path`."""
        self.done(form, path, notice)
        return self.page(page)

    def say(self, code: str, **values: object) -> str:
        return sentence(self.language, code, **values)


async def _open_visit(request: Request) -> AsyncIterator[Visit]:
    kit: Kit = request.app.state.kit
    session = kit.database.session()
    # Held for as long as the session may hold a connection, but not while a body is read (http/forms.py).
    request.state.place = place = Place(kit.turnstile)
    await place.take()
    try:

        def begin() -> Actor:
            actor = kit.identify(session, request)
            if request.method not in SAFE_METHODS:
                # A large file on a slow line may take minutes to come; no connection is held for that long.
                session.commit()
            return actor

        request.state.actor = actor = await run_sync(begin)
        if not is_by(request, actor):
            raise SignInFirst
        visit = Visit(request, session, actor, language_of(request), kit)
        request.state.ask_again = partial(_ask_again, visit)
        yield visit
        if not visit.is_refused:
            await run_sync(session.commit)
    finally:
        with CancelScope(shield=True):
            # In a thread of its own, as the others may all be taken by those that wait for a connection.
            await run_sync(session.close, limiter=CapacityLimiter(1))
            place.give_up()


async def _ask_again(visit: Visit) -> None:
    """Who comes, asked anew after a body that took its time: what somebody no longer may is not done."""

    def identify() -> Actor:
        with visit.kit.database.session() as session:
            return visit.kit.identify(session, visit.request)

    was_signed_in = visit.actor.is_signed_in
    visit.actor = visit.request.state.actor = await run_sync(identify)
    if was_signed_in and not visit.actor.is_signed_in:
        raise SignInFirst


# scope="function": the commit comes before the answer leaves, so a failed one is not answered with 200.
AVisit = Annotated[Visit, Depends(_open_visit, scope="function")]


def language_of(request: Request) -> str:
    return getattr(request.state, "language", i18n.DEFAULT)


def only(rule: Callable[[Actor], bool]) -> Any:
    """A door that asks who is coming, before the body is read: strangers sign in, others are refused."""

    async def check(visit: AVisit) -> None:
        if visit.actor.only_reads and rule is not is_person and visit.request.method not in SAFE_METHODS:
            # Whatever the rule says: an auditor looks after the own account and changes nothing else.
            raise Forbidden
        if rule(visit.actor):
            return
        if not visit.actor.is_signed_in:
            raise SignInFirst
        raise Forbidden

    check.__name__ = f"only_{rule.__name__}"
    return Depends(check, scope="function")


async def _anyone() -> None:
    """Marks a route as open to strangers, on purpose."""


anyone = Depends(_anyone)


def frame_of(request: Request) -> Frame:
    """What stands around the page: works also when the database is away."""
    site = request.app.state.kit.site
    actor: Actor = getattr(request.state, "actor", STRANGER)
    language = language_of(request)
    query = request.url.query
    path = request.scope["path"] + (f"?{query}" if query else "")
    notice = request.query_params.get("kvittering")
    return Frame(
        language=language,
        path=path,
        signed_in=actor.is_signed_in,
        person_name=actor.name,
        organisation_name=actor.organisation_name,
        is_staff=actor.is_staff,
        is_vendor=actor.is_vendor,
        is_municipality=actor.is_municipality,
        demo=site.demo,
        site_name=site.site_name,
        base_url=site.base_url,
        contact_name=site.contact_name,
        contact_mail=site.contact_mail,
        contact_phone=site.contact_phone,
        data_responsible=site.data_responsible,
        needs_proof=actor.needs_proof,
        is_in_room=bool(actor.seats),
        notice=sentence(language, f"notice_{notice}") if notice and notice.isidentifier() else None,
        next_path=path,
    )


def page_response(request: Request, page: Page, status: int = 200) -> Response:
    """The rendered page, with an ETag for strangers and never kept by caches for others."""
    kit: Kit = request.app.state.kit
    frame = frame_of(request)
    body = kit.renderer.render(page, frame).encode()
    if frame.signed_in or frame.is_in_room or status != 200:
        return HTMLResponse(body, status, headers={"Cache-Control": "no-store", "Vary": "Cookie"})
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Cookie"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return HTMLResponse(body, status, headers=headers)

"""The web process: reads the settings, puts the floors together, and serves."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import fields
from functools import cache, partial
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from app import reactions
from app.api import routers as api_routers
from app.api import takes_files as api_takes_files
from app.api.asking import identify_by_key
from app.core.backups import wait_for_copies
from app.core.database import Database
from app.core.health import list_figures, readiness
from app.core.jobs import BackgroundWorker, Tools
from app.core.mail import FolderTransport, SmtpTransport, Transport
from app.core.metrics import RequestCounts
from app.core.policy import Actor
from app.core.storage import Storage, open_bucket, open_folder
from app.domain.imports.addresses import find_moved
from app.domain.site.taking_up import Watch
from app.domain.webhooks.sending import Outbound, send_as
from app.http.bearer import KeyGate
from app.http.errors import add_error_pages, error_response
from app.http.finding import RouteIndex
from app.http.gates import BodyGate, HeadGate, LanguageGate, OriginGate, RequestGate, TextGate
from app.http.live import BlockGate, Hub
from app.http.measuring import MeasureGate, answer_metrics
from app.http.page_cache import PageCache, PageShelf
from app.http.pages import STATIC, Renderer, Site, static_address
from app.http.problems import is_api, problem_response
from app.http.turnstile import Turnstile
from app.http.visit import Kit, anyone
from app.identity.seats import seat_cookie_name, with_seats
from app.identity.sessions import Cookie, find_actor
from app.identity.talking import Partner
from app.notices.letters import write_letter
from app.notices.post import Post
from app.privacy.periods import Periods, put_in_force
from app.settings import Settings
from app.tables import load_all_jobs
from app.web import routers, takes_files
from app.web.labels import label, label_choices
from app.web.sharing import share_of
from app.web.site_texts import site_logo, site_text, site_text_language

log = logging.getLogger(__name__)

SMALL_BODY = 2_000_000


class CachedStatic(StaticFiles):
    """Our files: kept for a year where the address carries the file's own mark; drawings tell their letters.

    While a new version is rolled out, its pages may ask the old one for a file: that one is not kept for a
    year under the new one's address.
    """

    async def get_response(self, path: str, scope) -> Response:  # type: ignore[no-untyped-def]
        response = await super().get_response(path, scope)
        if response.headers.get("content-type") == "image/svg+xml":
            response.headers["Content-Type"] = "image/svg+xml; charset=utf-8"
        marked = static_address(path).encode().partition(b"?")[2] == scope["query_string"] != b""
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if marked else "no-cache"
        return response


def make_storage(settings: Settings) -> Storage:
    """A folder below the data folder, or the S3-compatible store that the settings name."""
    if settings.storage_url is None:
        return open_folder(settings.data / "files")
    secret = settings.storage_secret_key
    return open_bucket(
        settings.storage_url,
        endpoint=settings.storage_endpoint,
        access_key=settings.storage_access_key,
        secret_key=secret.get_secret_value() if secret else None,
        region=settings.storage_region,
    )


def make_transport(settings: Settings) -> Transport:
    """A mail server, or in the demo a folder where mails can be read."""
    if settings.smtp_host is None:
        return FolderTransport(settings.data / "mail")
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    return SmtpTransport(
        settings.smtp_host,
        settings.smtp_port,
        settings.mail_from,
        settings.smtp_username,
        password,
        settings.smtp_tls,
    )


def make_site(settings: Settings) -> Site:
    return Site(
        site_name=settings.site_name,
        base_url=settings.base_url,
        contact_name=settings.contact_name,
        contact_mail=settings.contact_mail,
        contact_phone=settings.contact_phone,
        data_responsible=settings.data_responsible,
        demo=settings.is_demo,
        answer_within_days=settings.answer_within_days,
        upload_limit=settings.upload_limit,
        accessibility_statement_url=settings.accessibility_statement_url,
        accessibility_made_on=settings.accessibility_made_on,
        accessibility_reviewed_on=settings.accessibility_reviewed_on,
    )


def make_periods(settings: Settings) -> Periods:
    """How long each kind of data is kept: the settings of the same names after `keep_`."""
    return Periods(**{field.name: getattr(settings, f"keep_{field.name}") for field in fields(Periods)})


def make_outbound(settings: Settings) -> Outbound:
    """Where this site stands, for what it sends to the webhooks of others."""
    exceptions = (pair.rpartition(":") for pair in settings.webhook_exceptions)
    return Outbound(
        base_url=settings.base_url,
        own_host=urlsplit(settings.base_url).hostname or "",
        exceptions=frozenset((host, int(port)) for host, _, port in exceptions),
        hosts=frozenset(settings.webhook_hosts),
    )


def make_partners(settings: Settings) -> dict[str, Partner]:
    """The identity providers by their key, in the order of the settings."""
    return {
        one.key: Partner(one.provider(), f"{settings.base_url}/log-ind/hos/{one.key}/retur")
        for one in settings.oidc_providers
    }


# What every template may ask.
ASKED_BY_TEMPLATES: dict[str, Callable[..., Any]] = {
    "label": label,
    "label_choices": label_choices,
    "share_of": share_of,
    "site_logo": site_logo,
    "site_text": site_text,
    "site_text_language": site_text_language,
}


@cache
def make_renderer() -> Renderer:
    return Renderer(ASKED_BY_TEMPLATES)


@cache
def index_routes() -> RouteIndex:
    """All doors. The routes themselves: including the routers would build each of them anew for every app."""
    return RouteIndex(route for router in (*routers(), *api_routers()) for route in router.routes)


def make_tools(settings: Settings, database: Database) -> Tools:
    storage = make_storage(settings).held_by(lambda: wait_for_copies(database))
    return Tools(database, storage, make_transport(settings))


def connect_rooms(settings: Settings) -> None:
    """Load every room and join events to reactions: what a process without pages needs."""
    load_all_jobs()
    put_in_force(make_periods(settings))
    send_as(make_outbound(settings))
    reactions.connect(make_renderer(), make_site(settings))


def create_app(settings: Settings, tools: Tools, run_worker: bool = False) -> FastAPI:
    """The whole site on the given database, storage and mail."""
    load_all_jobs()
    put_in_force(make_periods(settings))
    send_as(make_outbound(settings))
    site = make_site(settings)
    renderer = make_renderer()
    reactions.connect(renderer, site)
    cookie = Cookie(settings.base_url.startswith("https://"))
    seat_cookie = seat_cookie_name(cookie)

    def identify(session: Session, request: Request) -> Actor:
        if is_api(request.scope["path"]):
            return identify_by_key(session, request)
        actor = find_actor(session, request.cookies.get(cookie.name))
        return with_seats(session, actor, request.cookies.get(seat_cookie))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        worker = BackgroundWorker(tools) if run_worker else None
        if worker:
            worker.start()
        hub.start()
        watch = Watch(tools.database)
        watch.start()
        yield
        watch.stop()
        hub.stop()
        if worker:
            worker.stop()
        tools.database.close()

    app = FastAPI(
        title=settings.site_name,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        # Ours keep the language and lead to no other name (http/errors.py).
        redirect_slashes=False,
    )
    turnstile = Turnstile(tools.database.pool_size)
    hub = Hub(tools.database, turnstile)
    app.state.kit = Kit(tools.database, tools.storage, site, renderer, identify, hub, turnstile, find_moved)
    app.state.settings = settings
    app.state.cookie = cookie
    app.state.partners = make_partners(settings)
    app.state.page_shelf = PageShelf(settings.page_cache)
    # The outbox shows a letter as it will be read; what writes letters stands beside the pages, not below.
    app.state.write_letter = lambda session, letter_id: write_letter(Post(session, renderer, site), letter_id)
    add_error_pages(app)
    app.router.routes.append(index_routes())
    app.mount("/static", CachedStatic(directory=STATIC, check_dir=False), name="static")

    @app.get("/healthz", dependencies=[anyone])
    def healthz() -> Response:
        alive = tools.database.is_alive()
        headers = {"Cache-Control": "no-store"} | ({} if alive else {"Retry-After": "5"})
        return JSONResponse({"database": alive}, 200 if alive else 503, headers=headers)

    @app.get("/readyz", dependencies=[anyone])
    def readyz() -> Response:
        found = readiness(tools.database, tools.storage)
        is_ready = all(found.values())
        headers = {"Cache-Control": "no-store"} | ({} if is_ready else {"Retry-After": "5"})
        return JSONResponse(found, 200 if is_ready else 503, headers=headers)

    counts = app.state.request_counts = RequestCounts()
    if settings.metrics_key is not None:
        key = settings.metrics_key.get_secret_value()

        @app.get("/metrics", dependencies=[anyone])
        def metrics(request: Request) -> Response:
            read = partial(list_figures, tools.database, hub.count_streams(), counts.process)
            return answer_metrics(request, key, counts, read)

    def limit_of(path: str) -> int:
        # Half as much again, so that a file somewhat too large gets its sentence in the form it came with.
        is_for_files = takes_files(path) or api_takes_files(path)
        return settings.upload_limit * 3 // 2 if is_for_files else SMALL_BODY

    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    # Added last runs first: request id and headers, then text, language, origin, size.
    app.add_middleware(BodyGate, limit_of=limit_of, refuse=lambda request: error_response(request, 413))
    app.add_middleware(KeyGate, refuse=lambda request: problem_response(request, "key-in-address"))
    app.add_middleware(OriginGate)
    app.add_middleware(PageCache, database=tools.database, shelf=app.state.page_shelf)
    app.add_middleware(BlockGate, hub=hub)
    app.add_middleware(LanguageGate)
    app.add_middleware(TextGate)
    app.add_middleware(HeadGate)
    app.add_middleware(RequestGate, is_https=cookie.is_https)
    app.add_middleware(MeasureGate, counts=counts)
    return app

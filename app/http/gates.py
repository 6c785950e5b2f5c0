"""What every request passes on its way in and out, as plain ASGI: request id, headers, language, origin."""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from urllib.parse import unquote_to_bytes, urlsplit
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import i18n
from app.core.audit import current_client, current_request_id
from app.http.bearer import mask_keys
from app.http.limits import Left
from app.http.problems import is_api

access = logging.getLogger("app.access")

FRAME_ANCESTORS_NONE = "frame-ancestors 'none'"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    f"connect-src 'self'; form-action 'self'; base-uri 'none'; {FRAME_ANCESTORS_NONE}; manifest-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # same-origin rather than no-referrer: under no-referrer browsers send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), "
    "publickey-credentials-create=(self), publickey-credentials-get=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class RequestGate:
    """Names the request, adds the security headers, and writes one access line without query or address."""

    def __init__(self, app: ASGIApp, is_https: bool) -> None:
        self.app = app
        headers = dict(HEADERS)
        if is_https:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = uuid4().hex
        token = current_request_id.set(request_id)
        client = current_client.set(scope["client"][0] if scope.get("client") else "")
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message["headers"])
                said = {name for name, _ in headers}
                if _may_be_framed(headers):
                    # The older header knows no "anywhere"; where it is left out the policy holds alone.
                    said.add(b"x-frame-options")
                headers.extend(header for header in self.headers if header[0] not in said)
                headers.append((b"x-request-id", request_id.encode()))
                headers.extend(_limit_headers(scope.get("state", {}).get("left")))
                message["headers"] = headers
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            current_request_id.reset(token)
            current_client.reset(client)
            access.info(
                "%s %s %s %.0f ms %s",
                scope["method"],
                mask_keys(scope["path"]).encode("unicode_escape").decode(),
                status,
                (time.perf_counter() - started) * 1000,
                request_id,
                extra={"request_id": request_id, "status": status},
            )


def _may_be_framed(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether the answer itself lets other sites show it in a frame; nothing does but what is made for it."""
    own = next((value for name, value in headers if name == b"content-security-policy"), b"")
    return b"frame-ancestors *" in own


def _limit_headers(left: Left | None) -> list[tuple[bytes, bytes]]:
    """What a program has left, as the IETF's draft on RateLimit header fields writes it."""
    if left is None:
        return []
    window = int(left.window.total_seconds())
    return [
        (b"ratelimit-policy", f'"requests";q={left.most};w={window}'.encode()),
        (b"ratelimit", f'"requests";r={left.uses};t={left.seconds}'.encode()),
    ]


def _is_readable(part: bytes) -> bool:
    raw = unquote_to_bytes(part.replace(b"+", b" "))
    if b"\x00" in raw:
        return False
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class HeadGate:
    """Answers HEAD with the head of what GET would answer, its length and mark too, and no body.

    Our files know HEAD by themselves. A stream is ended as soon as it has begun.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"].startswith("/static/"):
            await self.app(scope, receive, send)
            return
        inner = {**scope, "method": "GET"}
        has_begun = asyncio.Event()

        async def receive_until_begun() -> Message:
            if not has_begun.is_set():
                waiting = [asyncio.ensure_future(one) for one in (receive(), has_begun.wait())]
                done, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in left:
                    task.cancel()
                if waiting[0] in done:
                    return await waiting[0]
            return {"type": "http.disconnect"}

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                scope["route"] = inner.get("route")
                await send(message)
                await send({"type": "http.response.body", "body": b""})
                has_begun.set()

        await self.app(inner, receive_until_begun, send_head)


class TextGate:
    """Refuses addresses that hold NUL or bytes that are not UTF-8, before anything reads them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogateescape")
            if not (_is_readable(path) and _is_readable(scope["query_string"])):
                scope.setdefault("state", {})["for_programs"] = is_api(scope["path"])
                scope["path"], scope["query_string"] = "/400", b""
                scope["raw_path"] = b"/400"
        await self.app(scope, receive, send)


class LanguageGate:
    """Takes /en and /sv off the address and notes the language; Danish has no prefix and needs no cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            language, path = split_language(scope["path"])
            if is_api(path) and path == scope["path"]:
                language = preferred_language(Headers(scope=scope).get("accept-language", ""))
            scope.setdefault("state", {})["language"] = language
            if path != scope["path"]:
                scope["path"] = path
                scope["raw_path"] = path.encode()
        await self.app(scope, receive, send)


def preferred_language(accepted: str) -> str:
    """The one of our languages that is asked for most by Accept-Language; Danish where none is."""
    wanted: list[tuple[float, str]] = []
    for part in accepted.split(",")[:20]:
        name, _, weight = part.strip().partition(";")
        code = name.strip().lower().partition("-")[0]
        found = _WEIGHT.fullmatch(weight.strip())
        share = float(found[1]) if found else (0.0 if weight.strip() else 1.0)
        if code in i18n.LANGUAGES and share > 0:
            wanted.append((-share, code))
    # Of two that are wanted alike the first; a sort keeps their order.
    return min(wanted, key=lambda one: one[0], default=(0.0, i18n.DEFAULT))[1]


_WEIGHT = re.compile(r"q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")


def split_language(path: str) -> tuple[str, str]:
    """('en', '/moeder') from '/en/moeder'; ('da', path) where there is no prefix."""
    first, _, rest = path.removeprefix("/").partition("/")
    if first in i18n.LANGUAGES and first != i18n.DEFAULT:
        return first, "/" + rest
    return i18n.DEFAULT, path


class OriginGate:
    """Refuses writes that another site asked this browser to make (CSRF).

    Every current browser sends Sec-Fetch-Site; older ones send Origin. A sender with neither is let
    through only without a cookie, since then there is nobody's session to misuse. Addresses for programs
    take no cookie at all, and a browser adds no key by itself.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_write = scope["type"] == "http" and scope["method"] not in SAFE_METHODS
        if is_write and not is_api(scope["path"]) and not is_own_request(Headers(scope=scope)):
            response = PlainTextResponse(
                "Forespørgslen kom fra en anden side og blev afvist. / Refused: cross-site request.",
                status_code=403,
            )
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)


def is_own_request(headers: Headers) -> bool:
    """Whether a write comes from one of our own pages, or from a tool that carries no cookie."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is not None:
        try:
            return urlsplit(origin).netloc == headers.get("host", "")
        except ValueError:
            return False
    return "cookie" not in headers


_LONGEST_LENGTH = 18  # digits


class BodyGate:
    """Refuses a body that is larger than its address takes: by what is announced, and by what really comes.

    FastAPI's own limit answers an announced size with bare text, without our headers, whatever page we make.
    """

    def __init__(
        self, app: ASGIApp, limit_of: Callable[[str], int], refuse: Callable[[Request], Response]
    ) -> None:
        self.app = app
        self.limit_of = limit_of
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.limit_of(scope["path"])
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and (len(announced) > _LONGEST_LENGTH or int(announced) > limit):
            await self.refuse(Request(scope))(scope, receive, send)
            return
        taken = 0

        async def receive_some() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413)
            return message

        await self.app(scope, receive_some, send)

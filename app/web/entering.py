"""Signing a browser in: its cookies, its session, and where to go then."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

from fastapi.responses import Response

from app.core.audit import record
from app.core.policy import Actor
from app.domain.users.models import User
from app.http.visit import ProveFirst, Visit
from app.identity.proof import is_fresh, speaks_for_organiser
from app.identity.sessions import ABSOLUTE, STRONG_METHODS, Cookie, Method, open_session

PROOF = "/log-ind/ekstra"


def own_path(target: str) -> str:
    """The target when it is a path of this site, else the front page."""
    # Browsers leave tabs and line breaks out of an address before they read it.
    if not target.startswith("/") or target.startswith("//") or any(c < " " or c == "\\" for c in target):
        return "/"
    return target


def with_target(path: str, target: str) -> str:
    """A page on the way, which leads on to the target."""
    return f"{path}?videre={quote(own_path(target), safe='/')}"


def cookie_name(visit: Visit, word: str) -> str:
    """The name of one of our short-lived cookies; as the session's, with __Host- on https."""
    cookie: Cookie = visit.request.app.state.cookie
    return f"{cookie.name}-{word}"


def set_cookie(visit: Visit, response: Response, name: str, value: str, lifetime: timedelta) -> None:
    cookie: Cookie = visit.request.app.state.cookie
    seconds = int(lifetime.total_seconds())
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=cookie.is_https, httponly=True, samesite="lax"
    )


def drop_cookie(visit: Visit, response: Response, name: str) -> None:
    cookie: Cookie = visit.request.app.state.cookie
    response.delete_cookie(name, path="/", secure=cookie.is_https, httponly=True, samesite="lax")


def forget_cookie(visit: Visit, response: Response) -> Response:
    """Have the browser forget its session, which has ended."""
    drop_cookie(visit, response, visit.request.app.state.cookie.name)
    return response


def enter(
    visit: Visit,
    user: User,
    target: str,
    method: Method = "code",
    opened: Callable[[str], None] | None = None,
) -> Response:
    """Sign the browser in, and send it on: to the target, or first to what is missing.

    `opened` is told the new session's secret.
    """
    record(
        visit.session,
        Actor(user_id=user.id, name=user.name),
        "sign_in",
        "user",
        user.id,
        after={"method": method},
    )
    response = visit.go(*_way_in(visit, user, target, method))
    return begin_session(visit, user.id, response, method, opened)


def begin_session(
    visit: Visit,
    user_id: int,
    response: Response,
    method: Method,
    opened: Callable[[str], None] | None = None,
) -> Response:
    """Give the browser a new session with a new secret; the one that it came with ends."""
    device = visit.request.headers.get("user-agent", "")
    secret = open_session(visit.session, user_id, method, device, visit.actor.session_id)
    if opened is not None:
        opened(secret)
    set_cookie(visit, response, visit.request.app.state.cookie.name, secret, ABSOLUTE)
    return response


def _way_in(visit: Visit, user: User, target: str, method: Method) -> tuple[str, str | None]:
    if not user.name:
        return "/velkommen" if own_path(target) == "/" else with_target("/velkommen", target), None
    if method not in STRONG_METHODS and speaks_for_organiser(visit.session, user.id):
        return with_target(PROOF, target), None
    return own_path(target), "signed_in"


def client_of(visit: Visit) -> str:
    """The address that the request came from; empty where it is not known."""
    return visit.request.client.host if visit.request.client else ""


def require_fresh(visit: Visit, back: str) -> None:
    """Go on only right after a passkey or the like was shown; else show it first, and come back to `back`.

    Raises ProveFirst.
    """
    if not is_fresh(visit.session, visit.actor):
        raise ProveFirst(with_target(PROOF, back))

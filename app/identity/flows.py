"""A sign-in under way at a provider: bound to the browser that began it, good for one return."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.identity.codes import hash_secret
from app.identity.provider_models import SignInFlow
from app.identity.providers import Denied

LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Opening:
    """What goes to the provider. Made from the browser's secret, so that the table alone tells nothing."""

    state: str
    nonce: str
    verifier: str


def new_browser_secret() -> str:
    """For the cookie that binds a sign-in to its browser."""
    return secrets.token_urlsafe(32)


def _opening(browser: str, state: str) -> Opening:
    def derive(purpose: str) -> str:
        return hmac.new(browser.encode(), f"{purpose}:{state}".encode(), hashlib.sha256).hexdigest()

    return Opening(state, derive("nonce"), derive("verifier"))


def begin_flow(
    session: Session, provider: str, browser: str, target: str, language: str, user_id: int | None = None
) -> Opening:
    """A new sign-in for this browser. With `user_id`, that user connects the provider to their account."""
    state = secrets.token_urlsafe(32)
    moment = now()
    session.add(
        SignInFlow(
            state_hash=hash_secret(state),
            browser_hash=hash_secret(browser),
            provider=provider,
            target=target,
            language=language,
            user_id=user_id,
            created_at=moment,
            expires_at=moment + LIFETIME,
        )
    )
    return _opening(browser, state)


def take_flow(session: Session, provider: str, browser: str | None, state: str) -> tuple[SignInFlow, Opening]:
    """The sign-in that this answer belongs to, used up by it. Raises Denied. The caller must commit.

    The browser is looked at first: in another one than began it, a link uses nothing up.
    """
    flow = session.scalars(
        select(SignInFlow).where(SignInFlow.state_hash == hash_secret(state)).with_for_update()
    ).one_or_none()
    if flow is None:
        raise Denied("stale", "an unknown state")
    if not browser or not hmac.compare_digest(flow.browser_hash, hash_secret(browser)):
        raise Denied("stale", "a state of another browser")
    if flow.provider != provider:
        raise Denied("stale", "a state of another provider")
    if flow.used_at is not None:
        raise Denied("stale", "a state that was used before")
    if flow.expires_at <= now():
        raise Denied("stale", "a state that is too old")
    flow.used_at = now()
    return flow, _opening(browser, state)

"""Signing out together with the provider: from here to there, and from there to here."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.identity.accounts import word_of
from app.identity.codes import hash_secret
from app.identity.models import SignInSession
from app.identity.provider_models import Identity, ProviderSession, SpentLogoutToken
from app.identity.providers import Claims, Denied, Provider
from app.identity.stated import LONGEST_ID

_SEAL = {"alg": "dir", "enc": "A256GCM"}
KEPT = timedelta(hours=1)  # longer than any logout token is taken


def keep_provider_session(
    session: Session, secret: str, identity_id: int, claims: Claims, id_token: str
) -> int:
    """Note what the session behind this secret is at the provider; the session's id.

    The ID token, which names the person, can be read with the cookie's secret only.
    """
    session_id = session.scalars(
        select(SignInSession.id).where(SignInSession.secret_hash == hash_secret(secret))
    ).one()
    sid = claims.get("sid")
    session.add(
        ProviderSession(
            session_id=session_id,
            identity_id=identity_id,
            sub=str(claims["sub"])[:LONGEST_ID],
            sid=sid if isinstance(sid, str) and len(sid) <= LONGEST_ID else None,
            sealed_id_token=jwe.encrypt_compact(_SEAL, id_token, _key(secret)),
        )
    )
    return session_id


def find_provider_session(
    session: Session, session_id: int | None, secret: str
) -> tuple[str, str | None] | None:
    """The provider that this session came from, and its ID token; None where it came otherwise."""
    row = session.execute(
        select(Identity.provider, ProviderSession.sealed_id_token)
        .join(ProviderSession, ProviderSession.identity_id == Identity.id)
        .where(ProviderSession.session_id == session_id)
    ).one_or_none()
    return (row.provider, _unseal(row.sealed_id_token, secret)) if row is not None else None


def end_at_provider(session: Session, provider: Provider, claims: Mapping[str, object]) -> int:
    """End the sessions that a logout token names; how many. Raises Denied where it was used before."""
    issuer = str(claims["iss"])
    spent = session.execute(
        insert(SpentLogoutToken)
        .values(issuer=issuer, jti_hash=hash_secret(str(claims["jti"])), expires_at=_end_of(claims))
        .on_conflict_do_nothing()
        .returning(SpentLogoutToken.issuer)
    ).one_or_none()
    if spent is None:
        raise Denied("not_trusted", "a logout token that was used before")
    named = [
        column == claims[name]
        for name, column in (("sid", ProviderSession.sid), ("sub", ProviderSession.sub))
        if isinstance(claims.get(name), str)
    ]
    begun = (
        select(ProviderSession.session_id)
        .join(Identity, Identity.id == ProviderSession.identity_id)
        .where(Identity.issuer == issuer, *named)
    )
    ended = session.scalars(
        update(SignInSession)
        .where(SignInSession.id.in_(begun), SignInSession.ended_at.is_(None))
        .values(ended_at=now())
        .returning(SignInSession.id)
    ).all()
    after = {"which": "provider", "ended": len(ended)}
    record(session, word_of(provider), "end", "session", None, after=after)
    return len(ended)


def _end_of(claims: Mapping[str, object]) -> datetime:
    issued = claims["iat"]
    assert isinstance(issued, int | float)
    return datetime.fromtimestamp(issued, UTC) + KEPT


def _key(secret: str) -> OctKey:
    return OctKey.import_key(hmac.new(secret.encode(), b"id-token", hashlib.sha256).digest())


def _unseal(sealed: str, secret: str) -> str | None:
    try:
        opened = jwe.decrypt_compact(sealed, _key(secret)).plaintext
    except (JoseError, ValueError):
        return None
    return opened.decode() if opened is not None else None

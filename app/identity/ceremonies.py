"""Passkeys (WebAuthn): making one, and showing one.

A ceremony has two halves. The first makes a challenge, kept on the server and bound to a secret in the
browser's cookie; the second takes the challenge away, whatever comes of it, and checks the signature.
"""

import json
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, options_to_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import STRANGER, Actor, Refused, require
from app.domain.users.models import User
from app.identity.codes import hash_secret
from app.identity.events import PasskeyAdded
from app.identity.models import Passkey, PasskeyChallenge
from app.identity.proof import count_passkeys, may_add_passkey, note_failure

log = logging.getLogger(__name__)

CHALLENGE_LIFETIME = timedelta(minutes=5)
MOST_PASSKEYS = 10
Purpose = Literal["add", "sign_in", "prove"]
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Whom a passkey is for: this site, by the host of its public address."""

    host: str
    origin: str
    name: str

    @property
    def is_usable(self) -> bool:
        """Whether browsers make passkeys here: on https or localhost, never for a number."""
        try:
            ip_address(self.host)
        except ValueError:
            return self.origin.startswith("https://") or self.host.split(".")[-1] == "localhost"
        return False


def relying_party(base_url: str, name: str) -> RelyingParty:
    """The site at this public address."""
    parts = urlsplit(base_url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    host = parts.hostname or ""
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    shown = f"[{host}]" if ":" in host else host
    return RelyingParty(host, f"{parts.scheme}://{shown}{port}", name)


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What the browser needs for the second half: options for its own call, and the secret for the cookie."""

    options: str
    secret: str


# --- the first half: what the browser is asked ---


def begin_adding(session: Session, party: RelyingParty, actor: Actor) -> Ceremony:
    """Let the browser make a passkey. Those that the user has are named, so that no device makes two."""
    require(may_add_passkey(session, actor), "prove_first")
    user = session.get_one(User, actor.user_id)
    known = _find_passkeys(session, user.id)
    if len(known) >= MOST_PASSKEYS:
        raise Refused("too_many_passkeys")
    handle = known[0].user_handle if known else secrets.token_bytes(32)
    challenge, secret = _make_challenge(session, "add", user.id, handle)
    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name=party.name,
        user_id=handle,
        user_name=user.email or user.name,
        user_display_name=user.name,
        challenge=challenge,
        timeout=_milliseconds(CHALLENGE_LIFETIME),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_describe(passkey) for passkey in known],
    )
    return Ceremony(options_to_json(options), secret)


def begin_signing_in(session: Session, party: RelyingParty) -> Ceremony:
    """Let the browser sign in with any passkey for this site that its owner picks: alike for everybody."""
    return _begin_asking(session, party, "sign_in", None, [])


def begin_proving(session: Session, party: RelyingParty, actor: Actor) -> Ceremony:
    """Let somebody who is signed in show one of their own passkeys."""
    known = session.scalars(
        select(Passkey).where(Passkey.user_id == actor.user_id).order_by(Passkey.id)
    ).all()
    return _begin_asking(session, party, "prove", actor.user_id, [_describe(passkey) for passkey in known])


def _begin_asking(
    session: Session,
    party: RelyingParty,
    purpose: Purpose,
    user_id: int | None,
    known: list[PublicKeyCredentialDescriptor],
) -> Ceremony:
    challenge, secret = _make_challenge(session, purpose, user_id)
    options = webauthn.generate_authentication_options(
        rp_id=party.host,
        challenge=challenge,
        timeout=_milliseconds(CHALLENGE_LIFETIME),
        allow_credentials=known,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Ceremony(options_to_json(options), secret)


def _make_challenge(
    session: Session, purpose: Purpose, user_id: int | None, user_handle: bytes | None = None
) -> tuple[bytes, str]:
    challenge, secret = secrets.token_bytes(32), secrets.token_urlsafe(32)
    session.add(
        PasskeyChallenge(
            browser_hash=hash_secret(secret),
            challenge=challenge,
            purpose=purpose,
            user_id=user_id,
            user_handle=user_handle,
            expires_at=now() + CHALLENGE_LIFETIME,
        )
    )
    return challenge, secret


def _find_passkeys(session: Session, user_id: int | None) -> Sequence[Passkey]:
    return session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)).all()


def _milliseconds(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)


def _describe(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    transports = [AuthenticatorTransport(name) for name in passkey.transports]
    return PublicKeyCredentialDescriptor(id=passkey.credential_id, transports=transports)


# --- the second half: what it answers ---


def add_passkey(
    session: Session, party: RelyingParty, actor: Actor, secret: str, credential: str, name: str
) -> Passkey:
    """Keep the passkey that the browser made.

    Raises Refused; the caller commits then too, for the challenge.
    """
    session.scalar(select(User.id).where(User.id == actor.user_id).with_for_update())
    require(may_add_passkey(session, actor), "prove_first")
    kept = _take_challenge(session, secret, "add", actor.user_id)
    made = _verify(
        lambda: webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=kept.challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    )
    passkey_id = session.scalar(
        insert(Passkey)
        .values(
            user_id=actor.user_id,
            user_handle=kept.user_handle,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            transports=_read_transports(credential),
            name=name,
            is_synced=made.credential_backed_up,
            created_at=now(),
        )
        .on_conflict_do_nothing()
        .returning(Passkey.id)
    )
    if passkey_id is None:
        raise Refused("passkey_failed")
    after = {"name": name, "is_first": count_passkeys(session, actor.user_id) == 1}
    record(session, actor, "add", "passkey", passkey_id, after=after)
    passkey = session.get_one(Passkey, passkey_id)
    announce(session, PasskeyAdded(passkey.user_id, passkey.name))
    return passkey


def check_passkey(
    session: Session, party: RelyingParty, secret: str, credential: str, actor: Actor | None = None
) -> int:
    """The user whose passkey signed; with `actor`, only one of the actor's own will do.

    Raises Refused, with one code whatever was wrong; the caller commits then too, for the challenge.
    """
    user_id = actor.user_id if actor else None
    kept = _take_challenge(session, secret, "prove" if actor else "sign_in", user_id)
    passkey = _find_passkey(session, credential, handle_needed=actor is None)
    if passkey is None or (user_id is not None and passkey.user_id != user_id):
        raise Refused("passkey_failed")
    try:
        answer = _verify(
            lambda: webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=kept.challenge,
                expected_rp_id=party.host,
                expected_origin=party.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        )
    except Refused:
        note_failure(session, passkey.user_id, "passkey", actor or STRANGER)
        raise
    passkey.sign_count = answer.new_sign_count
    passkey.is_synced = answer.credential_backed_up
    passkey.last_used_at = now()
    return passkey.user_id


def _take_challenge(session: Session, secret: str, purpose: Purpose, user_id: int | None) -> PasskeyChallenge:
    """The challenge of this browser, which nobody can take again. Another browser's stays."""
    kept = session.scalars(
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.browser_hash == hash_secret(secret),
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.user_id.is_not_distinct_from(user_id),
        )
        .returning(PasskeyChallenge)
    ).one_or_none()
    if kept is None or kept.expires_at <= now():
        raise Refused("passkey_failed")
    return kept


def _verify(check: Callable[[], Answer]) -> Answer:
    try:
        return check()
    except Exception as wrong:
        # The library names what it foresees; what a hostile answer makes of the rest is a no as well.
        log.warning("passkey refused: %r", str(wrong)[:200])
        raise Refused("passkey_failed") from wrong


def _find_passkey(session: Session, credential: str, handle_needed: bool) -> Passkey | None:
    """The passkey that an answer names, locked until its counter is written. None for a disabled user."""
    fields = _read(credential)
    response = fields.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    passkey = session.scalars(
        select(Passkey)
        .join(User, User.id == Passkey.user_id)
        .where(Passkey.credential_id == _decode(fields.get("rawId")), User.disabled_at.is_(None))
        .with_for_update(of=Passkey)
    ).one_or_none()
    if passkey is None or (handle is None and not handle_needed):
        return passkey
    return passkey if _decode(handle) == passkey.user_handle else None


def _read(credential: str) -> dict[str, Any]:
    try:
        fields = json.loads(credential)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _decode(value: object) -> bytes:
    try:
        return base64url_to_bytes(value) if isinstance(value, str) else b""
    except ValueError:
        return b""


def _read_transports(credential: str) -> list[str]:
    """How the device can be reached, as it says; only words that the standard knows."""
    response = _read(credential).get("response")
    said = response.get("transports") if isinstance(response, dict) else None
    known = {transport.value for transport in AuthenticatorTransport}
    return sorted({word for word in said if isinstance(word, str)} & known) if isinstance(said, list) else []

"""Whether a token is the provider's word to us, now: signature, issuer, audience, times, nonce.

Authlib's own `parse_id_token` takes the allowed algorithms from the provider's metadata, accepts any
audience once `azp` names us, keeps keys for ever and allows two minutes. So its claims class is used here
with stricter options, and the signature is checked by hand.
"""

import json
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from app.core.clock import now
from app.core.text import is_storable
from app.identity.keys import Directory
from app.identity.providers import ALGORITHMS, Claims, Denied, Provider, issuer_for

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
OLDEST_LOGOUT = 600  # seconds since a logout token was made
LONGEST_TEXT = 2000  # characters of any text that is read out of a token
_FAULTS = (JoseError, ValueError, TypeError, KeyError, OverflowError, RecursionError)


def check_id_token(
    directory: Directory, token: object, nonce: str, access_token: str | None
) -> dict[str, Any]:
    """The claims of an ID token that answers this very question. Raises Denied or NoAnswer."""
    provider = directory.provider
    header, claims = _verify(directory, token)
    if header.get("typ") not in (None, "JWT"):
        raise Denied("not_trusted", "a token of another type")
    params = {"nonce": nonce, "client_id": provider.client_id, "access_token": access_token}
    try:
        CodeIDToken(
            claims, header, _options(provider, claims, "sub", "exp", "iat", "nonce"), params
        ).validate(now=int(now().timestamp()), leeway=provider.skew)
    except _FAULTS as fault:
        raise Denied("not_trusted", _describe(fault)) from fault
    return claims


def check_logout_token(directory: Directory, token: object) -> dict[str, Any]:
    """The claims of a logout token (OpenID Connect Back-Channel Logout 1.0). Raises Denied or NoAnswer."""
    provider = directory.provider
    header, claims = _verify(directory, token)
    if header.get("typ") not in (None, "JWT", "logout+jwt"):
        raise Denied("not_trusted", "a token of another type")
    moment = int(now().timestamp())
    try:
        JWTClaimsRegistry(
            now=moment, leeway=provider.skew, **_options(provider, claims, "iat", "jti", "events")
        ).validate(claims)
    except _FAULTS as fault:
        raise Denied("not_trusted", _describe(fault)) from fault
    events = claims["events"]
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise Denied("not_trusted", "claim events")
    if "nonce" in claims:
        raise Denied("not_trusted", "a logout token with a nonce")
    if claims["iat"] < moment - OLDEST_LOGOUT - provider.skew:
        raise Denied("not_trusted", "an old logout token")
    if not (isinstance(claims.get("sid"), str) or isinstance(claims.get("sub"), str)):
        raise Denied("not_trusted", "a logout token that names nobody")
    return claims


def _options(provider: Provider, claims: Claims, *needed: str) -> dict[str, Any]:
    issuer = issuer_for(provider, claims)
    if issuer is None:
        raise Denied("other_tenant", "a tenant that is not let in")
    options: dict[str, Any] = {name: {"essential": True} for name in needed}
    options["iss"] = {"essential": True, "value": issuer}
    options["aud"] = {"essential": True, "value": provider.client_id}
    return options


def _verify(directory: Directory, token: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token that a key of the provider has signed."""
    header, unproved = _peek(token)
    if header.get("alg") not in ALGORITHMS:
        raise Denied("not_trusted", "an algorithm that is not allowed")
    issuer = issuer_for(directory.provider, unproved)
    if issuer is None:
        raise Denied("other_tenant", "a tenant that is not let in")
    claims = _open(directory, str(token), header, issuer, anew=False)
    # The key may be new, or another may stand under the same name by now.
    claims = claims if claims is not None else _open(directory, str(token), header, issuer, anew=True)
    if claims is None:
        raise Denied("not_trusted", "no key of the provider fits the signature")
    if not _is_readable(claims):
        raise Denied("not_trusted", "claims that hold text which cannot be kept")
    return header, claims


def _peek(token: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims as they say themselves, to know which key to ask for; nothing is proved by them."""
    try:
        if not isinstance(token, str):
            raise TypeError
        opened = jws.extract_compact(token.encode())
        header, claims = dict(opened.headers()), json.loads(opened.payload)
        if not isinstance(claims, dict) or not isinstance(header.get("kid", ""), str):
            raise TypeError
    except _FAULTS as fault:
        raise Denied("not_trusted", "no token") from fault
    return header, claims


def _open(
    directory: Directory, token: str, header: dict[str, Any], issuer: str, anew: bool
) -> dict[str, Any] | None:
    registry = JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    for key in directory.find_keys(header, issuer, anew):
        try:
            return jwt.decode(token, key, registry=registry).claims
        except BadSignatureError:
            continue
        except _FAULTS as fault:
            raise Denied("not_trusted", _describe(fault)) from fault
    return None


def _is_readable(claims: Claims) -> bool:
    texts = [one for value in claims.values() for one in (value if isinstance(value, list) else [value])]
    return all(is_storable(one) and len(one) <= LONGEST_TEXT for one in texts if isinstance(one, str))


def _describe(fault: BaseException) -> str:
    """The kind of fault and the claim's name, never its value."""
    claim = getattr(fault, "claim", None)
    return f"{type(fault).__name__} {claim}" if claim else type(fault).__name__

"""What a provider says of a person, read out of its claims by the provider's settings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from app.core.text import ShortLine
from app.identity.providers import Claims, Denied, Provider, is_level_enough, read_texts

LONGEST_ID = 255  # characters
_EMAIL = re.compile(r"[^@\s\"'<>(),:;\\\[\]]{1,64}@([a-z0-9-]+\.)+[a-z]{2,}")
_LINE: TypeAdapter[str] = TypeAdapter(ShortLine)


@dataclass(frozen=True, slots=True)
class Stated:
    """`subject` and `alias` are lasting ids with the name of their claim in front. `sub` is the plain one.

    `is_mail_proved`: the provider vouches for `email`. False: it says that it does not; None: no word of it.
    """

    issuer: str
    subject: str
    alias: str | None
    sub: str
    name: str
    email: str | None
    is_mail_proved: bool | None


def read_person(provider: Provider, claims: Claims) -> Stated:
    """The person in the claims. Raises Denied where the provider's settings do not let them in."""
    for name, value in provider.required_claims.items():
        if value not in read_texts(claims, name):
            raise Denied("not_professional", f"claim {name} is not what is required")
    if not is_level_enough(provider, claims, []):
        raise Denied("low_level", "the level of assurance is too low")
    ids = list(_read_ids(provider, claims))
    if not ids:
        raise Denied("not_trusted", "no lasting id")
    return Stated(
        issuer=str(claims["iss"]),
        subject=ids[0],
        alias=ids[1] if len(ids) > 1 else None,
        sub=str(claims["sub"]),
        name=_read_name(claims),
        email=_read_email(claims),
        is_mail_proved=_is_mail_proved(provider, claims),
    )


def _read_ids(provider: Provider, claims: Claims) -> Iterator[str]:
    for name in provider.stable_claims:
        value = claims.get(name)
        if isinstance(value, str) and value.isprintable() and 0 < len(value) <= LONGEST_ID:
            yield f"{name}:{value}"


def _read_name(claims: Claims) -> str:
    """What the person is called; empty where that cannot be a name here, so that they are asked."""
    try:
        return _LINE.validate_python(claims.get("name"))
    except ValidationError:
        return ""


def _read_email(claims: Claims) -> str | None:
    email = claims.get("email")
    email = email.strip().lower() if isinstance(email, str) else ""
    return email if len(email) <= 254 and _EMAIL.fullmatch(email) else None


def _is_mail_proved(provider: Provider, claims: Claims) -> bool | None:
    if provider.kind == "entra":
        # Anybody can write any address on a user of their own tenant; Entra ID says by this claim that the
        # address lies on a domain which the tenant has shown to own.
        return claims.get("xms_edov") in (True, 1, "1", "true") or None
    proved = claims.get("email_verified")
    return proved if isinstance(proved, bool) else None

"""The cookies of this site, told from where they are set: only those that signing in and sitting in a room
cannot do without."""

from dataclasses import dataclass
from datetime import timedelta

from app.identity import seats
from app.identity.ceremonies import CHALLENGE_LIFETIME
from app.identity.codes import LIFETIME as CODE_LIFETIME
from app.identity.flows import LIFETIME as FLOW_LIFETIME
from app.identity.sessions import ABSOLUTE, Cookie
from app.web import accounts, oidc, passkeys, signin


def _(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class CookieUse:
    """A cookie: its name, what it is for (a Danish msgid), and how long the browser keeps it at most."""

    name: str
    purpose: str
    lifetime: timedelta


# The word after the session cookie's name; that one has none.
PURPOSES: dict[str, tuple[str, timedelta]] = {
    "": (_("Holder dig logget ind."), ABSOLUTE),
    signin.ATTEMPT: (_("Binder koden på mail til den browser, der bad om den."), CODE_LIFETIME),
    accounts.ATTEMPT: (_("Det samme, når du føjer en mailadresse til din konto."), CODE_LIFETIME),
    passkeys.CEREMONY: (_("Binder et forsøg med adgangsnøgle til browseren."), CHALLENGE_LIFETIME),
    seats.WORD: (
        _("Husker din plads i lokalet på et møde, når du er med uden konto, så du kan rette dine ord."),
        seats.LASTS,
    ),
    oidc.FLOW: (_("Binder et login hos en udbyder til den browser, der begyndte det."), FLOW_LIFETIME),
}


def list_cookies(cookie: Cookie) -> list[CookieUse]:
    """All of them, under the names that they have on this installation."""
    return [
        CookieUse(f"{cookie.name}-{word}" if word else cookie.name, purpose, lifetime)
        for word, (purpose, lifetime) in PURPOSES.items()
    ]

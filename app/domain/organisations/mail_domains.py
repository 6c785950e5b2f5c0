"""Which mail domains point at an organisation, and which never do."""

from typing import Final

# Anybody can have an address here, so it says nothing of where somebody works.
_NAMES = """
    gmail.com googlemail.com outlook.com outlook.dk hotmail.com hotmail.dk hotmail.se live.com live.dk live.se
    msn.com yahoo.com yahoo.dk yahoo.se ymail.com icloud.com me.com mac.com aol.com gmx.com gmx.net gmx.de
    mail.com mail.dk post.tele.dk tdcadsl.dk tele2.dk stofanet.dk sol.dk jubii.dk jubiimail.dk ofir.dk
    youmail.dk webspeed.dk mail.tele.dk get2net.dk cool.dk image.dk vip.cybercity.dk privat.dk dbmail.dk
    fibermail.dk kabelmail.dk energimail.dk profibermail.dk adslhome.dk c.dk forum.dk bbsyd.dk waoo.dk
    telia.com comhem.se spray.se bredband.net protonmail.com proton.me pm.me tutanota.com tuta.io
    fastmail.com hey.com zoho.com yandex.com mail.ru qq.com web.de t-online.de hushmail.com duck.com
"""
FREE: Final = frozenset(_NAMES.split())


def is_free(domain: str) -> bool:
    """Whether anybody can have an address there."""
    return any(name in FREE for name in with_parents(domain))


def with_parents(domain: str) -> list[str]:
    """The domain and those above it, the nearest first: "skole.aarhus.dk", "aarhus.dk"."""
    parts = domain.lower().strip(".").split(".")
    return [".".join(parts[start:]) for start in range(len(parts) - 1)]


def pointing_domains(domain: str) -> list[str]:
    """The domains by which an organisation may be known from this one; none for a free provider."""
    return [] if is_free(domain) else with_parents(domain)

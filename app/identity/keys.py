"""A provider's metadata and keys: kept for a while, and fetched again when a token names a key not known."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, RSAKey

from app.identity.fetching import NoAnswer, fetch_json
from app.identity.providers import TENANT, Provider

KEPT = 3600.0  # seconds
# How often keys may be asked for anew on the word of a token, which anybody could have made.
REFETCHES, WITHIN = 5, 60.0
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_SMALLEST_RSA = 2048  # bits
MOST_KEYS = 40
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


@dataclass
class _Kept:
    value: dict[str, Any] | None = None
    fetched: float = 0.0

    @property
    def fresh(self) -> dict[str, Any] | None:
        return self.value if time.monotonic() - self.fetched < KEPT else None

    def keep(self, value: dict[str, Any]) -> dict[str, Any]:
        self.value, self.fetched = value, time.monotonic()
        return value


@dataclass
class Directory:
    """What one provider says of itself. May be asked from several threads."""

    provider: Provider
    _metadata: _Kept = field(default_factory=_Kept)
    _keys: _Kept = field(default_factory=_Kept)
    _refetched: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def metadata(self) -> dict[str, Any]:
        """The provider's description of itself. Raises NoAnswer, also where it is another's."""
        return self._metadata.fresh or self._metadata.keep(
            _check_metadata(self.provider, fetch_json(self.provider.metadata_url))
        )

    def endpoint(self, name: str) -> str | None:
        """One more address from the metadata, where the provider has one that can be used."""
        address = self.metadata().get(name)
        return address if isinstance(address, str) and _is_safe(self.provider, address) else None

    def find_keys(self, header: dict[str, Any], issuer: str, anew: bool = False) -> list[Key]:
        """The keys that may have signed a token with this header. Raises NoAnswer.

        `anew`: the ones at hand did not fit; so the provider is asked again, unless that was done too often.
        """
        keys = self._keys.fresh
        if keys is None or (anew and self._may_refetch()):
            keys = self._keys.keep(fetch_json(str(self.metadata()["jwks_uri"])))
        elif anew:
            return []
        return list(_pick(keys, header, issuer))

    def _may_refetch(self) -> bool:
        moment = time.monotonic()
        with self._lock:
            self._refetched = [then for then in self._refetched if then > moment - WITHIN]
            if len(self._refetched) >= REFETCHES:
                return False
            self._refetched.append(moment)
            return True


def _check_metadata(provider: Provider, found: dict[str, Any]) -> dict[str, Any]:
    if found.get("issuer") != provider.issuer:
        raise NoAnswer("metadata of another issuer")
    if not all(isinstance(found.get(n), str) and _is_safe(provider, found[n]) for n in _ENDPOINTS):
        raise NoAnswer("metadata without the addresses that are needed")
    return found


def _is_safe(provider: Provider, address: str) -> bool:
    """Whether the address is on a checked line, unless the provider itself is not (a test's)."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    schemes = ("https",) if provider.issuer.startswith("https://") else ("https", "http")
    return parts.scheme in schemes and bool(parts.hostname)


def _pick(keys: dict[str, Any], header: dict[str, Any], issuer: str) -> Iterator[Key]:
    kid, algorithm = header.get("kid"), header.get("alg")
    listed = keys.get("keys")
    for data in listed[:MOST_KEYS] if isinstance(listed, list) else ():
        if not isinstance(data, dict) or (kid is not None and data.get("kid") != kid):
            continue
        if data.get("use", "sig") != "sig" or data.get("alg", algorithm) != algorithm:
            continue
        # Entra ID tells of some keys that they sign for one issuer only.
        if isinstance(data.get("issuer"), str) and TENANT not in data["issuer"] and data["issuer"] != issuer:
            continue
        key = _import(data, str(algorithm))
        if key is not None:
            yield key


def _import(data: dict[str, Any], algorithm: str) -> Key | None:
    """The public key, where it is of the kind that the algorithm needs, and strong enough."""
    public = {name: value for name, value in data.items() if isinstance(value, str)}
    try:
        if algorithm in _CURVES:
            key = ECKey.import_key(public)
            return key if key.curve_name == _CURVES[algorithm] else None
        rsa = RSAKey.import_key(public)
        return rsa if rsa.raw_value.key_size >= _SMALLEST_RSA else None
    except (JoseError, ValueError, TypeError, KeyError, OverflowError):
        return None

"""A software authenticator: what a phone or a security key answers, honestly or otherwise."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, MAY_SYNC, SYNCED, NEW_KEY = 0x01, 0x04, 0x08, 0x10, 0x40


def encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """Holds one passkey. What it answers follows the options, unless a test has it lie."""

    origin: str
    flags: int = PRESENT | VERIFIED
    count: int = 0
    counts: bool = True
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes = b""

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: str, **lies: Any) -> str:
        """The answer of navigator.credentials.create()."""
        asked = json.loads(options)
        self.user_handle = decode(asked["user"]["id"])
        client_data = self._client_data("webauthn.create", asked, lies)
        length = len(self.credential_id).to_bytes(2, "big")
        new = bytes(16) + length + self.credential_id + self._public_key()
        data = self._data(asked["rp"]["id"], lies, NEW_KEY) + new
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            {
                "clientDataJSON": encode(client_data),
                "attestationObject": encode(attestation),
                "transports": ["internal", "hybrid", "made up"],
            }
        )

    def show(self, options: str, **lies: Any) -> str:
        """The answer of navigator.credentials.get()."""
        asked = json.loads(options)
        client_data = self._client_data("webauthn.get", asked, lies)
        data = self._data(asked["rpId"], lies)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": encode(client_data),
                "authenticatorData": encode(data),
                "signature": encode(lies.get("signature", signature)),
                "userHandle": encode(lies.get("user_handle", self.user_handle)),
            }
        )

    def _answer(self, response: dict[str, Any]) -> str:
        name = encode(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})

    def _client_data(self, kind: str, asked: dict[str, Any], lies: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": asked["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | {name: lies[name] for name in said if name in lies}).encode()

    def _data(self, host: str, lies: dict[str, Any], more: int = 0) -> bytes:
        if self.counts:
            self.count += 1
        flags = lies.get("flags", self.flags) | more
        count = lies.get("count", self.count)
        return (
            hashlib.sha256(lies.get("host", host).encode()).digest()
            + bytes([flags])
            + count.to_bytes(4, "big")
        )

    def _public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )

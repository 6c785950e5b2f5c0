"""Secrets of webhooks, and the signature with which a receiver knows that a call is ours.

As Standard Webhooks has it: HMAC-SHA256 over `id.timestamp.body`, in Base64, after "v1,". A secret is made
from the installation's own key and a salt in the webhook's row, so that none is kept: who has the table alone
has nothing.
"""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from secrets import token_bytes
from typing import Final

from sqlalchemy.orm import Session

from app.core.links import get_key

PREFIX: Final = "whsec_"
_SALT_LENGTH: Final = 16  # bytes


def new_salt() -> bytes:
    return token_bytes(_SALT_LENGTH)


def make_secret(session: Session, webhook_id: int, salt: bytes) -> bytes:
    """The 32 bytes that a webhook signs with, as long as its salt is this one."""
    return hmac.digest(get_key(session), b"webhook\x1f%d\x1f%s" % (webhook_id, salt), sha256)


def show_secret(secret: bytes) -> str:
    """As its owner keeps it: whsec_ and Base64."""
    return PREFIX + b64encode(secret).decode()


def sign(secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The value of the header webhook-signature: one signature for each secret, parted by spaces."""
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return " ".join(f"v1,{b64encode(hmac.digest(one, signed, sha256)).decode()}" for one in secrets)

"""What happens at sign-in."""

from dataclasses import dataclass
from typing import Literal

from app.core.events import Event

Purpose = Literal["sign_in", "add_address"]


@dataclass(frozen=True, slots=True)
class CodeMade(Event):
    """A code to be mailed. The only event that carries more than ids: the code is stored nowhere else."""

    email: str
    code: str
    language: str
    purpose: Purpose = "sign_in"


@dataclass(frozen=True, slots=True)
class PasskeyAdded(Event):
    """The user can sign in with one more passkey."""

    user_id: int
    name: str


@dataclass(frozen=True, slots=True)
class PasskeysRemoved(Event):
    """Passkeys that sign in no more; their names stand nowhere else now."""

    user_id: int
    names: tuple[str, ...]
    by_other: bool


@dataclass(frozen=True, slots=True)
class TokenMade(Event):
    """Somebody made a key for a program."""

    token_id: int


@dataclass(frozen=True, slots=True)
class LoginConnected(Event):
    """A login at a provider opens the account from now on. `by_other`: an admin moved it there."""

    user_id: int
    label: str
    by_other: bool

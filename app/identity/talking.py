"""The code flow with one provider: where the browser is sent, and what the code that it brings is worth."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client

from app.identity.fetching import NoAnswer, fetch_json, talk
from app.identity.id_tokens import check_id_token, check_logout_token
from app.identity.keys import Directory
from app.identity.providers import Denied, Provider, is_issuer

AT_ONCE = 8  # conversations with one provider: one that hangs must not take all of our threads
LONGEST_CODE = 4000  # characters


@dataclass(frozen=True, slots=True)
class Proof:
    """What a provider has vouched for: the claims, and the ID token that they came in."""

    claims: dict[str, Any]
    id_token: str


@dataclass
class Partner:
    """A provider that this site signs people in with. `return_address` is where it sends browsers back to."""

    provider: Provider
    return_address: str
    directory: Directory = field(init=False)
    _places: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))

    def __post_init__(self) -> None:
        self.directory = Directory(self.provider)

    def start_address(self, state: str, nonce: str, verifier: str, again: bool = False) -> str:
        """Where the browser is sent to sign in; `again`: also where it is signed in there. Raises Denied."""
        with self._place():
            endpoint = str(self.directory.metadata()["authorization_endpoint"])
        client = OAuth2Client(
            self.provider.client_id, redirect_uri=self.return_address, code_challenge_method="S256"
        )
        with client:
            address, _ = client.create_authorization_url(
                endpoint,
                state=state,
                code_verifier=verifier,
                scope=" ".join(self.provider.scopes),
                nonce=nonce,
                prompt="login" if again else None,
                **self.provider.authorize_params,
            )
        return str(address)

    def check_answer(self, issuer: str | None) -> None:
        """Whether an answer that names this issuer is the provider's (RFC 9207). Raises Denied."""
        if issuer is not None and not is_issuer(self.provider, issuer):
            raise Denied("not_trusted", "an answer of another issuer")
        with self._place():
            must_be_named = self.directory.metadata().get("authorization_response_iss_parameter_supported")
        if issuer is None and must_be_named is True:
            raise Denied("not_trusted", "an answer without its issuer")

    def redeem(self, code: str, nonce: str, verifier: str) -> Proof:
        """What the provider vouches for in exchange for the code. Raises Denied."""
        if not 0 < len(code) <= LONGEST_CODE:
            raise Denied("not_trusted", "no code")
        with self._place():
            answer = self._exchange(code, verifier)
            access_token = answer.get("access_token")
            access_token = access_token if isinstance(access_token, str) else None
            claims = check_id_token(self.directory, answer.get("id_token"), nonce, access_token)
            if self.provider.asks_userinfo:
                claims = self._ask_userinfo(claims, access_token) | claims
        return Proof(claims, str(answer["id_token"]))

    def read_logout(self, token: object) -> dict[str, Any]:
        """The claims of a logout token. Raises Denied."""
        with self._place():
            return check_logout_token(self.directory, token)

    def end_address(self, id_token: str | None, back: str) -> str | None:
        """Where the browser signs out at the provider; None where it has no such place. Raises Denied."""
        with self._place():
            endpoint = self.directory.endpoint("end_session_endpoint")
        if endpoint is None or not self.provider.signs_out:
            return None
        params = [("client_id", self.provider.client_id), ("post_logout_redirect_uri", back)]
        return str(add_params_to_uri(endpoint, params + ([("id_token_hint", id_token)] if id_token else [])))

    @contextmanager
    def _place(self) -> Iterator[None]:
        """One of the few conversations at the same time; without an answer the sign-in ends."""
        if not self._places.acquire(timeout=1.0):
            raise Denied("no_answer", "too many conversations at once")
        try:
            yield
        except NoAnswer as problem:
            raise Denied("no_answer", str(problem)) from problem
        finally:
            self._places.release()

    def _exchange(self, code: str, verifier: str) -> dict[str, Any]:
        endpoint = str(self.directory.metadata()["token_endpoint"])
        try:
            with talk() as options, OAuth2Client(**self._credentials(), **options) as client:
                return dict(
                    client.fetch_token(
                        endpoint,
                        grant_type="authorization_code",
                        code=code,
                        code_verifier=verifier,
                        redirect_uri=self.return_address,
                    )
                )
        except OAuthError as error:
            # Such as a code that was used before. What the provider says of it may be anything.
            raise Denied("not_trusted", "the provider took no code") from error
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise NoAnswer("an answer that is no token") from error

    def _credentials(self) -> dict[str, str]:
        known = self.directory.metadata().get("token_endpoint_auth_methods_supported")
        provider = self.provider
        if isinstance(known, list) and "client_secret_post" in known:
            return {
                "client_id": provider.client_id,
                "client_secret": provider.client_secret,
                "token_endpoint_auth_method": "client_secret_post",
            }
        # RFC 6749, 2.3.1 has both encoded before they are joined, which Authlib leaves to us.
        return {
            "client_id": quote_plus(provider.client_id),
            "client_secret": quote_plus(provider.client_secret),
            "token_endpoint_auth_method": "client_secret_basic",
        }

    def _ask_userinfo(self, claims: dict[str, Any], access_token: str | None) -> dict[str, Any]:
        endpoint = self.directory.endpoint("userinfo_endpoint")
        if endpoint is None or access_token is None:
            raise Denied("not_trusted", "no userinfo")
        found = fetch_json(endpoint, access_token)
        if found.get("sub") != claims["sub"]:
            raise Denied("not_trusted", "userinfo of somebody else")
        return found

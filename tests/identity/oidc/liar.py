"""A provider that does as it is told: honest unless the test has it lie. Several issuers on one port."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.registry import JWS_HEADER_REGISTRY, HeaderParameter

CLIENT, SECRET = "dialogforum", "hemmeligt ord"
NSIS = "https://data.gov.dk/concept/core/nsis/"
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "rsa-2", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"})

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Liar:
    """What it says next. `answers`: what a path does instead of its honest answer, by the path's end."""

    address: str = ""
    keys: list[Key] = field(default_factory=lambda: [RSA, EC])
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    token_requests: list[dict[str, list[str]]] = field(default_factory=list)
    userinfo: dict[str, Any] = field(default_factory=dict)

    def be_honest(self) -> None:
        self.__init__(self.address)  # type: ignore[misc]

    def issuer(self, name: str) -> str:
        """`entra:TENANT` is an issuer of that tenant."""
        kind, _, tenant = name.partition(":")
        return f"{self.address}/{tenant}/v2.0" if kind == "entra" else f"{self.address}/{name}"

    def claims(self, issuer: str, asked_nonce: str, /, **changes: Any) -> dict[str, Any]:
        """Honest claims of an ID token; a change to None takes a claim away."""
        moment = int(time.time())
        honest = {
            "iss": self.issuer(issuer),
            "aud": CLIENT,
            "sub": "sub-1",
            "iat": moment,
            "exp": moment + 300,
            "nonce": asked_nonce,
            "sid": "sid-1",
        }
        return settle(honest | changes)

    def give_code(self, id_token: str) -> str:
        code = uuid4().hex
        self.codes[code] = {"access_token": "adgang", "token_type": "Bearer", "id_token": id_token}
        return code


@dataclass(frozen=True)
class FromNow:
    """A moment so many seconds from when the token is made."""

    seconds: int


def settle(claims: dict[str, Any]) -> dict[str, Any]:
    """Claims as they are said now; None takes a claim away."""
    moment = int(time.time())
    said = {k: moment + v.seconds if isinstance(v, FromNow) else v for k, v in claims.items()}
    return {name: value for name, value in said.items() if value is not None}


def sign(claims: dict[str, Any], key: Key = RSA, algorithm: str = "RS256", **header: Any) -> str:
    """A token; `kid` is the key's own unless the header says otherwise."""
    named = {"alg": algorithm, "kid": key.kid} | header
    known = {name: HeaderParameter(name, "str") for name in header if name not in JWS_HEADER_REGISTRY}
    registry = JWSRegistry(known, algorithms=[algorithm])
    return jwt.encode({k: v for k, v in named.items() if v is not None}, claims, key, registry=registry)


def send_json(handler: BaseHTTPRequestHandler, value: object, status: int = 200) -> None:
    body = json.dumps(value).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def serve_liar(liar: Liar) -> ThreadingHTTPServer:
    """The provider on a free port; the caller shuts it down."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            liar.asked.append(self.path)
            end = self.path.rsplit("/", 1)[-1]
            if end in liar.answers:
                liar.answers[end](self)
            elif end == "openid-configuration":
                send_json(self, _describe(liar, self.path))
            elif end == "keys":
                send_json(self, {"keys": [key.as_dict(private=False) for key in liar.keys]})
            elif end == "userinfo":
                send_json(self, liar.userinfo)
            else:
                send_json(self, {}, 404)

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            liar.asked.append(self.path)
            liar.token_requests.append(parse_qs(sent))
            if "token" in liar.answers:
                liar.answers["token"](self)
                return
            answer = liar.codes.pop(parse_qs(sent)["code"][0], None)
            send_json(self, answer or {"error": "invalid_grant"}, 200 if answer else 400)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    liar.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


def _describe(liar: Liar, path: str) -> dict[str, Any]:
    base = liar.address + path.split("/.well-known/")[0]
    issuer = base.replace("/organizations/", "/{tenantid}/")
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "jwks_uri": f"{base}/keys",
        "userinfo_endpoint": f"{base}/userinfo",
        "end_session_endpoint": f"{base}/end",
        # What a liar would like to sign with.
        "id_token_signing_alg_values_supported": ["none", "HS256", "RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    } | liar.metadata

"""Asking a provider: within a time, up to a size, over a checked line, never on to another address."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx2

WHOLE_TALK = 8.0  # seconds for all of one conversation
STEP = httpx2.Timeout(4.0, connect=3.0)
LARGEST = 256 * 1024  # bytes of one answer


class NoAnswer(Exception):
    """The provider gave no answer that can be used; the message says how, for the log."""


@cache
def _trust() -> ssl.SSLContext:
    # The machine's own authorities: many offices have one of theirs.
    return ssl.create_default_context()


class CarefulTransport(httpx2.BaseTransport):
    """Reads an answer whole, unless it is too large or comes compressed, which could hide its size."""

    def __init__(self) -> None:
        proxy = getproxies().get("https")
        self._direct = httpx2.HTTPTransport(verify=_trust())
        self._proxied = httpx2.HTTPTransport(verify=_trust(), proxy=proxy) if proxy else None

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["Accept-Encoding"] = "identity"
        with_proxy = self._proxied is not None and request.url.scheme == "https"
        proxied = self._proxied if with_proxy and not proxy_bypass(request.url.host) else None
        answer = (proxied or self._direct).handle_request(request)
        try:
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise NoAnswer("a compressed answer")
            body = b""
            for chunk in answer.iter_raw():
                body += chunk
                if len(body) > LARGEST:
                    raise NoAnswer("an answer that is too large")
        finally:
            answer.close()
        return httpx2.Response(answer.status_code, headers=answer.headers, content=body, request=request)

    def close(self) -> None:
        self._direct.close()
        if self._proxied is not None:
            self._proxied.close()


@contextmanager
def talk() -> Iterator[dict[str, Any]]:
    """What a client needs for one conversation with a provider; whatever goes wrong becomes NoAnswer."""
    transport = CarefulTransport()
    # The steps have their own limits, but an answer may come drop by drop: then the line is cut.
    limit = threading.Timer(WHOLE_TALK, transport.close)
    limit.daemon = True
    limit.start()
    try:
        yield {"transport": transport, "timeout": STEP, "follow_redirects": False}
    except httpx2.HTTPStatusError as error:
        raise NoAnswer(f"status {error.response.status_code}") from error
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError) as error:
        raise NoAnswer(type(error).__name__) from error
    finally:
        limit.cancel()
        transport.close()


def fetch_json(url: str, token: str | None = None) -> dict[str, Any]:
    """The JSON object at an address of a provider. Raises NoAnswer."""
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    with talk() as options, httpx2.Client(**options) as client:
        answer = client.get(url, headers=headers)
        if answer.status_code != 200:
            raise NoAnswer(f"status {answer.status_code}")
        try:
            found = answer.json()
        except (ValueError, RecursionError) as error:
            raise NoAnswer("an answer that is no JSON") from error
    if not isinstance(found, dict):
        raise NoAnswer("an answer that is no object")
    return found

"""A client of the JSON API of Dialogforum: Python 3.11 and its standard library, nothing else.

DIALOGFORUM_KEY=dfk_… python client.py https://dialogforum.example
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from uuid import uuid4

Headers = dict[str, str]
# A status, the headers by lower-case name, and the body.
Reply = tuple[int, Headers, bytes]


class Problem(Exception):
    """What the API answers when something is wrong (RFC 9457). `detail` is for people."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(told["detail"])
        self.kind = told["type"].rpartition("#")[2]
        self.status: int = told["status"]
        self.errors: list[dict[str, Any]] = told.get("errors", [])


class Forum:
    """One Dialogforum. Without a key it reads what everybody may read."""

    def __init__(self, base: str, key: str | None = None, language: str = "da") -> None:
        self.base = base.rstrip("/") + "/api/v1"
        self.headers = {"Accept": "application/json", "Accept-Language": language}
        if key:
            self.headers["Authorization"] = f"Bearer {key}"
        # What was read before, by its address, with its ETag.
        self.known: dict[str, tuple[str, Any]] = {}

    def get(self, path: str, **filters: Any) -> Any:
        """A thing or a part of a list. What has not changed since is not sent again."""
        address = path if path.startswith("http") else self.base + path
        if filters:
            address += "?" + urlencode(filters)
        etag, before = self.known.get(address, ("", None))
        status, headers, body = self.send("GET", address, {"If-None-Match": etag} if etag else {})
        if status == 304:
            return before
        found = json.loads(body)
        if "etag" in headers:
            self.known[address] = headers["etag"], found
        return found

    def every(self, path: str, **filters: Any) -> Iterator[dict[str, Any]]:
        """All items of a list, however long: each part tells where the next one is."""
        address: str | None = path
        while address:
            part = self.get(address, **filters)
            yield from part["items"]
            address, filters = part["next"], {}

    def post(self, path: str, body: Any = None, once: str | None = None) -> Any:
        """Send something. With the same `once` it happens once, however often the line breaks."""
        headers = {"Idempotency-Key": once or str(uuid4())}
        return json.loads(self.send("POST", self.base + path, headers, body)[2])

    def put(self, path: str, body: Any, etag: str | None = None) -> Any:
        """Change something that was read, with the ETag that came along; a Problem where it has changed."""
        headers = {"If-Match": etag} if etag else {}
        return json.loads(self.send("PUT", self.base + path, headers, body)[2])

    def etag_of(self, path: str) -> str:
        """The ETag of what was read last at a path."""
        return self.known[self.base + path][0]

    def send(self, method: str, address: str, headers: Headers, body: Any = None) -> Reply:
        """One request. Where there were too many, or the forum is away for a moment, it is sent again."""
        sent = None if body is None else json.dumps(body).encode()
        typed = {"Content-Type": "application/json"} if sent is not None else {}
        for attempt in range(5):
            status, given, received = self.transport(method, address, self.headers | headers | typed, sent)
            if status not in (429, 503) or attempt == 4:
                break
            time.sleep(int(given.get("retry-after", "5")))
        if status >= 400:
            raise Problem(json.loads(received))
        return status, given, received

    def transport(self, method: str, address: str, headers: Headers, body: bytes | None) -> Reply:
        """What really sends; another library goes here."""
        request = Request(address, data=body, headers=headers, method=method)  # noqa: S310
        try:
            with urlopen(request, timeout=30) as reply:  # noqa: S310
                return (
                    reply.status,
                    {name.lower(): text for name, text in reply.headers.items()},
                    reply.read(),
                )
        except HTTPError as reply:
            return reply.code, {name.lower(): text for name, text in reply.headers.items()}, reply.read()


def main() -> None:
    """The promises that are late, and who I am."""
    forum = Forum(sys.argv[1], os.environ.get("DIALOGFORUM_KEY"))
    if "Authorization" in forum.headers:
        me = forum.get("/mig")
        sys.stdout.write(f"{me['name']}, {me['organisation']['name']}\n")
    for promise in forum.every("/forpligtelser", status="late"):
        sys.stdout.write(f"{promise['deadline']}  {promise['organisation']}: {promise['title']}\n")


if __name__ == "__main__":
    main()

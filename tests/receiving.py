"""A real HTTP server for tests of webhooks: it keeps what comes, and answers as it is told to."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """`answers`: (status, words) for the next calls, the last of them for all that follow. `waits`: seconds
    before an answer, `drip`: between its letters. `calls`: (path, headers, body)."""

    port: int = 0
    answers: list[tuple[int, str]] = field(default_factory=lambda: [(204, "")])
    headers: dict[str, str] = field(default_factory=dict)
    waits: float = 0.0
    drip: float = 0.0
    calls: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?til=os"

    @property
    def exception(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def open_receiver() -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.calls.append((self.path, headers, body))
            time.sleep(receiver.waits)
            status, words = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
            try:
                self.send_response(status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for letter in words if receiver.drip else [words]:
                    self.wfile.write(letter.encode())
                    self.wfile.flush()
                    time.sleep(receiver.drip)
            except OSError:
                return  # the other end has gone

        do_GET = do_POST

        def log_message(self, *given: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()

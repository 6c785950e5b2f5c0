"""A worker of its own process, to be killed: `python -m tests.core.killed_sender DATABASE_URL PORT`.

It gives back the jobs of dead workers after three seconds, not half a minute, so that the test need not wait.
"""

import sys
import tempfile
from pathlib import Path

from app.core import jobs
from app.core.database import Database
from app.core.mail import SmtpTransport
from app.core.storage import open_folder
from app.main import connect_rooms
from app.settings import Settings


def main() -> None:
    url, port = sys.argv[1], int(sys.argv[2])
    jobs.STALLED_AFTER = 3.0
    jobs.POLLED_EVERY = 0.5
    connect_rooms(Settings(base_url="http://testserver"))
    sender = SmtpTransport("127.0.0.1", port, "Dialogforum <forum@example.org>", tls="none")
    with tempfile.TemporaryDirectory() as folder:
        tools = jobs.Tools(Database(url, pool_size=5), open_folder(Path(folder)), sender)
        worker = jobs.BackgroundWorker(tools)
        worker.start()
        worker.join()


if __name__ == "__main__":
    main()

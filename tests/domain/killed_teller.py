"""Tells of a batch in a process of its own, to be killed: `python -m tests.domain.killed_teller URL BATCH`.

Each telling leaves a row in the log, where the mail would be.
"""

import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.database import Database
from app.core.events import forget_reactions, react
from app.core.jobs import Tools
from app.core.policy import SYSTEM
from app.core.storage import open_folder
from app.domain.answering.events import AnswersDue
from app.domain.answering.jobs import tell
from app.tables import load_all_tables


def leave_row(session: Session, event: AnswersDue) -> None:
    record(session, SYSTEM, "told", "telling", event.telling_id)
    time.sleep(0.01)  # so that there is a middle to be killed in


def main() -> None:
    load_all_tables()
    forget_reactions()
    react(AnswersDue, leave_row)
    with tempfile.TemporaryDirectory() as folder:
        tools = Tools(Database(sys.argv[1], pool_size=2), open_folder(Path(folder)), None)
        tell(tools, int(sys.argv[2]))


if __name__ == "__main__":
    main()

"""Files in the store that no row knows: what a making leaves that was killed after it laid its file away and
before it said so."""

import logging
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.clock import now
from app.core.jobs import Tools

log = logging.getLogger(__name__)

# No making takes so long.
ORPHANED_FOR = timedelta(days=1)


def remove_orphans(tools: Tools, folder: str, known_as: InstrumentedAttribute[Any]) -> int:
    """Take away the files of a folder that have lain there for a day and stand in no row of the column; how
    many. One statement."""
    lying = list(tools.storage.list_older(folder, now() - ORPHANED_FOR))
    with tools.database.unit() as session:
        known = set(session.scalars(select(known_as)))
    orphans = [file_key for file_key in lying if file_key not in known]
    for file_key in orphans:
        tools.storage.delete(file_key)
    if orphans:
        log.info("%s files in %s that no row knows are taken away", len(orphans), folder)
    return len(orphans)

"""Work on the ledger that nobody waits for."""

from app.core.jobs import Tools, job
from app.domain.ledger.decks import note_decks_of_one_vendor
from app.domain.ledger.service import notice_late


@job("ledger.notice_late", cron="35 4 * * *")
def notice_late_requests(tools: Tools) -> None:
    """Each night: see which requests for a correction were not answered by their day."""
    noticed = True
    while noticed:
        with tools.database.unit() as session:
            noticed = bool(notice_late(session))


@job("ledger.note_decks", cron="40 3 * * *")
def note_decks(tools: Tools) -> None:
    """Each night: note the decks of meetings at which one vendor took part."""
    noted = True
    while noted:
        with tools.database.unit() as session:
            noted = bool(note_decks_of_one_vendor(session))

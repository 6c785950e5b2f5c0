"""Work on sign-ups that can wait."""

import logging

from app.core.jobs import Tools, job
from app.domain.registrations.needs import erase_old_needs

log = logging.getLogger(__name__)


@job("registrations.forget_needs", cron="23 3 * * *")
def forget_needs(tools: Tools) -> None:
    """Erase what was said of food and access when the meeting is two weeks over."""
    with tools.database.unit() as session:
        erased = erase_old_needs(session)
    log.info("erased %s notes on food and access", erased)

"""Work of answering that can wait."""

from app.core.jobs import Tools, job
from app.domain.answering.clock import notice_late
from app.domain.answering.pausing import end_expired
from app.domain.answering.telling import finish_telling, gather_readers, note_correction, tell_on, tell_some


@job("answering.tell")
def tell(tools: Tools, batch_id: int) -> None:
    """Tell everybody of a published batch, each once; may die and be begun again at any moment."""
    with tools.database.unit() as session:
        gather_readers(session, batch_id)
    told = 1
    while told:
        with tools.database.unit() as session:
            told = tell_some(session, batch_id)
    with tools.database.unit() as session:
        finish_telling(session, batch_id)


@job("answering.note_corrected")
def note_corrected(tools: Tools, answer_id: int, number: int) -> None:
    """Note for those who follow what was answered that the answer was corrected."""
    with tools.database.unit() as session:
        note_correction(session, answer_id, number)


@job("answering.tell_on", cron="50 4 * * *")
def tell_those_who_wait(tools: Tools) -> None:
    """Each night: tell those of published batches whom no job has told."""
    with tools.database.unit() as session:
        tell_on(session)


@job("answering.keep_clock", cron="20 4 * * *")
def keep_clock(tools: Tools) -> None:
    """Each night: let the clock go on where a reply did not come, then see what has become late."""
    ended = 1
    while ended:
        with tools.database.unit() as session:
            ended = end_expired(session)
    with tools.database.unit() as session:
        notice_late(session)

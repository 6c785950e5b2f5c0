"""Each night's forgetting: every rule in turn, counted in a row that stays; and what tonight's would do."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import now
from app.core.database import Database
from app.core.jobs import defer
from app.domain.presentations.service import empty_withdrawn_decks
from app.privacy.models import DataCopy, PrivacyRun
from app.privacy.owners import table_named
from app.privacy.periods import Periods
from app.privacy.retention import BATCH, LOG_RULES, RULES, Forecast, Rule, apply_batch, cutoff, forecast
from app.privacy.unused import ACCOUNT_RULES, erase_unused_accounts, warn_unused_accounts

ALL_RULES = (*RULES, *ACCOUNT_RULES, *LOG_RULES)


@dataclass(frozen=True, slots=True)
class RunView:
    """One night; unfinished while `ended_at` is empty. `counts`: {code of the rule: rows}."""

    id: int
    began_at: datetime
    ended_at: datetime | None
    counts: dict[str, int]


def forget_what_is_past(database: Database, periods: Periods, batch: int = BATCH) -> dict[str, int]:
    """Carry out every rule; {code: rows gone or emptied}. May be stopped and begun again at any moment."""
    run_id = _begin(database)
    counts: dict[str, int] = {}
    for rule in RULES:
        counts[rule.code] = _exhaust(database, rule, periods, batch)
        _note(database, run_id, counts)
    counts["accounts_warned"] = _warn(database, periods, batch)
    counts["accounts"] = erase_unused_accounts(database, periods)
    counts |= _shorten_the_log(database, periods)
    _note(database, run_id, counts, is_ended=True)
    return counts


def forecast_all(session: Session, periods: Periods) -> list[Forecast]:
    """What a run would do now, rule by rule. Changes nothing."""
    return forecast(session, ALL_RULES, periods)


def list_runs(session: Session, limit: int = 14) -> list[RunView]:
    """The last nights, the newest first."""
    rows = session.execute(
        select(PrivacyRun.id, PrivacyRun.began_at, PrivacyRun.ended_at, PrivacyRun.counts)
        .order_by(PrivacyRun.id.desc())
        .limit(limit)
    )
    return [RunView(**row._mapping) for row in rows]


def _exhaust(database: Database, rule: Rule, periods: Periods, batch: int) -> int:
    done = 0
    while True:
        with database.unit() as session:
            if rule.table == "data_copy":
                _remove_files(session, rule, periods)
            if rule.table == "deck":
                some = empty_withdrawn_decks(session, cutoff(rule, periods), batch)
            else:
                some = apply_batch(session, rule, periods, batch)
        done += some
        if some < batch:
            return done


def _remove_files(session: Session, rule: Rule, periods: Periods) -> None:
    past = rule.due(table_named(rule.table), cutoff(rule, periods))
    for file_key in session.scalars(select(DataCopy.file_key).where(past, DataCopy.file_key.is_not(None))):
        defer(session, "privacy.remove_file", once=file_key, file_key=file_key)


def _warn(database: Database, periods: Periods, batch: int) -> int:
    done = 0
    while True:
        with database.unit() as session:
            some = warn_unused_accounts(session, periods, batch)
        done += some
        if some < batch:
            return done


def _shorten_the_log(database: Database, periods: Periods) -> dict[str, int]:
    with database.unit() as session:
        planned = forecast(session, LOG_RULES, periods)
        moment = now()
        audit.forget_before(
            session,
            entries=moment - timedelta(days=periods.log),
            clients=moment - timedelta(days=periods.addresses_of_log),
        )
    return {one.code: one.rows for one in planned}


def _begin(database: Database) -> int:
    with database.unit() as session:
        run = PrivacyRun(began_at=now(), counts={})
        session.add(run)
        session.flush()
        return run.id


def _note(database: Database, run_id: int, counts: dict[str, int], is_ended: bool = False) -> None:
    with database.unit() as session:
        values = {"counts": counts} | ({"ended_at": now()} if is_ended else {})
        session.execute(update(PrivacyRun).where(PrivacyRun.id == run_id).values(values))

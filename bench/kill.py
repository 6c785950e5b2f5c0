"""Whether what was acknowledged is there after `kill -9` of anything, while twenty people write.

    python bench/kill.py                    a thousand rounds, some forty minutes on two quiet cores
    python bench/kill.py --rounds 60        a short one
    python bench/kill.py --only server      of web, worker, backend and server, some

A round lets people write, and kills one thing in the midst of it, chosen by chance and weight: the site's
process, the worker, one process of PostgreSQL (which then throws out everybody and recovers), or all of
PostgreSQL at once; then it is started again. The people send wishes by the form, wishes by the API and cards
in a room, each with the id by which it is known, and send each again under that id until it is acknowledged.
What is in the database is held against what was acknowledged. When the queue is empty, what should follow is
there too: each thing in the search index, each mail sent. Ends with 1 where anything is lost, doubled, torn,
or answered unclearly, or where hardly anything was taken between the kills.
"""

import argparse
import asyncio
import json
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.postgres import ServerProblem
from app.identity.tokens import make_token
from bench.figures import Figures
from bench.house import LOST, Answer, House, Line, open_house
from bench.live import Stage, set_up
from tests.people import Wanted, add_actors, make_organisation

CLIENTS, ROUNDS = 20, 1000
WEIGHTS = {"backend": 70, "web": 20, "server": 5, "worker": 5}
PAUSE = 0.25  # seconds at most between two rounds, and between two things that somebody writes
MOST_TAKEN, TAKEN_WITHIN = 12, 10.0  # writes that are taken before the next kill; and seconds for them
TOLD_EVERY = 50  # rounds
STUCK_AFTER = 120.0  # seconds in which no work was done, when the killing is over and some is left


@dataclass
class Word:
    """One thing that somebody wrote, known by its id. `tries` until it was acknowledged."""

    id: str
    kind: str
    tries: int = 0
    is_acknowledged: bool = False


@dataclass
class Tally:
    words: list[Word] = field(default_factory=list)
    odd: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    away: int = 0  # no answer at all
    news: asyncio.Event = field(default_factory=asyncio.Event)  # set when a word is taken

    def taken(self) -> int:
        return sum(word.is_acknowledged for word in self.words)


class Writer:
    """One of the people, with a browser, a program and a seat in the room."""

    def __init__(self, house: House, tally: Tally, stage: Stage, cookie: str, token: str) -> None:
        self.line = Line(house.port)
        self.tally = tally
        self.stage = stage
        self.cookie = cookie
        self.program = f"Authorization: Bearer {token}\r\nAccept: application/json\r\n"
        self.seat = ""

    async def join(self, number: int) -> None:
        board = number % len(self.stage.group_boards) + 1
        form = {
            "key": str(uuid4()),
            "shown_as": "name",
            "name": f"Eksempel {number}",
            "organisation_name": "",
            "organisation_kind": "municipality",
        }
        answer = await self.line.ask("POST", f"/k/{self.stage.code}-{board}", form=form)
        assert answer.status == 303, answer
        self.seat = f"Cookie: {answer.headers['set-cookie'].split(';')[0]}\r\nAccept: application/json\r\n"
        self.board = f"/moeder/{self.stage.key}/tavler/{self.stage.group_boards[board]}"

    async def write(self, done: asyncio.Event) -> None:
        """One thing after the other; what was begun is sent until it is taken, also when it is over."""
        ways: list[tuple[str, Callable[[Word], Awaitable[Answer]], int]] = [
            ("wish", self._by_form, 303),
            ("program", self._by_program, 201),
            ("card", self._on_board, 200),
        ]
        while not done.is_set():
            kind, send, expected = random.choice(ways)
            word = Word(str(uuid4()), kind)
            self.tally.words.append(word)
            await self._until_taken(word, send, expected)
            await asyncio.sleep(random.uniform(0, PAUSE))

    async def _until_taken(
        self, word: Word, send: Callable[[Word], Awaitable[Answer]], expected: int
    ) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            word.tries += 1
            try:
                answer = await send(word)
            except LOST:
                self.tally.away += 1
            else:
                self.tally.answers[answer.status] += 1
                if answer.status == expected:
                    word.is_acknowledged = True
                    self.tally.news.set()
                    return
                if not (answer.status == 503 and "retry-after" in answer.headers):
                    said = re.sub(rb"<[^>]+>|\s+", b" ", answer.body).decode("utf-8", "replace")
                    self.tally.odd[f"{word.kind} {answer.status} {' '.join(said.split())[:300]}"] += 1
            # Much sooner than the site asks for: what is under test is that it bears it.
            await asyncio.sleep(random.uniform(0.05, 0.05 * min(word.tries, 8) + 0.05))

    def _by_form(self, word: Word) -> Awaitable[Answer]:
        form = {"key": word.id, "title": f"Ønske {word.id}", "body": f"Ord {word.id} til prøven {word.id}"}
        return self.line.ask("POST", "/oensker/nyt", self.cookie, form)

    def _by_program(self, word: Word) -> Awaitable[Answer]:
        body = {"title": f"Ønske {word.id}", "body": f"Ord {word.id} til prøven {word.id}"}
        headers = f"{self.program}Idempotency-Key: {word.id}\r\n"
        sent = json.dumps(body).encode()
        return self.line.ask("POST", "/api/v1/oensker", headers, body=sent, kind="application/json")

    def _on_board(self, word: Word) -> Awaitable[Answer]:
        words = f"Ord {word.id} til prøven {word.id}"
        form = {"client_id": word.id, "key": str(uuid4()), "text": words, "shown_as": "name"}
        return self.line.ask("POST", self.board, self.seat, form)


class Killing:
    def __init__(self, house: House, weights: dict[str, int], tally: Tally) -> None:
        self.house = house
        self.weights = weights
        self.tally = tally
        self.killed: Counter[str] = Counter()
        self.longest = 0.0

    async def round(self) -> None:
        await self._let_write(random.randint(1, MOST_TAKEN))
        await asyncio.sleep(random.uniform(0, PAUSE))
        what = random.choices(list(self.weights), list(self.weights.values()))[0]
        self.killed[what] += 1
        began = time.monotonic()
        await asyncio.to_thread(getattr(self, f"_{what}"))
        await self.house.until_up()
        self.longest = max(self.longest, time.monotonic() - began)

    async def _let_write(self, wanted: int) -> None:
        """What is killed before anybody was let in again has nothing under its hands that it could lose."""
        aim = self.tally.taken() + wanted
        with suppress(TimeoutError):
            async with asyncio.timeout(TAKEN_WITHIN):
                while self.tally.taken() < aim:
                    self.tally.news.clear()
                    await self.tally.news.wait()

    def _web(self) -> None:
        self.house.kill_web()
        self.house.start_web()

    def _worker(self) -> None:
        self.house.kill_worker()
        self.house.start_worker()

    def _backend(self) -> None:
        with suppress(SQLAlchemyError, ProcessLookupError, IndexError):
            os.kill(random.choice(self.house.find_backends()), signal.SIGKILL)

    def _server(self) -> None:
        self.house.kill_server()
        for _ in range(100):
            try:
                self.house.server.revive()
            except (ServerProblem, OSError):
                time.sleep(0.1)  # what is left of the old one may hold its memory still
            else:
                return


async def forget_counts(house: House) -> None:
    """Twenty people write more in a minute than people may in a day."""
    while True:
        with suppress(SQLAlchemyError):
            await asyncio.to_thread(_forget_counts, house)
        await asyncio.sleep(0.5)


def _forget_counts(house: House) -> None:
    with house.owner.engine.begin() as connection:
        connection.execute(text("delete from rate_count"))


async def run(house: House, options: argparse.Namespace, figures: Figures) -> None:
    stage, people = make_people(house, options.clients)
    house.start_web()
    house.start_worker()
    await house.until_up()
    tally = Tally()
    writers = [Writer(house, tally, stage, cookie, token) for cookie, token in people]
    for number, writer in enumerate(writers):
        await writer.join(number)
    chosen = options.only.split(",") if options.only else list(WEIGHTS)
    killing = Killing(house, {what: weight for what, weight in WEIGHTS.items() if what in chosen}, tally)
    forgetting = asyncio.create_task(forget_counts(house))
    done = asyncio.Event()
    writing = [asyncio.create_task(writer.write(done)) for writer in writers]
    print("they write; the killing begins", flush=True)
    began = time.monotonic()
    while killing.killed.total() < options.rounds and time.monotonic() - began < options.seconds:
        await killing.round()
        if killing.killed.total() % TOLD_EVERY == 0:
            lost, doubled, _ = await asyncio.to_thread(compare, house, tally)
            print(
                f"  {time.monotonic() - began:5.0f} s: {killing.killed.total()} rounds,"
                f" {tally.taken()} acknowledged,"
                f" {lost} lost, {doubled} doubled",
                flush=True,
            )
    seconds, meanwhile = time.monotonic() - began, tally.taken()
    done.set()
    await asyncio.gather(*writing)
    forgetting.cancel()
    figures.note(
        "kill: taken between two kills",
        f"{meanwhile} in {killing.killed.total()} rounds",
        "as many as rounds",
        meanwhile >= killing.killed.total(),
    )
    tell(figures, house, tally, killing, seconds, options)
    settle(figures, house, killing)


def make_people(house: House, clients: int) -> tuple[Stage, list[tuple[str, str]]]:
    """The room, and for each of the people a cookie and a key."""
    stage = set_up(house.database, 10)
    with house.database.unit() as session:
        firms = [make_organisation(f"firma-{n}", f"Eksempel {n} A/S", "vendor") for n in range(clients)]
        session.add_all(firms)
        session.flush()
        actors = add_actors(session, [Wanted(f"Prøve {n}", firm) for n, firm in enumerate(firms)])
        # One organisation each: of one, all would have the same name and address.
        tokens = [make_token(session, actor, "Prøve", frozenset({"read", "write"}), 30) for actor in actors]
    return stage, [(house.sign_in(actor), token) for actor, token in zip(actors, tokens, strict=True)]


def compare(house: House, tally: Tally) -> tuple[int, int, int]:
    """Of what is acknowledged: how much is not there, is there twice, or has other words than were sent."""
    known = {word.id: word for word in list(tally.words)}
    acknowledged = [word.id for word in known.values() if word.is_acknowledged]
    for _ in range(100):
        try:
            with house.database.unit() as session:
                rows = session.execute(text("select body from contribution order by id")).all()
            break
        except SQLAlchemyError:
            time.sleep(0.1)
    stored: Counter[str] = Counter()
    torn = 0
    for (body,) in rows:
        found = re.fullmatch(r"Ord (\S+) til prøven (\S+)", body)
        if found is None or found[1] != found[2] or found[1] not in known:
            torn += 1
        else:
            stored[found[1]] += 1
    return (
        sum(stored[one] == 0 for one in acknowledged),
        sum(count > 1 for count in stored.values()),
        torn,
    )


def tell(
    figures: Figures,
    house: House,
    tally: Tally,
    killing: Killing,
    seconds: float,
    options: argparse.Namespace,
) -> None:
    rounds = killing.killed.total()
    lost, doubled, torn = compare(house, tally)
    taken = tally.taken()
    again = sum(word.tries - 1 for word in tally.words)
    each = ", ".join(f"{what} {count}" for what, count in killing.killed.most_common())
    figures.note(
        "kill: rounds",
        f"{rounds} in {seconds:.0f} s, {rounds / seconds:.1f} a second ({each}); {options.clients} people",
        f"{options.rounds}",
        rounds >= options.rounds,
    )
    figures.note(
        "kill: acknowledged writes",
        f"{taken} taken, {again} sent again; {lost} lost, {doubled} doubled, {torn} torn,"
        f" {len(tally.words) - taken} never taken",
        "0 lost, 0 doubled",
        lost == doubled == torn == 0 and taken == len(tally.words) > 0,
    )
    for odd, count in tally.odd.most_common(5):
        print(f"      {count} × {odd}")
    shown = ", ".join(f"{count} × {status}" for status, count in sorted(tally.answers.items()))
    figures.note(
        "kill: unclear answers",
        f"{tally.odd.total()} ({shown}; {tally.away} without one)",
        "0: taken, or 503 with Retry-After",
        not tally.odd,
    )
    figures.note(
        "kill: until it serves again",
        f"at most {killing.longest:.1f} s",
        "10 s",
        killing.longest <= 10,
    )


_WAITING = "select count(*) from procrastinate_jobs where status in ('todo', 'doing') and {due}"
_DUE = "coalesce(scheduled_at, now()) < now() + interval '2 minutes'"


def wait_for_work(house: House) -> int:
    """Until the queue is empty, or no longer gets shorter; gives what is left in it."""
    waiting = _WAITING.format(due=_DUE)
    fewest, since = house.count(waiting), time.monotonic()
    while fewest and time.monotonic() - since < STUCK_AFTER:
        time.sleep(1)
        left = house.count(waiting)
        if left < fewest:
            fewest, since = left, time.monotonic()
    return fewest


def settle(figures: Figures, house: House, killing: Killing) -> None:
    """What should have followed from each word that was taken, when the worker has had its time."""
    began = time.monotonic()
    left = wait_for_work(house)
    given_up = house.count("select count(*) from procrastinate_jobs where status = 'failed'")
    missing = house.count(
        "select count(*) from contribution c where c.kind = 'wish' and not exists"
        " (select from search_document d where d.kind = 'wish' and d.object_id = c.id)"
    )
    figures.note(
        "kill: work that follows",
        f"{left} jobs left after {time.monotonic() - began:.0f} s, {given_up} given up,"
        f" {missing} wishes not found by the search",
        "0 left, 0 given up, 0 missing",
        left == given_up == missing == 0,
    )
    with house.database.unit() as session:
        mails = set(session.scalars(text("select message_id from mail order by id")))
    sent = Counter(
        str(message_from_bytes(path.read_bytes())["Message-ID"])
        for path in (house.folder / "mail").glob("*.eml")
    )
    doubled = sum(count - 1 for count in sent.values())
    figures.note(
        "kill: mails",
        f"{len(mails)} written, {len(mails - set(sent))} missing, {doubled} sent twice under one Message-ID",
        "0 missing, at most one twice a kill",
        mails <= set(sent) and doubled <= killing.killed.total(),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--seconds", type=float, default=3600, help="no new round after so many")
    parser.add_argument("--only", default="", help=f"some of {','.join(WEIGHTS)}")
    parser.add_argument("--seed", type=int, default=time.time_ns())
    parser.add_argument("--log", type=Path, help="where the log of all processes is kept")
    options = parser.parse_args()
    random.seed(options.seed)
    print(f"{datetime.now().astimezone():%Y-%m-%d %H:%M}, {os.cpu_count()} cores, seed {options.seed}")
    figures = Figures()
    with open_house() as house:
        try:
            asyncio.run(run(house, options, figures))
        finally:
            if options.log:
                options.log.write_bytes(house.log.read_bytes())
    return figures.close()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())

"""Whether what was acknowledged is there after `kill -9` of anything, while twenty people write.

    python bench/kill.py                    a thousand rounds, some twenty minutes on two quiet cores
    python bench/kill.py --rounds 60        a short one
    python bench/kill.py --only server      of web, worker, backend and server, some

A round lets people write, and kills one thing in the midst of it, chosen by chance and weight: the site's
process, the worker, one process of PostgreSQL (which then throws out everybody and recovers), or all of
PostgreSQL at once; then it is started again. The people send wishes by the form, wishes by the API and cards
in a room, each with the id by which it is known, and send each again under that id until it is acknowledged.
What is in the database is held against what was acknowledged. When the queue is empty, what should follow is
there too: each thing in the search index, some of them found by the search's own door, each mail sent. Only a
kill that took something away counts, and only after a write was taken since the last one. Ends with 1 where
anything is lost, doubled, torn, or answered unclearly.
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
from urllib.parse import urlencode
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.postgres import ServerProblem
from app.identity.tokens import make_token
from bench.figures import Figures, choose
from bench.house import LOST, Answer, House, Line, name_word, open_house
from bench.live import Stage, set_up
from tests.people import Wanted, add_actors, make_organisation

CLIENTS, ROUNDS = 20, 1000
WEIGHTS = {"backend": 70, "web": 20, "server": 5, "worker": 5}
PAUSE = 0.25  # seconds at most between two rounds, and between two things that somebody writes
MOST_TAKEN, TAKEN_WITHIN = 12, 10.0  # writes that are taken before the next kill; and seconds for them
TOLD_EVERY = 50  # rounds
A_SECOND = 3.0  # rounds
UP_SECONDS = 10.0
ASKED_FOR = 20  # of what was written, at the search's door
SENDERS = ("worker", "backend", "server")  # whose end may come between a mail sent and the note of it


@dataclass
class Word:
    """One thing that somebody wrote, known by its id. `tries` until it was acknowledged."""

    id: str
    kind: str
    cookie: str  # of who wrote it
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


def body_of(word: Word) -> str:
    """Its beginning and its end agree: what is torn is seen."""
    return f"Ord {word.id} til prøven {word.id}"


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
            word = Word(name_word(), kind, self.cookie)
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
                if not answer.is_clear_refusal():
                    said = re.sub(rb"<[^>]+>|\s+", b" ", answer.body).decode("utf-8", "replace")
                    self.tally.odd[f"{word.kind} {answer.status} {' '.join(said.split())[:300]}"] += 1
            # Much sooner than the site asks for: what is under test is that it bears it.
            await asyncio.sleep(random.uniform(0.05, 0.05 * min(word.tries, 8) + 0.05))

    def _by_form(self, word: Word) -> Awaitable[Answer]:
        form = {"key": word.id, "title": f"Ønske {word.id}", "body": body_of(word)}
        return self.line.ask("POST", "/oensker/nyt", self.cookie, form)

    def _by_program(self, word: Word) -> Awaitable[Answer]:
        body = {"title": f"Ønske {word.id}", "body": body_of(word)}
        headers = f"{self.program}Idempotency-Key: {word.id}\r\n"
        sent = json.dumps(body).encode()
        return self.line.ask("POST", "/api/v1/oensker", headers, body=sent, kind="application/json")

    def _on_board(self, word: Word) -> Awaitable[Answer]:
        form = {"client_id": word.id, "key": str(uuid4()), "text": body_of(word), "shown_as": "name"}
        return self.line.ask("POST", self.board, self.seat, form)


class Killing:
    """`killed`: what was, each time that it was there to be; `rounds`: those of them that count."""

    def __init__(self, house: House, weights: dict[str, int], tally: Tally) -> None:
        self.house = house
        self.weights = weights
        self.tally = tally
        self.killed: Counter[str] = Counter()
        self.rounds = 0
        self.longest = 0.0
        self.taken_before = 0

    async def round(self) -> None:
        await self._let_write(random.randint(1, MOST_TAKEN))
        await asyncio.sleep(random.uniform(0, PAUSE))
        what = random.choices(list(self.weights), list(self.weights.values()))[0]
        taken, began = self.tally.taken(), time.monotonic()
        was_killed = await asyncio.to_thread(getattr(self, f"_{what}"))
        await self.house.until_up()
        if was_killed:
            self.killed[what] += 1
            self.rounds += taken > self.taken_before
            self.taken_before = taken
            self.longest = max(self.longest, time.monotonic() - began)

    async def _let_write(self, wanted: int) -> None:
        """What is killed before anybody was let in again has nothing under its hands that it could lose."""
        aim = self.tally.taken() + wanted
        with suppress(TimeoutError):
            async with asyncio.timeout(TAKEN_WITHIN):
                while self.tally.taken() < aim:
                    self.tally.news.clear()
                    await self.tally.news.wait()

    def _web(self) -> bool:
        was_there = self.house.kill_web()
        self.house.start_web()
        return was_there

    def _worker(self) -> bool:
        was_there = self.house.kill_worker()
        self.house.start_worker()
        return was_there

    def _backend(self) -> bool:
        try:
            os.kill(random.choice(self.house.find_backends()), signal.SIGKILL)
        except (SQLAlchemyError, ProcessLookupError, IndexError):
            return False
        return True

    def _server(self) -> bool:
        was_there = self.house.kill_server()
        for _ in range(100):
            try:
                self.house.server.revive()
            except (ServerProblem, OSError):
                time.sleep(0.1)  # what is left of the old one may hold its memory still
            else:
                break
        return was_there


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
    killing = Killing(house, {what: WEIGHTS[what] for what in options.only}, tally)
    forgetting = asyncio.create_task(forget_counts(house))
    done = asyncio.Event()
    writing = [asyncio.create_task(writer.write(done)) for writer in writers]
    print("they write; the killing begins", flush=True)
    began = time.monotonic()
    told = 0
    while killing.rounds < options.rounds and time.monotonic() - began < options.seconds:
        await killing.round()
        if killing.rounds >= told + TOLD_EVERY:
            told = killing.rounds
            lost, doubled, _ = await asyncio.to_thread(compare, house, tally)
            print(
                f"  {time.monotonic() - began:5.0f} s: {killing.rounds} rounds,"
                f" {tally.taken()} acknowledged,"
                f" {lost} lost, {doubled} doubled",
                flush=True,
            )
    seconds, meanwhile = time.monotonic() - began, tally.taken()
    done.set()
    await asyncio.gather(*writing)
    forgetting.cancel()
    idle = killing.killed.total() - killing.rounds
    figures.note(
        "kill: taken between two kills",
        f"{meanwhile} in {killing.rounds} rounds; {idle} kills more with none taken before, not counted",
        "as many as rounds",
        meanwhile >= killing.rounds > 0,
    )
    await asyncio.to_thread(tell, figures, house, tally, killing, seconds, options)
    await asyncio.to_thread(settle, figures, house, killing, tally)
    await ask_search(figures, house, tally)


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
    rounds = killing.rounds
    lost, doubled, torn = compare(house, tally)
    taken = tally.taken()
    again = sum(word.tries - 1 for word in tally.words)
    each = ", ".join(f"{what} {count}" for what, count in killing.killed.most_common())
    figures.note(
        "kill: rounds",
        f"{rounds} in {seconds:.0f} s (killed: {each}); {options.clients} people",
        f"{options.rounds}",
        rounds >= options.rounds > 0,
    )
    figures.note(
        "kill: rounds a second",
        f"{rounds / seconds:.1f}",
        f"{A_SECOND:.0f}",
        rounds / seconds >= A_SECOND,
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
        "0: taken, or 503 with a sentence and Retry-After",
        not tally.odd,
    )
    figures.note(
        "kill: until it serves again",
        f"at most {killing.longest:.1f} s",
        f"{UP_SECONDS:.0f} s",
        0 < killing.longest <= UP_SECONDS,
    )


def settle(figures: Figures, house: House, killing: Killing, tally: Tally) -> None:
    """What should have followed from each word that was taken, when the worker has had its time."""
    began = time.monotonic()
    left = house.wait_for_work()
    while house.bring_forward():  # one that finds cards just written plans another
        left = house.wait_for_work()
    given_up = house.count_given_up()
    written = Counter(word.kind for word in tally.words if word.is_acknowledged)
    missing = house.count_unindexed([body_of(word) for word in tally.words if word.is_acknowledged])
    shown = ", ".join(f"{count} by {kind}" for kind, count in sorted(written.items()))
    figures.note(
        "kill: work that follows",
        f"{left} jobs left after {time.monotonic() - began:.0f} s, {given_up} given up;"
        f" of {shown or 'nothing'} {missing} not in the search index",
        "0 left, 0 given up, 0 missing",
        left == given_up == missing == 0 < written.total(),
    )
    with house.database.unit() as session:
        mails = set(session.scalars(text("select message_id from mail order by id")))
    sent = Counter(
        str(message_from_bytes(path.read_bytes())["Message-ID"])
        for path in (house.folder / "mail").glob("*.eml")
    )
    doubled = sum(count - 1 for count in sent.values())
    kills = sum(killing.killed[what] for what in SENDERS)
    figures.note(
        "kill: mails",
        f"{len(mails)} written, {len(mails - set(sent))} missing, {doubled} sent twice under one Message-ID"
        f" in {kills} kills of {', '.join(SENDERS)}",
        "some, 0 missing, at most one twice for each of these kills",
        bool(mails) and mails <= set(sent) and doubled <= kills,
    )


async def ask_search(figures: Figures, house: House, tally: Tally) -> None:
    """Some of the wishes, as their writers look for them. Who reads a card is for its board to say."""
    taken = [word for word in tally.words if word.is_acknowledged and word.kind != "card"]
    asked = random.sample(taken, min(ASKED_FOR, len(taken)))
    line, found, odd = Line(house.port), 0, Counter[str]()
    for word in asked:
        try:
            answer = await line.ask("GET", f"/soeg?{urlencode({'q': word.id})}", word.cookie)
        except LOST as problem:
            odd[type(problem).__name__] += 1
            continue
        # What was asked stands in the page too: only hits count, each of which begins with a heading.
        hits = re.split(rb"<h[23][^>]*><a href=", answer.body)[1:]
        is_found = any(word.id.encode() in re.sub(rb"<[^>]+>", b"", hit) for hit in hits)
        found += is_found
        if not is_found:
            odd[f"{word.kind} {answer.status}"] += 1
    told = f" ({', '.join(f'{count} × {name}' for name, count in odd.items())})" if odd else ""
    figures.note(
        "kill: found by the search", f"{found} of {len(asked)}{told}", "all", found == len(asked) > 0
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--seconds", type=float, default=2400, help="no new round after so many")
    parser.add_argument("--only", default="", help=f"some of {','.join(WEIGHTS)}")
    parser.add_argument("--seed", type=int, default=time.time_ns())
    parser.add_argument("--log", type=Path, help="where the log of all processes is kept")
    options = parser.parse_args()
    options.only = choose(parser, options.only, WEIGHTS)
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

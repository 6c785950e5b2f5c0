"""What people meet, and what is lost, when something that the site stands on is away.

    python bench/outage.py                           all of it, some minutes
    python bench/outage.py --only restart,clock --seconds 5

restart: PostgreSQL is stopped in order, and killed, under load, and started again by us;
revived: the site's own PostgreSQL is killed and nobody does anything about it;
disk: the disk under everything is full, and is given room again (needs the right to mount);
mail: the mail server is away, and comes back; storage: the store of files is, and comes back;
clock: the clocks of site and worker are moved while they run, and they are started at those times too.
PostgreSQL's own clock is not moved: it is the machine's, as it would be on a machine beside this one.
After each, the worker has to have done all that waited. Ends with 1 where a goal is missed.
"""

import argparse
import asyncio
import errno
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import boto3
from aiosmtpd.controller import Controller
from moto.server import ThreadedMotoServer
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock as site_clock
from app.core.policy import Actor
from bench.figures import Figures, choose
from bench.house import LOST, Answer, House, Line, free_port, name_word, open_house
from tests.core.documents.samples import make_pdf
from tests.people import Wanted, add_actors, make_organisation
from tests.postbox import Postbox
from tests.said import add_idea_draft

READERS, WRITERS = 12, 8
SOME = 20  # good answers before a strike
TRIES = 300  # of one thing that somebody writes
SHORT_OF_ROOM = 15.0  # seconds
READ_WHILE_FULL = 0.9  # of what is asked for
MOVED_WITHIN = 30.0  # seconds for the work that follows from what was written at a wrong time
FILLED_WITHIN = 300.0  # seconds: a site of its own puts the archive into its database first
PAGES = ["/", "/moeder", "/oensker", "/ideer", "/behov", "/soeg?q=data", "/forpligtelser", "/en/oensker"]
GOOD = frozenset({200, 201, 303, 304})


@dataclass
class Load:
    """People who read and write all the time, and what they were answered."""

    house: House
    cookies: list[str]
    answers: Counter[int] = field(default_factory=Counter)
    unclear: Counter[str] = field(default_factory=Counter)
    good_at: list[float] = field(default_factory=list)
    read_at: list[float] = field(default_factory=list)
    taken_at: list[float] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    given_up: int = 0
    is_over: bool = False
    struck_at: float = 0.0
    mended_at: float = 0.0  # when the strike, and what was done about it, was over
    over_at: float = 0.0

    async def read(self) -> None:
        line = Line(self.house.port)
        while not self.is_over:
            headers = random.choice(["", random.choice(self.cookies)])
            answer = await self._ask(line, "GET", random.choice(PAGES), headers, None)
            if answer is not None and answer.status == 200:
                self.read_at.append(time.monotonic())
            await asyncio.sleep(random.uniform(0, 0.1))

    async def write(self, cookie: str) -> None:
        line = Line(self.house.port)
        while not self.is_over:
            word = name_word()
            form = {"key": word, "title": f"Ønske {word}", "body": f"Ord {word}"}
            for _ in range(TRIES):
                answer = await self._ask(line, "POST", "/oensker/nyt", cookie, form)
                if answer is not None and answer.status == 303:
                    self.taken.append(word)
                    self.taken_at.append(time.monotonic())
                    break
                await asyncio.sleep(0.1)
            else:
                self.given_up += 1
            await asyncio.sleep(random.uniform(0, 0.3))

    async def _ask(
        self, line: Line, method: str, path: str, headers: str, form: dict[str, str] | None
    ) -> Answer | None:
        try:
            answer = await line.ask(method, path, headers, form)
        except LOST as error:
            self.unclear[f"{method} {path}: {type(error).__name__}"] += 1
            return None
        self.answers[answer.status] += 1
        if answer.status in GOOD:
            self.good_at.append(time.monotonic())
        elif answer.status != 429 and not answer.is_clear_refusal():
            self.unclear[f"{method} {path}: {answer.status}"] += 1
        return answer

    def longest_gap(self) -> float:
        """Between two good answers, or from the last one to the end."""
        moments = [*(at for at in self.good_at if at < self.over_at), self.over_at]
        return max((after - before for before, after in pairwise(moments)), default=float("inf"))

    def count_lost(self) -> tuple[int, int]:
        """Of what was taken: not there, and there more than once."""
        with self.house.database.unit() as session:
            bodies = Counter(session.scalars(text("select body from contribution order by id")))
        stored = [bodies[f"Ord {word}"] for word in self.taken]
        return stored.count(0), sum(count > 1 for count in stored)


def add_writers(house: House) -> list[str]:
    """Their cookie headers."""
    return [house.sign_in(actor) for actor in add_people_to_write(house)]


def add_people_to_write(house: House) -> list[Actor]:
    """Of one organisation each."""
    with house.database.unit() as session:
        firms = [make_organisation(f"firma-{n}", f"Eksempel {n} A/S", "vendor") for n in range(WRITERS)]
        session.add_all(firms)
        session.flush()
        return add_actors(session, [Wanted(f"Prøve {n}", firm) for n, firm in enumerate(firms)])


async def under_load(house: House, cookies: list[str], seconds: float, strike: Callable[[], object]) -> Load:
    """Strike after a third of the time; the load afterwards."""
    load = Load(house, cookies)
    people = [load.read() for _ in range(READERS)] + [load.write(cookie) for cookie in cookies]
    tasks = [asyncio.create_task(one) for one in people]
    forgetting = asyncio.create_task(keep_forgetting(house))
    await asyncio.sleep(seconds / 3)
    for _ in range(600):  # on a machine at work it may take them a while to get going
        if len(load.good_at) >= SOME and load.taken:
            break
        await asyncio.sleep(0.05)
    load.struck_at = time.monotonic()
    await asyncio.to_thread(strike)
    load.mended_at = time.monotonic()
    await asyncio.sleep(seconds * 2 / 3)
    load.over_at = time.monotonic()
    load.is_over = True
    await asyncio.gather(*tasks)
    forgetting.cancel()
    return load


def tell_load(figures: Figures, name: str, load: Load, most: float) -> None:
    lost, doubled = load.count_lost()
    counts = ", ".join(f"{count} × {status}" for status, count in sorted(load.answers.items()))
    for one, count in load.unclear.most_common(5):
        print(f"      {count} × {one}")
    figures.note(
        f"{name}: answers",
        f"{counts}; {load.unclear.total()} unclear or none",
        "each a page, or 503 with a sentence and Retry-After",
        not load.unclear and bool(load.answers),
    )
    # They write more than people may; what they are held back by says nothing of the outage.
    figures.note(f"{name}: held back (429)", f"{load.answers[429]}", "0", load.answers[429] == 0)
    figures.note(
        f"{name}: writes",
        f"{len(load.taken)} taken, {lost} lost, {doubled} doubled, {load.given_up} never taken",
        "0 lost, 0 doubled, 0 never taken",
        lost == doubled == load.given_up == 0 < len(load.taken),
    )
    reads, writes = (
        sum(load.mended_at < at < load.over_at for at in moments) for moments in (load.read_at, load.taken_at)
    )
    figures.note(f"{name}: afterwards", f"{reads} read, {writes} written", "some of both", reads > 0 < writes)
    gap, away = load.longest_gap(), load.mended_at - load.struck_at
    figures.note(
        f"{name}: without a good answer",
        f"{gap:.1f} s (away for {away:.1f} s)",
        f"{most:.0f} s more",
        gap <= away + most,
    )


def tell_work(figures: Figures, name: str, house: House, bodies: Sequence[str] = ()) -> None:
    """That the worker takes up again what waited, and does what follows from these texts."""
    began = time.monotonic()
    left, given_up = house.wait_for_work(), house.count_given_up()
    unindexed = house.count_unindexed(bodies)
    figures.note(
        f"{name}: work that waited",
        f"{left} jobs left after {time.monotonic() - began:.0f} s, {given_up} given up;"
        f" of {len(bodies)} texts {unindexed} not in the search index",
        "0, 0, 0",
        left == given_up == unindexed == 0,
    )


# --- the parts ---


def restart(figures: Figures, seconds: float) -> None:
    with open_house() as house:
        cookies = add_writers(house)
        house.start_web()
        house.start_worker()
        asyncio.run(house.until_up())

        def stop_in_order() -> None:
            number = house.postmaster()
            os.kill(number, signal.SIGINT)
            with suppress(OSError):
                os.waitpid(number, 0)  # one on its way down would be taken for one that runs
            revive(house)

        def kill() -> None:
            house.kill_server()
            revive(house)

        for name, strike in (("database stopped", stop_in_order), ("database killed", kill)):
            load = asyncio.run(under_load(house, cookies, seconds, strike))
            tell_load(figures, name, load, 2)
            tell_work(figures, name, house, [f"Ord {word}" for word in load.taken])


def revived(figures: Figures, seconds: float) -> None:
    """As it runs for everybody who sets up nothing: the site has its PostgreSQL and its worker with it."""
    most = 10
    with open_house(DATABASE_URL=None, DIALOGFORUM_RUN_WORKER="true") as house:
        cookies = add_writers(house)
        house.start_web()
        asyncio.run(house.until_up(within=FILLED_WITHIN))
        # Long enough that one that never comes back cannot look like one that takes its time.
        load = asyncio.run(under_load(house, cookies, max(seconds, 2.4 * most), house.kill_server))
        tell_load(figures, "own database killed", load, most)
        tell_work(figures, "own database killed", house, [f"Ord {word}" for word in load.taken])


def disk(figures: Figures, seconds: float) -> None:
    goal = "writes refused with 503 and Retry-After, reading goes on, 0 lost, written again within 5 s"
    try:
        with open_house(megabytes=600, DATABASE_URL=None, DIALOGFORUM_RUN_WORKER="true") as house:
            cookies = add_writers(house)
            house.start_web()
            asyncio.run(house.until_up(within=FILLED_WITHIN))
            taken = asyncio.run(fill_disk(figures, house, cookies, goal))
            tell_work(figures, "disk full", house, [f"Ord {word}" for word in taken])
    except PermissionError as problem:
        figures.skip("disk full", str(problem), goal)


async def fill_disk(figures: Figures, house: House, cookies: list[str], goal: str) -> list[str]:
    """What was taken, before, meanwhile and later."""
    load = Load(house, cookies)
    line, ballast = Line(house.port), house.folder / "ballast"
    tasks = [asyncio.create_task(load.write(cookie)) for cookie in cookies]
    forgetting = asyncio.create_task(keep_forgetting(house))
    for _ in range(600):
        if len(load.taken) >= len(cookies):
            break
        await asyncio.sleep(0.05)
    before, refused = len(load.taken), load.answers[503]
    fill_up(ballast)
    read: Counter[str] = Counter()
    until = time.monotonic() + SHORT_OF_ROOM
    while time.monotonic() < until:
        await asyncio.to_thread(fill_up, ballast)  # what the site itself has given back since
        try:
            answer = await line.ask("GET", random.choice(PAGES))
        except LOST as error:
            read["none"] += 1
            load.unclear[f"GET: {type(error).__name__}"] += 1
        else:
            read[str(answer.status)] += 1
            if answer.status not in GOOD and not answer.is_clear_refusal():
                load.unclear[f"GET {answer.status}"] += 1
        await asyncio.sleep(0.1)
    meanwhile, refused = len(load.taken), load.answers[503] - refused
    ballast.unlink()
    began = time.monotonic()
    for _ in range(1200):
        if len(load.taken) > meanwhile:
            break
        await asyncio.sleep(0.05)
    again = time.monotonic() - began
    load.is_over = True
    await asyncio.gather(*tasks)
    forgetting.cancel()
    lost, doubled = load.count_lost()
    for one, count in load.unclear.most_common(5):
        print(f"      {count} × {one}")
    if load.unclear:
        faults = [
            line for line in house.log.read_text().splitlines() if re.match(r"[\w.]+(Error|Full)\b", line)
        ]
        print("\n".join(f"      {fault[:300]}" for fault in faults[-5:]))
    counts = ", ".join(f"{count} × {status}" for status, count in sorted(load.answers.items()))
    reads = ", ".join(f"{count} × {status}" for status, count in sorted(read.items()))
    figures.note(
        "disk full",
        f"{before} taken before, {meanwhile - before} meanwhile and {refused} refused,"
        f" {len(load.taken) - meanwhile} later, {load.given_up} never; writes in all {counts};"
        f" reads while full {reads}; {load.unclear.total()} unclear; {lost} lost, {doubled} doubled;"
        f" written again after {again:.1f} s",
        goal,
        not load.unclear
        and lost == doubled == load.given_up == 0
        and again <= 5
        and read["200"] >= READ_WHILE_FULL * read.total() > 0
        and before > 0
        and refused > 0,
    )
    return load.taken


def fill_up(path: Path) -> None:
    """Until there is no room for another byte."""
    with path.open("ab", buffering=0) as file:
        for size in (1_000_000, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError as problem:
                if problem.errno != errno.ENOSPC:
                    raise


def mail(figures: Figures, seconds: float) -> None:
    """Somebody asks for a code while no mail can be sent."""
    port = free_port()
    given = {"DIALOGFORUM_SMTP_HOST": "127.0.0.1", "DIALOGFORUM_SMTP_PORT": str(port)}
    with open_house(DIALOGFORUM_SMTP_TLS="none", **given) as house:
        add_writers(house)
        house.start_web()
        house.start_worker()
        asyncio.run(house.until_up())
        form = {"key": str(uuid4()), "email": "prøve@firma-0.example".replace("ø", "oe")}
        with house.database.unit() as session:
            address = session.scalar(text("select email from user_account order by id limit 1"))
        form["email"] = str(address)
        answer = asyncio.run(Line(house.port).ask("POST", "/log-ind", form=form))
        for _ in range(150):
            if house.count("select coalesce(max(tries), 0) from mail"):
                break
            time.sleep(0.2)
        tries = house.count("select coalesce(max(tries), 0) from mail")
        box = Postbox(port=port)
        controller = Controller(box, hostname="127.0.0.1", port=port)
        controller.start()
        try:
            began = time.monotonic()
            while not box.received and time.monotonic() - began < 90:
                time.sleep(0.2)
            waited = time.monotonic() - began
            time.sleep(5)  # a second one would come about now
            tell_work(figures, "mail server away", house)
        finally:
            controller.stop()
        figures.note(
            "mail server away",
            f"asked for a code: {answer.status}; {tries} tries in vain; {len(box.received)} mail after"
            f" {waited:.0f} s",
            "the page comes, the mail once it can",
            answer.status in GOOD and tries > 0 and len(box.received) == 1,
        )


@contextmanager
def bucket(port: int) -> Iterator[ThreadedMotoServer]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    try:
        secrets = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", **secrets)
        with suppress(client.exceptions.BucketAlreadyOwnedByYou):
            client.create_bucket(Bucket="forum")
        yield server
    finally:
        server.stop()


def storage(figures: Figures, seconds: float) -> None:
    """Somebody adds a file to an idea, and another fetches it, while the store of files is away."""
    port = free_port()
    with open_house(
        DIALOGFORUM_STORAGE_URL="s3://forum",
        DIALOGFORUM_STORAGE_ENDPOINT=f"http://127.0.0.1:{port}",
        DIALOGFORUM_STORAGE_ACCESS_KEY="test",
        DIALOGFORUM_STORAGE_SECRET_KEY="test",  # noqa: S106
    ) as house:
        with house.database.unit() as session:
            firm = make_organisation("firma", "Eksempel A/S", "vendor")
            session.add(firm)
            session.flush()
            [actor] = add_actors(session, [Wanted("Prøve 1", firm)])
            idea = add_idea_draft(session, actor).reference
        cookie = house.sign_in(actor)
        drawing = make_pdf(house.folder / "tegning.pdf", [("Side", ["Ord"])]).read_bytes()
        house.start_web()
        house.start_worker()
        asyncio.run(house.until_up())
        line = Line(house.port)

        async def put(key: str) -> tuple[Answer, float]:
            border = "prøve".encode().hex()
            fields = {"key": key, "title": f"Tegning {key[:4]}", "access": "public"}
            parts = [
                f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                for name, value in fields.items()
            ]
            head = 'Content-Disposition: form-data; name="file"; filename="tegning.pdf"'
            parts.append(f"--{border}\r\n{head}\r\nContent-Type: application/pdf\r\n\r\n".encode() + drawing)
            body = b"".join(parts) + f"\r\n--{border}--\r\n".encode()
            began = time.monotonic()
            kind = f"multipart/form-data; boundary={border}"
            answer = await line.ask("POST", f"/ideer/{idea}/bilag", cookie, body=body, kind=kind, within=60)
            return answer, time.monotonic() - began

        async def fetch() -> Answer:
            number = house.count("select coalesce(min(id), 0) from idea_attachment")
            return await line.ask("GET", f"/ideer/bilag/{number}", cookie, within=60)

        async def play() -> None:
            first, second = str(uuid4()), str(uuid4())
            with bucket(port):
                before, _ = await put(first)
                read = await fetch()
            away, waited = await put(second)
            unread = await fetch()
            page = await line.ask("GET", f"/ideer/{idea}", cookie)
            with bucket(port):
                after, _ = await put(second)
                again = await fetch()
                await asyncio.to_thread(tell_work, figures, "storage away", house)
            rows = house.count("select count(*) from idea_attachment")
            figures.note(
                "storage away",
                f"put {before.status}, read {read.status}; away: put {away.status} after {waited:.1f} s, read"
                f" {unread.status}, page {page.status}; back: put {after.status}, read {again.status};"
                f" {rows} files",
                "503 with Retry-After within 15 s, pages stay, nothing half",
                (before.status, read.status, page.status, after.status) == (303, 200, 200, 303)
                and away.is_clear_refusal()
                and unread.is_clear_refusal()
                and waited <= 15
                and again.status == 200
                and rows == 2,
            )

        asyncio.run(play())


MOMENTS = {
    "before everything": datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
    "ten years ago": datetime(2016, 2, 29, 12, tzinfo=UTC),
    "the hour that is not there": datetime(2027, 3, 28, 1, 0, tzinfo=UTC),
    "the hour that comes twice": datetime(2027, 10, 31, 0, 59, 59, tzinfo=UTC),
    "a leap day": datetime(2028, 2, 29, 23, 30, tzinfo=UTC),
    "the last second of a year": datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC),
    "past 32 bits": datetime(2038, 1, 20, tzinfo=UTC),
}


ASKED_AT = [*PAGES, "/mit", "/kalender", "/log-ind", "/readyz", "/api/v1/oensker"]


def clock(figures: Figures, seconds: float) -> None:
    with open_house(is_seeded=True) as house:
        house.start_web()
        house.start_worker()
        asyncio.run(house.until_up())
        people = add_people_to_write(house)
        early = house.sign_in(people[0])
        answers: Counter[int] = Counter()
        faults: list[str] = []
        bodies: list[str] = []
        for name, moment in MOMENTS.items():
            for way in ("moved to", "started at"):
                forget_counts(house)
                house.move_to(moment)
                if way == "started at":
                    house.restart()
                asyncio.run(live_at(house, people, moment, f"{way} {name}", answers, faults, bodies))
        house.move_to(datetime.now(UTC) + timedelta(days=400))
        old = asyncio.run(Line(house.port).ask("GET", "/mit", early))
        house.move_to(datetime.now(UTC))
        for fault in faults[:20]:
            print(f"      {fault}")
        counts = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
        figures.note(
            "clock: wrong times",
            f"{len(MOMENTS)} of them, each in a running site and at a start: {counts}; {len(faults)} others",
            "200 or 303",
            not faults and answers.total() > 0,
        )
        figures.note(
            "clock: written at wrong times",
            f"{len(bodies)} of {2 * len(MOMENTS)}",
            "all",
            len(bodies) == 2 * len(MOMENTS),
        )
        told = f"{old.status} {old.headers.get('location', '')}"
        is_dead = old.status == 303 and "/log-ind" in old.headers["location"]
        figures.note("clock: a session 400 days on", told, "to the sign-in", is_dead)
        tell_work(figures, "clock", house, bodies)


async def live_at(
    house: House,
    people: Sequence[Actor],
    moment: datetime,
    name: str,
    answers: Counter[int],
    faults: list[str],
    bodies: list[str],
) -> None:
    """Read, sign in, write, and have the worker do what follows, while it is that moment."""
    line = Line(house.port)
    with site_clock.moved_to(moment):  # else the session would be of another time than the site
        cookie = house.sign_in(people[len(bodies) % len(people)])
    word = name_word()
    form = {"key": word, "title": f"Ønske {word}", "body": f"Ord {word}"}
    asked: list[tuple[str, str, str, dict[str, str] | None]] = [
        ("GET", path, headers, None) for path in ASKED_AT for headers in ("", cookie)
    ]
    for method, path, headers, given in [*asked, ("POST", "/oensker/nyt", cookie, form)]:
        try:
            answer = await line.ask(method, path, headers, given)
        except LOST as problem:
            faults.append(f"{name}: {method} {path} {type(problem).__name__}")
            continue
        answers[answer.status] += 1
        if answer.status not in (200, 303):
            said = re.sub(rb"<[^>]+>|\s+", b" ", answer.body[-3000:]).decode("utf-8", "replace")
            faults.append(f"{name}: {method} {path} {answer.status} {' '.join(said.split())[:150]}")
        if given and answer.status == 303:
            bodies.append(form["body"])
    print(f"      {name}: {len(faults)} faults so far", flush=True)
    deadline = time.monotonic() + MOVED_WITHIN
    while house.count_unindexed([form["body"]]) and time.monotonic() < deadline:  # noqa: ASYNC110  a row
        await asyncio.sleep(0.3)
    if house.count_unindexed([form["body"]]):
        faults.append(f"{name}: the worker did not do what follows within {MOVED_WITHIN:.0f} s")


def revive(house: House) -> None:
    for _ in range(100):
        try:
            house.server.revive()
        except Exception:  # noqa: BLE001  what is left of the old one may hold its memory still
            time.sleep(0.1)
        else:
            return


async def keep_forgetting(house: House) -> None:
    """Eight writers write more in a minute than people may in a day."""
    while True:
        await asyncio.to_thread(forget_counts, house)
        await asyncio.sleep(0.5)


def forget_counts(house: House) -> None:
    with suppress(SQLAlchemyError), house.owner.engine.begin() as connection:
        connection.execute(text("delete from rate_count"))


PARTS = {
    "restart": restart,
    "revived": revived,
    "disk": disk,
    "mail": mail,
    "storage": storage,
    "clock": clock,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--only", default="", help=f"some of {','.join(PARTS)}")
    parser.add_argument("--seconds", type=float, default=12, help="of load around each strike")
    options = parser.parse_args()
    wanted = choose(parser, options.only, PARTS)
    print(f"{datetime.now().astimezone():%Y-%m-%d %H:%M}, {os.cpu_count()} cores")
    figures = Figures()
    for name in wanted:
        print(f"\n{name}", flush=True)
        try:
            PARTS[name](figures, options.seconds)
        except Exception as problem:  # noqa: BLE001  the other parts are to be measured too
            figures.note(name, f"broke off: {type(problem).__name__}: {problem}"[:2000], "measured", False)
    return figures.close()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())

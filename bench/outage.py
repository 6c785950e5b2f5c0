"""What people meet, and what is lost, when something that the site stands on is away.

    python bench/outage.py                           all of it, some minutes
    python bench/outage.py --only restart,clock --seconds 5

restart: PostgreSQL is stopped in order, and killed, under load, and started again;
revived: the site's own PostgreSQL is killed and nobody does anything about it;
disk: the disk under everything is full, and is given room again (needs the right to mount);
mail: the mail server is away, and comes back; storage: the store of files is, and comes back;
clock: the site runs at other times than the right one. Ends with 1 where a goal is missed.
"""

import argparse
import asyncio
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import boto3
from aiosmtpd.controller import Controller
from moto.server import ThreadedMotoServer
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bench.figures import Figures
from bench.house import LOST, Answer, House, Line, free_port, open_house
from tests.core.documents.samples import make_pdf
from tests.people import Wanted, add_actors, make_organisation
from tests.postbox import Postbox
from tests.said import add_idea_draft

READERS, WRITERS = 12, 8
SOME = 20  # good answers before a strike
FILLED_WITHIN = 300.0  # seconds: a site of its own puts the archive into its database first
PAGES = ["/", "/moeder", "/oensker", "/ideer", "/behov", "/soeg?q=data", "/forpligtelser", "/en/oensker"]
GOOD = frozenset({200, 201, 303, 304})


@dataclass
class Load:
    """People who read and write all the time, and what they were answered."""

    house: House
    cookies: list[str]
    answers: Counter[str] = field(default_factory=Counter)
    unclear: Counter[str] = field(default_factory=Counter)
    good_at: list[float] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    is_over: bool = False

    async def read(self) -> None:
        line = Line(self.house.port)
        while not self.is_over:
            headers = random.choice(["", random.choice(self.cookies)])
            await self._ask(line, "GET", random.choice(PAGES), headers, None)
            await asyncio.sleep(random.uniform(0, 0.1))

    async def write(self, cookie: str) -> None:
        line = Line(self.house.port)
        while not self.is_over:
            word = str(uuid4())
            form = {"key": word, "title": f"Ønske {word}", "body": f"Ord {word}"}
            for _ in range(200):
                answer = await self._ask(line, "POST", "/oensker/nyt", cookie, form)
                if answer is not None and answer.status == 303:
                    self.taken.append(word)
                    break
                await asyncio.sleep(0.1)
            await asyncio.sleep(random.uniform(0, 0.3))

    async def _ask(
        self, line: Line, method: str, path: str, headers: str, form: dict[str, str] | None
    ) -> Answer | None:
        try:
            answer = await line.ask(method, path, headers, form)
        except LOST as error:
            self.unclear[f"{method} {path}: {type(error).__name__}"] += 1
            return None
        self.answers[str(answer.status)] += 1
        if answer.status in GOOD:
            self.good_at.append(time.monotonic())
        elif not is_clear_refusal(answer):
            self.unclear[f"{method} {path}: {answer.status}"] += 1
        return answer

    def longest_gap(self) -> float:
        pairs = zip(self.good_at, self.good_at[1:], strict=False)
        return max((after - before for before, after in pairs), default=float("inf"))

    def count_lost(self) -> tuple[int, int]:
        """Of what was taken: not there, and there more than once."""
        with self.house.database.unit() as session:
            bodies = Counter(session.scalars(text("select body from contribution order by id")))
        stored = [bodies[f"Ord {word}"] for word in self.taken]
        return stored.count(0), sum(count > 1 for count in stored)


def is_clear_refusal(answer: Answer) -> bool:
    """A page that says to come again, and when."""
    is_told = "retry-after" in answer.headers and (b"<h1" in answer.body or b'"title"' in answer.body)
    return answer.status in (429, 503) and is_told


def add_writers(house: House) -> list[str]:
    """Cookie headers of people of one organisation each."""
    with house.database.unit() as session:
        firms = [make_organisation(f"firma-{n}", f"Eksempel {n} A/S", "vendor") for n in range(WRITERS)]
        session.add_all(firms)
        session.flush()
        actors = add_actors(session, [Wanted(f"Prøve {n}", firm) for n, firm in enumerate(firms)])
    return [house.sign_in(actor) for actor in actors]


async def under_load(
    house: House, cookies: list[str], seconds: float, strike: Callable[[], None]
) -> tuple[Load, float]:
    """Strike in the middle; the load afterwards, and how long the strike took."""
    load = Load(house, cookies)
    people = [load.read() for _ in range(READERS)] + [load.write(cookie) for cookie in cookies]
    tasks = [asyncio.create_task(one) for one in people]
    await asyncio.sleep(seconds / 3)
    for _ in range(600):  # on a machine at work it may take them a while to get going
        if len(load.good_at) >= SOME and load.taken:
            break
        await asyncio.sleep(0.05)
    began = time.monotonic()
    await asyncio.to_thread(strike)
    struck = time.monotonic() - began
    await asyncio.sleep(seconds * 2 / 3)
    load.is_over = True
    await asyncio.gather(*tasks)
    return load, struck


def tell_load(figures: Figures, name: str, load: Load, struck: float, most: float) -> None:
    lost, doubled = load.count_lost()
    counts = ", ".join(f"{count} × {status}" for status, count in sorted(load.answers.items()))
    for one, count in load.unclear.most_common(5):
        print(f"      {count} × {one}")
    figures.note(
        f"{name}: answers",
        f"{counts}; {load.unclear.total()} unclear or none",
        "each a page, or 503 with Retry-After",
        not load.unclear and bool(load.answers),
    )
    figures.note(
        f"{name}: writes",
        f"{len(load.taken)} taken, {lost} lost, {doubled} doubled",
        "0 lost, 0 doubled",
        lost == doubled == 0 < len(load.taken),
    )
    gap = load.longest_gap()
    figures.note(
        f"{name}: without a good answer",
        f"{gap:.1f} s (away for {struck:.1f} s)",
        f"{most:.0f} s more",
        gap <= struck + most,
    )


# --- the parts ---


def restart(figures: Figures, seconds: float) -> None:
    with open_house() as house:
        cookies = add_writers(house)
        house.start_web()
        house.start_worker()
        asyncio.run(house.until_up())

        def stop_in_order() -> None:
            os.kill(house.postmaster(), signal.SIGINT)
            house.server.revive()

        def kill() -> None:
            house.kill_server()
            revive(house)

        for name, strike in (("stopped", stop_in_order), ("killed", kill)):
            forget_counts(house)
            load, struck = asyncio.run(under_load(house, cookies, seconds, strike))
            tell_load(figures, f"database {name}", load, struck, 2)


def revived(figures: Figures, seconds: float) -> None:
    """As it runs for everybody who sets up nothing: the site has its PostgreSQL with it."""
    with open_house(DATABASE_URL=None) as house:
        cookies = add_writers(house)
        house.start_web()
        asyncio.run(house.until_up(within=FILLED_WITHIN))
        load, _ = asyncio.run(under_load(house, cookies, max(seconds, 12), house.kill_server))
        tell_load(figures, "own database killed", load, 0.0, 10)


def disk(figures: Figures, seconds: float) -> None:
    goal = "503 with Retry-After, reading goes on, 0 lost, written again within 5 s"
    try:
        with open_house(megabytes=600, DATABASE_URL=None) as house:
            cookies = add_writers(house)
            house.environment["DIALOGFORUM_ENVIRONMENT"] = "demo"
            asyncio.run(fill_disk(figures, house, cookies, goal))
    except PermissionError as problem:
        figures.skip("disk full", str(problem), goal)


async def fill_disk(figures: Figures, house: House, cookies: list[str], goal: str) -> None:
    house.start_web()
    await house.until_up(within=FILLED_WITHIN)
    load = Load(house, cookies)
    line, ballast = Line(house.port), house.folder / "ballast"
    tasks = [asyncio.create_task(load.write(cookie)) for cookie in cookies]
    await asyncio.sleep(2)
    before = len(load.taken)
    with ballast.open("wb") as file, suppress(OSError):
        while True:
            file.write(b"\0" * 1_000_000)
            file.flush()
    read: Counter[int] = Counter()
    until = time.monotonic() + 15
    while time.monotonic() < until:
        with suppress(*LOST):
            answer = await line.ask("GET", random.choice(PAGES))
            read[answer.status] += 1
            if answer.status not in GOOD and not is_clear_refusal(answer):
                load.unclear[f"GET {answer.status}"] += 1
        await asyncio.sleep(0.1)
    meanwhile = len(load.taken)
    ballast.unlink()
    began = time.monotonic()
    for _ in range(1200):
        if len(load.taken) > meanwhile:
            break
        await asyncio.sleep(0.05)
    again = time.monotonic() - began
    load.is_over = True
    await asyncio.gather(*tasks)
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
        f"{before} taken before, {meanwhile - before} meanwhile, {len(load.taken) - meanwhile} later;"
        f" writes {counts}; reads while full {reads}; {load.unclear.total()} unclear;"
        f" {lost} lost, {doubled} doubled;"
        f" written again after {again:.1f} s",
        goal,
        not load.unclear and lost == doubled == 0 and again <= 5 and read[200] > 0 and before > 0,
    )


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
        time.sleep(4)
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
            rows = house.count("select count(*) from idea_attachment")
            figures.note(
                "storage away",
                f"put {before.status}, read {read.status}; away: put {away.status} after {waited:.1f} s, read"
                f" {unread.status}, page {page.status}; back: put {after.status}, read {again.status};"
                f" {rows} files",
                "503 with Retry-After within 15 s, pages stay, nothing half",
                (before.status, read.status, page.status, after.status) == (303, 200, 200, 303)
                and is_clear_refusal(away)
                and is_clear_refusal(unread)
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


def clock(figures: Figures, seconds: float) -> None:
    with open_house(is_seeded=True) as house:
        cookie = add_writers(house)[0]
        answers: Counter[int] = Counter()
        faults: list[str] = []
        for name, moment in MOMENTS.items():
            house.moment = moment
            house.restart()
            for path in [*PAGES, "/mit", "/kalender", "/log-ind", "/readyz", "/api/v1/oensker"]:
                for headers in ("", cookie):
                    answer = asyncio.run(Line(house.port).ask("GET", path, headers))
                    answers[answer.status] += 1
                    if answer.status >= 500:
                        faults.append(f"{name}: {path} {answer.status}")
        house.moment = datetime.now(UTC) + timedelta(days=400)
        house.restart()
        old = asyncio.run(Line(house.port).ask("GET", "/mit", cookie))
    for fault in faults[:10]:
        print(f"      {fault}")
    counts = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
    figures.note("clock: wrong times", f"{len(MOMENTS)} of them: {counts}", "0 of 5xx", not faults)
    told = f"{old.status} {old.headers.get('location', '')}"
    is_dead = old.status == 303 and "/log-ind" in old.headers["location"]
    figures.note("clock: a session 400 days on", told, "to the sign-in", is_dead)


def revive(house: House) -> None:
    for _ in range(100):
        try:
            house.server.revive()
        except Exception:  # noqa: BLE001  what is left of the old one may hold its memory still
            time.sleep(0.1)
        else:
            return


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
    print(f"{datetime.now().astimezone():%Y-%m-%d %H:%M}, {os.cpu_count()} cores")
    figures = Figures()
    for name in options.only.split(",") if options.only else PARTS:
        print(f"\n{name}", flush=True)
        try:
            PARTS[name](figures, options.seconds)
        except Exception as problem:  # noqa: BLE001  the other parts are to be measured too
            figures.note(name, f"broke off: {type(problem).__name__}: {problem}"[:2000], "measured", False)
    return figures.close()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())

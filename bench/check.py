"""All that is claimed, measured in one go: `python3 start.py check`, and with --long to the end.

    python3 start.py check                     the short form: at most half an hour, one part after another
    python3 start.py check --long              all, with whole figures: some hours on two cores
    python3 start.py check --only kill,outage  some
    python3 start.py check --list              which there are, what each runs and how long it may take
    python3 start.py check --out DIR           where results go (var/check)
    python3 start.py check --allow-not-run     a part of which nothing could be run here is no fault

Each part is a command that anybody can run by itself, with a limit of its own: past it, it is ended and
counts as missed, and the next one begins. What it says stands in DIR/<part>.log; DIR/results.json has for
each part its command, seconds, status and figures, with the machine, the moment and the commit, and is
written anew after every part. Ends with 1 where a part failed, a goal is missed, or nothing of a part could
be run. Run it on a quiet machine.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.figures import NOT_RUN, ROOT, WANTED_AT, Figure, choose, sum_up, where_and_when

TOLD_EVERY = 15.0  # seconds
SHOWN_LINES = 25  # of what a part said, in the results


@dataclass(frozen=True, slots=True)
class Part:
    """A command after Python itself, and its limit. Without a short form it runs in the long one only.

    {work} is a folder that is thrown away afterwards, {out} the one of the results.
    """

    name: str
    what: str
    short: str
    minutes: float
    long: str = ""
    long_minutes: float = 0.0

    def of(self, is_long: bool) -> tuple[list[str], float]:
        if is_long and self.long_minutes:
            return (self.long or self.short).split(), self.long_minutes
        return self.short.split(), self.minutes


# What breaks soonest first, what takes longest last.
PARTS = (
    Part("source", "linters, bandit, own rules, packages", "bench/source.py", 3),
    Part("malformed", "broken requests to every door", "bench/malformed.py --requests 3000", 3,
         "bench/malformed.py --requests 20000", 25),
    Part("kill", "kill -9 of anything under twenty writers", "bench/kill.py --rounds 60 --seconds 150", 5,
         "bench/kill.py", 60),
    Part("outage", "database, disk, mail, storage away; wrong clocks", "bench/outage.py", 7,
         "bench/outage.py --seconds 30", 15),
    Part("volume-1", "the archive, to serve from", "bench/volume.py {work}/1 --times 0", 2),
    Part("pages", "each page: requests a second, processor, bytes, statements",
         "bench/pages.py {work}/1 --only moeder/14,OE-0002,q=digital,skuffe --json {out}/pages.json", 6,
         "bench/pages.py {work}/1 --json {out}/pages.json", 40),
    Part("volume-100", "a hundred times the archive", "", 0, "bench/volume.py {work}/100 --times 100", 30),
    Part("pages-100", "each page beside those of the hundredfold", "", 0,
         "bench/pages.py {work}/1 {work}/100 --json {out}/pages-100.json", 30),
    Part("search", "search over 20,000 documents, or 100,000", "bench/search.py --documents 20000", 2,
         "bench/search.py --documents 100000", 20),
    Part("report", "a report of a long meeting", "bench/report.py", 2),
    Part("documents", "each PDF, DOCX, PPTX, XLSX for who cannot see it", "", 0, "bench/documents.py", 15),
    Part("decks", "300 decks of 25 pages", "", 0, "bench/decks.py", 60),
    Part("live", "a thousand people in a room", "", 0, "bench/live.py", 30),
    Part("accessibility", "axe on pages as each kind of people", "", 0, "bench/accessibility.py", 65),
    Part("uploads", "files made to do harm, on every way in", "", 0,
         "-m pytest -q tests/core/documents tests/domain/test_presentations_reading.py"
         " tests/web/test_deck_editing.py tests/web/test_deck_batches.py tests/web/test_imports.py"
         " tests/web/test_idea_writing.py", 15),
    Part("provider", "a sign-in provider that lies, and a certified one", "", 0,
         "-m pytest -q tests/identity/oidc tests/test_provider_settings.py", 15),
    Part("tests", "the tests", "", 0, "-m pytest -q -n 2", 45),
)  # fmt: skip


@dataclass
class Outcome:
    """`state`: ok, MISSED (a goal, or its own status), too long, or not run (none of its figures was)."""

    name: str
    command: str
    state: str
    seconds: float
    status: int | None
    figures: list[Figure] = field(default_factory=list)
    last_lines: list[str] = field(default_factory=list)


def run(name: str, command: Sequence[str], minutes: float, out: Path, work: Path) -> Outcome:
    """One part, ended when its time is over, with whatever it has started."""
    filled = [word.replace("{work}", str(work)).replace("{out}", str(out)) for word in command]
    log, said = out / f"{name}.log", out / f"{name}.figures"
    said.unlink(missing_ok=True)
    began = time.monotonic()
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, *filled],
            cwd=ROOT,
            env=os.environ | {WANTED_AT: str(said), "PYTHONUNBUFFERED": "1"},
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
        try:
            is_over = wait(process, name, began, minutes)
        finally:
            end(process)
    lines = log.read_text("utf-8", "replace").splitlines()
    figures = [Figure(**one) for one in json.loads(said.read_text())] if said.exists() else []
    if list(command[:2]) == ["-m", "pytest"]:
        figures = count_tests(lines)
    said.unlink(missing_ok=True)
    state = "too long" if is_over else judge(process.returncode, figures, lines)
    shown = "python " + " ".join(command)
    seconds = round(time.monotonic() - began, 1)
    return Outcome(name, shown, state, seconds, process.returncode, figures, lines[-SHOWN_LINES:])


def judge(status: int, figures: Sequence[Figure], lines: Sequence[str]) -> str:
    verdict = sum_up(figures) if figures else "ok"  # what gives no figures tells by its status alone
    # It ends with 1 then too; one that broke off has not come to its last line.
    if verdict == NOT_RUN and (status == 0 or (lines and lines[-1].startswith(NOT_RUN))):
        return NOT_RUN
    return "ok" if status == 0 and verdict == "ok" else "MISSED"


def count_tests(lines: Sequence[str]) -> list[Figure]:
    """What pytest says in its last line; none that passed is no proof of anything."""
    counts = {word: int(count) for count, word in re.findall(r"(\d+) (\w+)", lines[-1] if lines else "")}
    bad = counts.get("failed", 0) + counts.get("error", 0) + counts.get("errors", 0)
    passed, skipped = counts.get("passed", 0), counts.get("skipped", 0)
    state = "MISSED" if bad or not passed else "ok"
    measured = f"{passed} passed, {bad} failed, {skipped} skipped"
    return [Figure("tests", measured, "0 failed, some passed", state)]


def wait(process: subprocess.Popen[bytes], name: str, began: float, minutes: float) -> bool:
    """Until it is done, with a line now and then; whether it had to be given up."""
    told = began
    while process.poll() is None:
        now = time.monotonic()
        if now - began > minutes * 60:
            return True
        if now - told >= TOLD_EVERY:
            told = now
            tell(f"  {name:14} {now - began:5.0f} s of at most {minutes * 60:.0f}", is_passing=True)
        time.sleep(0.2)
    return False


def end(process: subprocess.Popen[bytes]) -> None:
    """In order where it can, so that it takes its servers with it; then for good."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def tell(line: str, *, is_passing: bool = False) -> None:
    """On a terminal a passing line makes room for the next one."""
    on_terminal = sys.stdout.isatty()
    print(
        f"\r{line:<78}" if on_terminal else line, end="" if is_passing and on_terminal else "\n", flush=True
    )


def write(out: Path, about: Mapping[str, Any], outcomes: Sequence[Outcome]) -> None:
    told = dict(about) | {"parts": [asdict(one) for one in outcomes]}
    (out / "results.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def show(outcomes: Sequence[Outcome]) -> None:
    """All figures in one table; of a part that gives none, how it ended."""
    rows = []
    for one in outcomes:
        rows.append((one.state, one.name, f"{one.seconds:.0f} s"))
        rows += [
            (figure.state, f"  {figure.name}", f"{figure.measured}  (goal: {figure.goal})")
            for figure in one.figures
        ]
        if one.state != "ok" and not one.figures:
            rows += [("", "", line) for line in one.last_lines[-5:]]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    print()
    for state, name, said in rows:
        print(f"{state:{widths[0]}}  {name:{widths[1]}}  {said}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="start.py check", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--long", action="store_true", help="all parts, with whole figures")
    parser.add_argument("--only", default="", help="some of them, with commas")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "check")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--allow-not-run", action="store_true", help="no fault where nothing can be run here")
    options = parser.parse_args()
    wanted = choose(parser, options.only, (one.name for one in PARTS))
    plan = []
    for part in PARTS:
        # Asked for by name, a part that has no short form runs in its long one.
        command, minutes = part.of(options.long or (bool(options.only) and not part.short))
        if part.name in wanted and command:
            plan.append((part, command, minutes))
    if options.list:
        for part, command, minutes in plan:
            print(f"{part.name:14} {minutes:4.0f} min  {part.what}\n{'':24}python {' '.join(command)}")
        return 0
    out = options.out.absolute()
    work = out / "work"
    work.mkdir(parents=True, exist_ok=True)
    about = where_and_when() | {"form": "long" if options.long else "short"}
    print(
        f"{about['moment']}, commit {about['commit']}, {about['changes']} files changed\n{about['machine']}"
    )
    print(f"{len(plan)} parts, at most {sum(minutes for *_, minutes in plan):.0f} minutes; results in {out}")
    outcomes: list[Outcome] = []
    try:
        for part, command, minutes in plan:
            tell(f"  {part.name:14} {part.what}", is_passing=True)
            outcomes.append(run(part.name, command, minutes, out, work))
            tell(f"  {part.name:14} {outcomes[-1].state} after {outcomes[-1].seconds:.0f} s")
            write(out, about, outcomes)
    finally:
        subprocess.run(["rm", "-rf", str(work)], check=False)  # noqa: S607  PostgreSQL's files too
        if outcomes:
            show(outcomes)
    counts = Counter(one.state for one in outcomes)
    told = ", ".join(f"{count} {state}" for state, count in counts.items())
    fine = {"ok", NOT_RUN} if options.allow_not_run else {"ok"}
    is_fine = bool(outcomes) and counts.keys() <= fine
    print(f"{'ok' if is_fine else 'NOT ok'}: {told or 'no part'}")
    return 0 if is_fine else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())

"""The source as three readers see it, and what it stands on.

    python bench/source.py            as it lies here, without the net
    python bench/source.py --audit    known holes of the packages too: needs pip-audit, and the net

ruff with its rules of security, bandit, the import contracts, a few rules of our own; then the packages: each
pinned by a hash, installed as pinned, under a licence that we know, renewed in the time that docs/security.md
sets. Each exception stands here, or beside its line, with its reason. A reader that is not there, or that
could not read all, is a goal missed.
"""

import argparse
import ast
import importlib.util
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.core.clock import today
from bench.figures import ROOT, Figures

READ = ["app", "migrations", "start.py", "build_assets.py"]
# What bandit takes for a danger of middle or higher degree: how often it stands there, and why it is none.
EXPLAINED = {
    ("B104", "app/cli.py"): (1, "compares with the address, binds to nothing"),
    ("B108", "app/core/postgres.py"): (1, "a closed folder whose owner is checked"),
    ("B113", "app/domain/ledger/queries.py"): (1, "a function of ours named requests, no call to anybody"),
    ("B608", "app/core/backups.py"): (2, "names of tables from the catalogue of PostgreSQL, quoted"),
    ("B608", "app/core/exporting.py"): (1, "names of our own tables and columns"),
    ("B608", "app/core/laid_aside.py"): (1, "names of our own tables and columns"),
    ("B608", "app/domain/search/ranking.py"): (
        7,
        "parts of statements written there; words go in as parameters",
    ),
    ("B608", "app/domain/search/sources.py"): (1, "parts of statements written in the rooms"),
    ("B608", "migrations/versions/0035_following.py"): (1, "names of tables written there"),
    ("B704", "app/http/pages.py"): (2, "words of the catalogues, as trusted as the code; values are escaped"),
    ("B704", "app/http/mail_words.py"): (1, "escaped before it is marked"),
    ("B704", "app/notices/post.py"): (1, "rendered by a template that escapes"),
    ("B704", "app/web/qr.py"): (1, "drawn by a library from our own address"),
}
# The rule of docs/security.md: packages of others.
MOST_DAYS = 90
# Functions through which a door would stand open whoever calls them.
FORBIDDEN = {
    "eval", "exec", "pickle.load", "pickle.loads", "marshal.loads", "os.system", "os.popen", "yaml.load",
    "tempfile.mktemp", "datetime.utcnow", "ssl._create_unverified_context", "zipfile.extractall",
}  # fmt: skip
KNOWN_LICENCES = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla Public|LGPL|Lesser General|Unlicense|HPND"
    r"|Zlib|0BSD|PostgreSQL|OFL|Open Font|CNRI|Public Domain",
    re.IGNORECASE,
)


def ask_ruff(figures: Figures) -> None:
    done = _run([sys.executable, "-m", "ruff", "check", "--output-format", "json", "--no-cache", "."])
    found = _read_json(done)
    # 0: nothing found, 1: something; all else is ruff's own failure.
    if done.returncode not in (0, 1) or not isinstance(found, list):
        figures.note("source: ruff", f"could not be run: {_last_words(done)}", "0", False)
        return
    for one in found[:20]:
        print(f"      {Path(one['filename']).relative_to(ROOT)}:{one['location']['row']} {one['code']}")
    noted = sum(path.read_text().count("# noqa") for path in _files())
    figures.note("source: ruff", f"{len(found)} left, {noted} exceptions, each in its line", "0", not found)


def ask_bandit(figures: Figures) -> None:
    goal = "0 of middle or higher degree, all files read"
    done = _run([sys.executable, "-m", "bandit", "-q", "-r", *READ, "-f", "json"])
    told = _read_json(done)
    if done.returncode not in (0, 1) or not isinstance(told, dict):
        figures.note("source: bandit", f"could not be run: {_last_words(done)}", goal, False)
        return
    unread, found = told["errors"], told["results"]
    for one in unread:
        print(f"      not read: {one['filename']}: {one['reason']}")
    grave = [one for one in found if one["issue_severity"] != "LOW"]
    met = Counter((one["test_id"], one["filename"].removeprefix("./")) for one in grave)
    explained = {place: times for place, (times, _) in EXPLAINED.items()}
    # One more in a file than was explained: which of them is new, a person has to see.
    left = [
        one
        for one in grave
        if met[place := (one["test_id"], one["filename"].removeprefix("./"))] > explained.get(place, 0)
    ]
    for one in left:
        print(f"      {one['filename']}:{one['line_number']} {one['test_id']} {one['issue_text'][:80]}")
    idle = sorted(place for place, times in explained.items() if met[place] < times)
    for code, name in idle:
        print(f"      explained {explained[code, name]} times, there {met[code, name]}: {code} {name}")
    measured = (
        f"{len(left)} left, {len(grave) - len(left)} explained, {len(found) - len(grave)} slight;"
        f" {len(unread)} files not read"
    )
    figures.note("source: bandit", measured, goal, not left and not idle and not unread)


def ask_contracts(figures: Figures) -> None:
    """That stairs only go down."""
    done = _run([sys.executable, "-c", "from importlinter.cli import lint_imports_command as r; r()"])
    kept = re.search(r"Contracts: (\d+) kept, (\d+) broken", done.stdout)
    measured = kept[0] if kept else f"cannot be read: {(done.stdout + done.stderr)[-300:]}"
    figures.note("source: import contracts", measured, "0 broken", kept is not None and kept[2] == "0")


def ask_ourselves(figures: Figures) -> None:
    """What is built from text and goes where text is run: statements, templates, calls that open doors."""
    found = [f"{name}:{line} {fault}" for name, line, fault in _own_findings()]
    for one in found:
        print(f"      {one}")
    measured = f"{len(found)} found in {len(_files())} files and {len(_templates())} templates"
    is_read = bool(_files()) and bool(_templates())
    figures.note("source: own rules", measured, "0", is_read and not found)


_TRUSTING = re.compile(r"\|\s*safe\b|autoescape false|<script(?![^>]*\bsrc=)(?![^>]*json)|\son[a-z]+=")
# Markup that stands in the template itself holds nothing of anybody's.
_OWN_LITERAL = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')\s*\|\s*safe\b""")


def _own_findings() -> Iterator[tuple[str, int, str]]:
    for path in _files():
        name = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called in FORBIDDEN or called.endswith(".extractall"):
                    yield name, node.lineno, f"calls {called}"
                for word in node.keywords:
                    is_so = isinstance(word.value, ast.Constant)
                    value = word.value.value if isinstance(word.value, ast.Constant) else None
                    if is_so and (word.arg, value) in {
                        ("shell", True),
                        ("verify", False),
                        ("autoescape", False),
                    }:
                        yield name, node.lineno, f"{word.arg}={value}"
    for path in _templates():
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if _TRUSTING.search(_OWN_LITERAL.sub("", line)):
                yield str(path.relative_to(ROOT)), number, "runs or trusts what is in the page"


def read_locks(figures: Figures) -> None:
    """Each package of the lock files: a hash for it, here as pinned, its licence known."""
    wanted: dict[str, str] = {}
    without = []
    locks = _locks()
    for lock in locks:
        for block in re.split(r"^(?=\S)", lock.read_text(), flags=re.MULTILINE):
            pin = re.match(r"([\w.-]+)==([^\s;]+)", block)
            if pin is None:
                continue
            if "--hash=sha256:" not in block:
                without.append(pin[1])
            wanted[pin[1]] = pin[2]
    figures.note(
        "packages: pinned by a hash",
        f"{len(wanted) - len(without)} of {len(wanted)} in {len(locks)} lock files",
        "all",
        bool(wanted) and not without,
    )
    others, missing, licences = [], [], Counter[str]()
    for name, version in sorted(wanted.items()):
        try:
            here = distribution(name)
        except PackageNotFoundError:
            missing.append(name)  # for another system, or for setting up alone
            continue
        if here.version != version:
            others.append(f"{name} {here.version} for {version}")
        licences[find_licence(here)] += 1
    for one in others:
        print(f"      installed in another version: {one}")
    here_are = len(wanted) - len(missing)
    told = f"; not here: {', '.join(missing)}" if missing else ""
    figures.note(
        "packages: installed as pinned",
        f"{here_are - len(others)} of {here_are}{told}",
        "all that are installed",
        here_are > 0 and not others,
    )
    unknown = sorted(one for one in licences if not KNOWN_LICENCES.search(one))
    for one, count in licences.most_common():
        print(f"      {count:4} {one}")
    figures.note(
        "packages: licences",
        f"{sum(licences.values())} looked at, {len(unknown)} to be read by a person: {', '.join(unknown)}",
        "0",
        bool(licences) and not unknown,
    )


def read_age(figures: Figures) -> None:
    """How long ago the packages were last renewed: by the day of the last commit to their lock file."""
    done = _run(["git", "log", "-1", "--format=%cs", "--", "requirements.lock"])
    note_age(figures, done.stdout.strip(), today())


def note_age(figures: Figures, day: str, today: date) -> None:
    name, goal = "packages: renewed", f"within {MOST_DAYS} days"
    if not day:
        figures.skip(name, "this is no copy of the repository with its history", goal)
        return
    age = (today - date.fromisoformat(day)).days
    figures.note(name, f"{age} days ago", goal, age <= MOST_DAYS)


def ask_for_holes(figures: Figures, is_wanted: bool) -> None:
    """What pip-audit knows against the packages of the lock files."""
    name, goal = "packages: known holes", "0"
    if not is_wanted:
        figures.skip(name, "not asked for; --audit looks them up on the net", goal)
        return
    if importlib.util.find_spec("pip_audit") is None:
        figures.skip(name, "pip-audit is not installed", goal)
        return
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--progress-spinner", "off", "-f", "json"]
    done = _run([*command, *(word for lock in _locks() for word in ("-r", str(lock)))])
    told = _read_json(done)
    if done.returncode not in (0, 1) or not isinstance(told, dict) or not told.get("dependencies"):
        figures.skip(name, f"no answer from the service: {_last_words(done)}", goal)
        return
    looked_at = [one for one in told["dependencies"] if "vulns" in one]
    unseen = [one["name"] for one in told["dependencies"] if "vulns" not in one]
    holes = [(one, hole) for one in looked_at for hole in one["vulns"]]
    for one, hole in holes:
        mended = ", ".join(hole.get("fix_versions") or []) or "nowhere yet"
        print(f"      {one['name']} {one['version']}: {hole['id']}, mended in {mended}")
    measured = f"{len(holes)} in {len(looked_at)} packages; not looked at: {', '.join(unseen) or 'none'}"
    figures.note(name, measured, goal, bool(looked_at) and not holes)


def find_licence(of: Distribution) -> str:
    """As the package says itself: the newer field, the classifiers, the older free text, or its file."""
    said = of.metadata.get("License-Expression") or ""
    classified = [
        one.rpartition(" :: ")[2] for one in of.metadata.get_all("Classifier") or [] if "License ::" in one
    ]
    free = (of.metadata.get("License") or "").strip().splitlines()
    kept = [of.locate_file(one) for one in of.files or [] if one.name.upper().startswith("LICEN")]
    first = next((Path(str(one)).read_text("utf-8", "replace").strip().splitlines()[:1] for one in kept), [])
    return (
        said or " AND ".join(sorted(classified)) or "".join(free[:1] or first)[:60] or f"unsaid ({of.name})"
    )


def _files() -> list[Path]:
    found = [
        path
        for name in READ
        for path in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*.py"))
    ]
    return sorted(found)


def _templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def _locks() -> list[Path]:
    return sorted(ROOT.glob("requirements*.lock"))


def _read_json(done: subprocess.CompletedProcess[str]) -> Any:
    """None where it is none."""
    try:
        return json.loads(done.stdout)
    except ValueError:
        return None


def _last_words(done: subprocess.CompletedProcess[str]) -> str:
    said = " ".join((done.stderr or done.stdout).split())[-200:]
    return f"status {done.returncode}, {said or 'without a word'}"


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--audit", action="store_true", help="look up known holes of the packages on the net")
    options = parser.parse_args()
    figures = Figures()
    for ask in (ask_ruff, ask_bandit, ask_contracts, ask_ourselves, read_locks, read_age):
        ask(figures)
    ask_for_holes(figures, options.audit)
    return figures.close()


if __name__ == "__main__":
    sys.exit(main())

"""The source as three readers see it, and what it stands on: `python bench/source.py`.

ruff with its rules of security, bandit, the import contracts, a few rules of our own; then the packages: each
pinned by a hash, installed as pinned, under a licence that we know. Each exception stands here, or beside its
line, with its reason. Known holes of packages are not looked up: that would need a service on the net.
"""

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.figures import ROOT, Figures

READ = ["app", "migrations", "start.py", "build_assets.py"]
# What bandit takes for a danger of middle or higher degree, and why it is none.
EXPLAINED = {
    ("B104", "app/cli.py"): "compares with the address, binds to nothing",
    ("B108", "app/core/postgres.py"): "a closed folder whose owner is checked",
    ("B113", "app/domain/ledger/queries.py"): "a function of ours named requests, no call to anybody",
    ("B608", "app/core/backups.py"): "names of tables from the catalogue of PostgreSQL, quoted",
    ("B608", "app/core/exporting.py"): "names of our own tables and columns",
    ("B608", "app/core/laid_aside.py"): "names of our own tables and columns",
    ("B608", "app/domain/search/ranking.py"): "parts of statements written there; words go in as parameters",
    ("B608", "app/domain/search/sources.py"): "parts of statements written in the rooms",
    ("B608", "migrations/versions/0035_following.py"): "names of tables written there",
    ("B704", "app/http/mail_words.py"): "escaped before it is marked",
    ("B704", "app/notices/post.py"): "rendered by a template that escapes",
    ("B704", "app/web/qr.py"): "drawn by a library from our own address",
}
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
    found = json.loads(done.stdout or "[]")
    for one in found[:20]:
        print(f"      {Path(one['filename']).relative_to(ROOT)}:{one['location']['row']} {one['code']}")
    noted = sum(path.read_text().count("# noqa") for path in _files())
    figures.note("source: ruff", f"{len(found)} left, {noted} exceptions, each in its line", "0", not found)


def ask_bandit(figures: Figures) -> None:
    done = _run([sys.executable, "-m", "bandit", "-q", "-r", *READ, "-f", "json"])
    found = json.loads(done.stdout)["results"]
    grave = [one for one in found if one["issue_severity"] != "LOW"]
    left = [one for one in grave if (one["test_id"], one["filename"].removeprefix("./")) not in EXPLAINED]
    for one in left:
        print(f"      {one['filename']}:{one['line_number']} {one['test_id']} {one['issue_text'][:80]}")
    met = {(one["test_id"], one["filename"].removeprefix("./")) for one in grave}
    idle = sorted(set(EXPLAINED) - met)
    for code, name in idle:
        print(f"      no longer there, so it needs no reason: {code} {name}")
    measured = f"{len(left)} left, {len(grave) - len(left)} explained, {len(found) - len(grave)} slight"
    figures.note("source: bandit", measured, "0 of middle or higher degree", not left and not idle)


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
    figures.note("source: own rules", measured, "0", not found)


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
            if re.search(r"\|\s*safe\b|autoescape false|<script(?![^>]*\bsrc=)(?![^>]*json)|\son\w+=", line):
                yield str(path.relative_to(ROOT)), number, "runs or trusts what is in the page"


def read_locks(figures: Figures) -> None:
    """Each package of the lock files: a hash for it, here as pinned, its licence known."""
    wanted: dict[str, str] = {}
    without = []
    for lock in sorted(ROOT.glob("requirements*.lock")):
        for block in re.split(r"^(?=\S)", lock.read_text(), flags=re.MULTILINE):
            pin = re.match(r"([\w.-]+)==([^\s;]+)", block)
            if pin is None:
                continue
            if "--hash=sha256:" not in block:
                without.append(pin[1])
            wanted[pin[1]] = pin[2]
    figures.note(
        "packages: pinned by a hash", f"{len(wanted) - len(without)} of {len(wanted)}", "all", not without
    )
    others, licences = [], Counter[str]()
    for name, version in sorted(wanted.items()):
        try:
            here = distribution(name)
        except PackageNotFoundError:
            continue  # for another system, or for setting up alone
        if here.version != version:
            others.append(f"{name} {here.version} for {version}")
        licences[find_licence(here)] += 1
    for one in others:
        print(f"      installed in another version: {one}")
    figures.note("packages: installed as pinned", f"{len(others)} are not", "all", not others)
    unknown = sorted(one for one in licences if not KNOWN_LICENCES.search(one))
    for one, count in licences.most_common():
        print(f"      {count:4} {one}")
    figures.note(
        "packages: licences",
        f"{sum(licences.values())} looked at, {len(unknown)} to be read by a person: {', '.join(unknown)}",
        "0",
        not unknown,
    )
    figures.skip("packages: known holes", "needs a service on the net, which was not there", "0")


def find_licence(of: Distribution) -> str:
    """As the package says itself: the newer field, the classifiers, or the older free text."""
    said = of.metadata.get("License-Expression") or ""
    classified = [
        one.rpartition(" :: ")[2] for one in of.metadata.get_all("Classifier") or [] if "License ::" in one
    ]
    free = (of.metadata.get("License") or "").strip().splitlines()
    return said or " AND ".join(sorted(classified)) or (free[0][:60] if free else f"unsaid ({of.name})")


def _files() -> list[Path]:
    found = [
        path
        for name in READ
        for path in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*.py"))
    ]
    return sorted(found)


def _templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def main() -> int:
    figures = Figures()
    for ask in (ask_ruff, ask_bandit, ask_contracts, ask_ourselves, read_locks):
        ask(figures)
    return figures.close()


if __name__ == "__main__":
    sys.exit(main())

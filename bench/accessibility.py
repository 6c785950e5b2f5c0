"""Every page that links lead to, as each kind of people: what machines can tell about its accessibility.

    python bench/accessibility.py [--base http://…] [--kinds staff,vendor] [--languages da,en,sv] [--each 1]
                                  [--minutes 20] [--out results.json]

Walks the links of the demo as a stranger and as each kind that the demo signs in, and takes `--each` pages of
every address pattern and kind. On each page, in Chromium:

- axe (WCAG 2.0–2.2 A and AA, best practice), at 360 px in every language and at 1280 px in Danish
- no sideways scrolling at 360 px, at 320 px (400 % zoom of 1280), at 640 px (200 % zoom), and with the text
  spacing of WCAG 1.4.12
- one h1, a title of its own kind, a language
- forced colours: axe without its colour rules, and every button and link that has the focus shows it
- reduced motion: nothing moves
- the HTML validator, on what the server sent

Pages of the same make (tags and classes) are looked at once. Without `--base` it starts the site on a data
folder that is thrown away. Only GET is asked. A page that was not reached in time is counted and named,
not passed over; so is a link that does not lead to a page. Ends with 1 where something was found, or where a
kind of people was shown hardly any pages.
"""

import argparse
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as BrowserError
from starlette.routing import Match

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.main import index_routes
from bench.figures import Figures
from tests.browser.conftest import AXE_RULES, CHROMIUM, FLAGS
from tests.node.html_validate import find_html_errors

ROOT = Path(__file__).resolve().parent.parent
STRANGER = "stranger"
KINDS = (STRANGER, "staff", "vendor", "consultancy", "municipality", "admin", "auditor")
COLOUR_RULES = {"color-contrast": {"enabled": False}, "link-in-text-block": {"enabled": False}}
FEWEST_PAGES = 60  # of each kind: the stranger, who sees the fewest, has some 140
READY_WITHIN = 180.0  # seconds: the archive is put into the database first
MOST_LINKS = 6_000  # links followed by one kind of people: the crawl ends also where links never do
# 202: a file that is being made. Whoever must sign in, or has moved, is led on.
FINE = frozenset({200, 202, 301, 302, 303, 307, 308})
HREF = re.compile(r'<a\b[^>]*?\bhref="([^"]+)"')
SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }"
    " p { margin-bottom: 2em !important }"
)
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
MOVING = """document.getAnimations()
  .filter(one => one.playState === 'running' && one.effect.getTiming().duration > 10).length"""
HEAD = "[document.querySelectorAll('h1').length, document.title, document.documentElement.lang]"
TAG = re.compile(r'<([a-z0-9]+)\b(?:[^>]*?\bclass="([^"]*)")?')
UNSEEN = """() => {
  const seen = new Set(), lost = [];
  for (const one of document.querySelectorAll('a[href], button, input, select, textarea, summary')) {
    if (one.tabIndex < 0 && one.ariaHidden === 'true') continue;  // nobody comes there
    const kind = one.tagName + '.' + one.className;
    if (seen.has(kind) || !one.checkVisibility() || one.disabled || one.type === 'hidden') continue;
    seen.add(kind);
    one.focus({focusVisible: true});
    if (document.activeElement !== one) continue;
    let shows = false;
    for (let node = one; node && node !== document.body && !shows; node = node.parentElement) {
      const style = getComputedStyle(node);
      shows = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0);
      if (!node.matches(':focus-within')) break;
    }
    const next = one.nextElementSibling;
    if (!shows && next) {
      const style = getComputedStyle(next);
      const before = getComputedStyle(next, '::before');
      shows = [style, before].some(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0);
    }
    if (!shows) lost.push(one.outerHTML.slice(0, 120));
  }
  return lost;
}"""


@dataclass
class Found:
    """What was looked at, and what was wrong there."""

    looked: Counter[str] = field(default_factory=Counter)
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    not_reached: list[str] = field(default_factory=list)

    def note(self, check: str, page: str, problems: list[str]) -> None:
        self.looked[check] += 1
        self.faults[check] += [f"{page}: {problem}" for problem in problems]
        # Told at once: a run takes an hour, and may be ended.
        for problem in problems:
            print(f"! {check}: {page}: {problem}", flush=True)


@dataclass
class Plan:
    """What is looked at: languages, pages of a pattern, until when; and the makes of pages already seen."""

    languages: list[str]
    each: int
    end: float
    makes: set[int] = field(default_factory=set)

    def is_new(self, markup: str) -> bool:
        main = markup[markup.find("<body") :]
        make = hash(tuple(dict.fromkeys(TAG.findall(main))))
        is_new = make not in self.makes
        self.makes.add(make)
        return is_new


@contextmanager
def running_site() -> Iterator[str]:
    """The demo on a free port and a folder of its own."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.close()
        command = [sys.executable, "-m", "app.cli", "serve", "--data", folder, "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        base = f"http://localhost:{port}"
        try:
            wait_until_ready(process, base)
            yield base
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def wait_until_ready(process: subprocess.Popen[bytes], base: str) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx2.get(f"{base}/readyz").status_code == 200:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"the site was not ready within {READY_WITHIN:.0f} s (its status: {process.poll()})")


def sign_in(base: str, kind: str) -> httpx2.Client:
    client = httpx2.Client(base_url=base, timeout=30)
    if kind != STRANGER:
        page = client.get("/log-ind").text
        key = re.search(r'name="key" value="([^"]+)"', page)
        answer = client.post("/log-ind/demo", data={"kind": kind, "key": key[1] if key else ""})
        assert answer.status_code == 303, (kind, answer.status_code)
    return client


def name_pattern(path: str) -> str | None:
    """The route of a path of ours; None for what is no door."""
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    match, found = index_routes().matches(scope)
    return str(found["route"].path) if match is Match.FULL else None


def crawl(client: httpx2.Client, each: int) -> tuple[dict[str, str], list[str]]:
    """Pages by their address below the base, with what was sent: `each` of a pattern and its filters.

    And the links that lead to neither a page nor a file, nor on to one.
    """
    pages: dict[str, str] = {}
    broken: list[str] = []
    led_from: dict[str, str] = {}
    taken: Counter[tuple[str, ...]] = Counter()
    waiting, known = deque(["/"]), {"/"}
    base = str(client.base_url)
    while waiting:
        address = waiting.popleft()
        split = urlsplit(address)
        pattern = name_pattern(split.path)
        if pattern is None:
            continue
        names = sorted({part.partition("=")[0] for part in split.query.split("&") if part})
        shape = (pattern, *names)
        if taken[shape] >= each:
            continue
        answer = client.get(address)
        if answer.status_code not in FINE:
            broken.append(f"{answer.status_code} {address}, linked from {led_from.get(address, 'nowhere')}")
            continue
        if answer.status_code != 200 or "text/html" not in answer.headers.get("content-type", ""):
            continue
        taken[shape] += 1
        pages[address] = answer.text
        for href in HREF.findall(answer.text):
            whole = urlsplit(urljoin(base + address, unescape(href)))
            if whole.netloc != urlsplit(base).netloc or whole.path.startswith(("/en/", "/sv/", "/static/")):
                continue
            path = (whole.path or "/") + (f"?{whole.query}" if whole.query else "")
            if path not in known and len(known) < MOST_LINKS:
                known.add(path)
                led_from[path] = address
                waiting.append(path)
    return pages, broken


def run_axe(page: Page, **options: Any) -> list[str]:
    asked = {"runOnly": AXE_RULES, "resultTypes": ["violations"]} | options
    violations = Axe().run(page, options=asked).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:140]}" for one in violations]


def find_wide(page: Page, width: int) -> list[str]:
    page.set_viewport_size({"width": width, "height": 740})
    wide = page.evaluate(WIDE)
    return [f"scrolls sideways by {wide} px"] if wide > 0 else []


def look(page: Page, address: str, found: Found, name: str, language: str) -> None:
    """All of the checks on one page. In the other languages only what words can change."""
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": 360, "height": 740})
    answer = page.goto(address)
    status = answer.status if answer is not None else 0
    found.note("answered 200", name, [] if status == 200 else [f"answered {status}"])
    if status != 200:
        return
    found.note("axe at 360 px", name, run_axe(page))
    found.note("no sideways scrolling at 360 px", name, find_wide(page, 360))
    found.note("400 % zoom (320 px)", name, find_wide(page, 320))
    told = page.evaluate(
        "[document.querySelectorAll('h1').length, document.title, document.documentElement.lang]"
    )
    wrong = [] if told[0] == 1 and told[1].strip() and told[2] == language else [f"h1, title, lang: {told}"]
    found.note("heading, title, language", name, wrong)
    if language != "da":
        return
    found.note("200 % zoom (640 px)", name, find_wide(page, 640))
    moving = page.evaluate(MOVING)
    found.note("reduced motion", name, [f"{moving} things move"] if moving else [])
    page.set_viewport_size({"width": 1280, "height": 900})
    found.note("axe at 1280 px", name, run_axe(page))
    page.emulate_media(forced_colors="active")
    found.note("axe in forced colours", name, run_axe(page, rules=COLOUR_RULES))
    found.note("focus is seen in forced colours", name, page.evaluate(UNSEEN))
    page.emulate_media(forced_colors="none")
    page.evaluate("css => { const s = new CSSStyleSheet(); s.replaceSync(css);"
                  " document.adoptedStyleSheets = [...document.adoptedStyleSheets, s] }", SPACED)  # fmt: skip
    found.note("text spacing", name, find_wide(page, 360))


def look_over(browser: Browser, base: str, kind: str, found: Found, plan: "Plan") -> int:
    client = sign_in(base, kind)
    pages, broken = crawl(client, plan.each)
    found.note("links lead somewhere", kind, broken)
    few = [] if len(pages) >= FEWEST_PAGES else [f"{len(pages)} pages, fewer than {FEWEST_PAGES}"]
    found.note("enough pages", kind, few)
    fresh = [path for path, markup in pages.items() if plan.is_new(markup)]
    print(f"{kind}: {len(pages)} pages, {len(fresh)} of a make not seen before", flush=True)
    found.looked["HTML validator"] += len(pages)
    found.faults["HTML validator"] += [f"{kind} {one}" for one in find_html_errors(pages)]
    context = browser.new_context(locale="da-DK", reduced_motion="reduce")
    context.add_cookies(
        [{"name": name, "value": value, "url": base} for name, value in dict(client.cookies).items()]
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    for number, path in enumerate(fresh, 1):
        for language in plan.languages:
            name = f"{kind} {language} {path}"
            if time.monotonic() > plan.end:
                found.not_reached.append(name)
                continue
            prefix = "" if language == "da" else f"/{language}"
            try:
                look(page, base + (prefix + path if path != "/" else prefix or "/"), found, name, language)
            except BrowserError as error:
                found.note("could be opened", name, [str(error).splitlines()[0]])
        if number % 25 == 0:
            print(f"  {number} of {len(fresh)}", flush=True)
    context.close()
    return len(pages)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--languages", default="da,en,sv")
    parser.add_argument("--each", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        sys.exit("These checks need Chromium.")
    found, begun = Found(), time.monotonic()
    plan = Plan(given.languages.split(","), given.each, begun + given.minutes * 60)
    count = {}
    started = running_site() if given.base is None else nullcontext(given.base.rstrip("/"))
    with started as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for kind in given.kinds.split(","):
            count[kind] = look_over(browser, base, kind, found, plan)
        browser.close()
    for check, faults in found.faults.items():
        for fault in faults:
            print(f"{check}: {fault}")
    figures = tell(found, count, given.minutes)
    if given.out:
        told = {
            "seconds": round(time.monotonic() - begun),
            "pages": count,
            "looked": dict(found.looked),
            "faults": {check: faults for check, faults in found.faults.items() if faults},
            "not_reached": found.not_reached,
        }
        given.out.write_text(json.dumps(told, ensure_ascii=False, indent=1))
    return figures.close()


def tell(found: Found, count: dict[str, int], minutes: float) -> Figures:
    figures = Figures()
    for check, looked in found.looked.items():
        faults = len(found.faults[check])
        measured = f"{faults} faults, {looked} looked at"
        figures.note(f"accessibility: {check}", measured, "0", not faults and looked > 0)
    shown = ", ".join(f"{kind} {pages}" for kind, pages in count.items())
    figures.note(
        "accessibility: pages",
        f"{shown}; {len(found.not_reached)} not reached within {minutes:g} minutes"
        + (f", the first {found.not_reached[0]}" if found.not_reached else ""),
        "all reached",
        bool(count) and not found.not_reached,
    )
    return figures


if __name__ == "__main__":
    sys.exit(main())

"""Every document that the site gives out, held against what those need who do not see it: one line each.

    python bench/documents.py [--each 3] [--languages da,en,sv] [--keep FOLDER]

Starts the site with the archive and its examples in a folder that is thrown away, asks for the files of
every door that gives some, as the secretariat, in each language: up to `--each` of a kind, spread over all
there are (0: all of them). PDFs are read tag by tag (bench/tagged_pdf.py), DOCX, PPTX and XLSX part by part
(bench/office_files.py); of a ZIP what lies in it. What people send in (slides, annexes) is theirs, and is
handed out as it came. A door that is not known here counts as a fault, so that no maker is passed over.
With `--keep` the files lie there afterwards, for a second opinion. Ends with 1 where something is wrong.
"""

import argparse
import io
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
from lxml import html
from sqlalchemy import text

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.cli import migrate_database, seed_database
from app.core.clock import today
from app.core.database import Database
from app.core.i18n import LANGUAGES
from app.core.policy import SYSTEM
from app.core.postgres import APP_ROLE, ensure_server
from app.domain.minutes.models import Minutes
from app.domain.minutes.schemas import ApprovalInput
from app.domain.minutes.service import approve
from app.http.pages import prefixed
from app.main import make_tools, routers
from app.settings import Settings
from bench.figures import Figures
from bench.office_files import find_docx_faults, find_pptx_faults, find_xlsx_faults
from bench.tagged_pdf import find_pdf_faults
from tests.on_minutes import show_minutes
from tests.site import Browser, Site

MEETINGS = "select key from meeting where published_at is not null order by held_on, id"
# The first has approved minutes, made by make_papers: they lie in what is packed and nowhere else.
PACKED = """
    select key from meeting where published_at is not null
    order by exists (select from minutes where meeting_id = id and approved_at is not null) desc, held_on, id
"""
STRATEGIES = "select key from strategy order by id"
WISHES = "select reference from contribution where kind = 'wish' and published_at is not null order by id"
YEARS = """
    select distinct extract(year from held_on)::int from meeting
    where published_at is not null and held_on < current_date order by 1
"""
HEARINGS = "select id from access_request where state = 'decided' order by id"
# Each door of a paper with what fills its place: a query, or what is made for it.
PAPERS = {
    "/moeder/{key}/rapport.docx": MEETINGS,
    "/moeder/{key}/rapport.pdf": MEETINGS,
    "/moeder/{key}/alt.zip": PACKED,
    "/opfoelgning/{year:int}.docx": YEARS,
    "/opfoelgning/{year:int}.pdf": YEARS,
    "/historier/{reference}.docx": WISHES,
    "/historier/{reference}.pdf": WISHES,
    "/kommuner/{key}/rapport.docx": "select key from organisation where kind = 'municipality' order by id",
    "/kommuner/{key}/rapport.pdf": "select key from organisation where kind = 'municipality' order by id",
    "/ligebehandling/udtraek/{number:int}.docx": "select number from ledger_export order by number",
    "/ligebehandling/udtraek/{number:int}.pdf": "select number from ledger_export order by number",
    "/indbakke/hoeringer/{request_id:int}/udgave.pdf": HEARINGS,
    "/oplaeg/{deck_id:int}/fil": "select id from deck order by id",
}
WORKBOOKS = {
    "/moeder/{key}/fremmoede.xlsx": MEETINGS,
    "/moeder/{key}/indspil.xlsx": MEETINGS,
    "/moeder/{key}/tavler.xlsx": MEETINGS,
    "/moeder/{key}/rediger/fra-sidst.xlsx": MEETINGS,
    "/moeder/{key}/rediger/tilmeldinger.xlsx": MEETINGS,
    "/moederaekker/{key}.xlsx": "select key from series order by id",
    "/temaer/{key}.xlsx": STRATEGIES,
    "/data/{name}.xlsx": "values ('oensker'), ('moeder')",
}
# Hand out what was sent in, as it came, or lead to a file of the above.
NOT_OURS = {
    "/oplaeg/{deck_id:int}/version/{version:int}/fil",
    "/ideer/bilag/{attachment_id:int}",
    "/ideer/{reference}/bilag",
    "/mit/data/{copy_id:int}.zip",
}
_GIVES_FILES = re.compile(r"\.(pdf|docx|xlsx|pptx|odt|ods|odp|zip)$|/fil$|/bilag\b")
_PROGRESS = re.compile(r"/(rapport|\{\w+(?::int)?\})/fil$")
_PLACE = re.compile(r"\{[^}]+\}")
_OF_PAGES = {"da": r"\bSide \d+ af \d+", "en": r"\bPage \d+ of \d+", "sv": r"\bSida \d+ av \d+"}


@dataclass
class Looked:
    """What was looked at, by kind of file, and what was wrong."""

    names: list[str] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)

    def note(self, kind: str, name: str, faults: Sequence[str]) -> None:
        self.names.append(name)
        self.files[kind] = self.files.get(kind, 0) + 1
        several = list(dict.fromkeys(faults))
        print(f"  {kind:5} {name}: {'; '.join(several) or 'ok'}", flush=True)
        if several:
            self.faults.setdefault(kind, []).append(name)


@contextmanager
def open_demo(folder: Path) -> Iterator[Site]:
    """The site with the archive and its examples, and what they have not of papers."""
    with ensure_server(folder / "postgres", fast=True) as server:
        owner, database = Database(server.url()), Database(server.url(role=APP_ROLE))
        migrate_database(owner, database)
        settings = Settings(data=folder, base_url="http://testserver")
        tools = make_tools(settings, database)
        seed_database(settings, tools, owner)
        owner.close()
        with Site(settings, tools) as site:
            site.work()
            yield site


def sign_in(site: Site, kind: str) -> Browser:
    browser = site.new_browser()
    answer = browser.post("/log-ind/demo", {"kind": kind})
    assert answer.status_code == 303, answer.status_code
    return browser


def make_papers(site: Site, staff: Browser) -> None:
    """What papers are made of and the examples lack: approved minutes, an export of the ledger, a request for
    access."""
    with site.unit() as session:
        meeting = show_minutes(
            session, SYSTEM, "9999", texts={"Velkomst": "Formanden bød velkommen.\n\nSå gik vi."}
        )
        version = session.get_one(Minutes, meeting.id, populate_existing=True).version
        approve(session, SYSTEM, meeting.id, ApprovalInput(is_early=True, version=version))
    answer = staff.post("/ligebehandling/udtraek")
    assert answer.status_code == 303, answer.status_code
    if not read_all(site, HEARINGS):
        decide_hearing(site, staff)


def decide_hearing(site: Site, staff: Browser) -> None:
    """A request for access to an idea with a confidential half, all of which is given out."""
    query = """
        select reference from contribution join idea_details on contribution_id = contribution.id
        where confidential <> '{}' order by contribution_id limit 1
    """
    (idea,) = read_all(site, query)
    day = today()
    days = {"received_on": day.isoformat(), "hear_by": (day + timedelta(days=7)).isoformat()}
    answer = staff.post("/indbakke/hoeringer/ny", days | {"reference": idea, "requester": "Avisen Eksempel"})
    assert answer.status_code == 303, answer.text[:2000]
    path = answer.headers["location"].partition("?")[0]
    with site.unit() as session:
        session.execute(
            text("update access_request set received_on = received_on - 9, hear_by = hear_by - 9")
        )
    page = html.document_fromstring(staff.get(f"{path}/afgoer").text)
    names = {field.get("name") for field in page.xpath("//input | //textarea")}
    given = {name: "release" for name in names if name and name.startswith("decision_")}
    given |= {name: "Ingen skade" for name in names if name and name.startswith("reason_")}
    version = page.xpath("//input[@name = 'version']/@value")[0]
    answer = staff.post(f"{path}/afgoer", given | {"version": version})
    assert answer.status_code == 303, answer.text[:2000]


def read_all(site: Site, query: str) -> list[Any]:
    with site.unit() as session:
        return list(session.scalars(text(query)))


def doors() -> set[str]:
    """The doors of the site that give files."""
    paths = {
        route.path
        for router in routers()
        for route in router.routes
        if "GET" in (route.methods or ()) and _GIVES_FILES.search(route.path)
    }
    return {path for path in paths if not _PROGRESS.search(path) or path in PAPERS}


def spread(several: Sequence[Any], most: int) -> list[Any]:
    """At most so many of them, the first and the last among them."""
    if not most or len(several) <= most:
        return list(several)
    return [several[at * (len(several) - 1) // max(1, most - 1)] for at in range(most)]


def fetch(site: Site, browser: Browser, path: str) -> Any:
    """The file, made when it was not there yet."""
    with site.unit() as session:
        # Nobody asks for so many files in an hour.
        session.execute(text("delete from rate_count"))
    answer = browser.get(path)
    if answer.status_code == 202:
        site.work()
        answer = browser.get(path)
    return answer


# --- looking


def look(looked: Looked, name: str, file: bytes, language: str) -> None:
    """One line for each file, or for each in a ZIP."""
    kind = name.rpartition(".")[2]
    match kind:
        case "zip":
            with zipfile.ZipFile(io.BytesIO(file)) as pack:
                for one in pack.namelist():
                    # Slides in it are as they were sent; ours are looked at by their own door.
                    if one.endswith((".pdf", ".docx", ".html")) and not one.startswith("oplaeg/"):
                        look(looked, f"{name} › {one}", pack.read(one), language)
        case "pdf":
            looked.note(kind, name, [*find_pdf_faults(file, language), *_of_words(file, language, name)])
        case "docx":
            looked.note(kind, name, find_docx_faults(file, language))
        case "pptx":
            looked.note(kind, name, find_pptx_faults(file, language))
        case "xlsx":
            looked.note(kind, name, find_xlsx_faults(file))
        case "html":
            looked.note(kind, name, _of_html(file, language))


def _of_words(file: bytes, language: str, name: str) -> Iterator[str]:
    """Whether the words that stand at every page are in the language that the paper says it is in."""
    if name.startswith("oplaeg"):
        return
    with pypdfium2.PdfDocument(file) as opened:
        for number, page in enumerate(opened, start=1):
            if not re.search(_OF_PAGES[language], page.get_textpage().get_text_range()):
                yield f"page {number} does not say its number in {language}"


def _of_html(file: bytes, language: str) -> Iterator[str]:
    page = html.document_fromstring(file)
    if page.get("lang") != language:
        yield f"its language is {page.get('lang')}"
    if not (page.findtext(".//title") or "").strip():
        yield "no title"
    if len(page.findall(".//h1")) != 1:
        yield "not one h1"


def name_of(answer: Any, language: str) -> str:
    told = answer.headers.get("content-disposition", "")
    found = re.search(r'filename="([^"]+)"', told)
    return f"{found[1] if found else 'file'} ({language})" if not found else found[1]


def look_at_all(site: Site, looked: Looked, languages: Sequence[str], each: int, keep: Path | None) -> None:
    staff, auditor = sign_in(site, "staff"), sign_in(site, "auditor")
    make_papers(site, staff)
    plain = {path: "" for path in doors() if path.endswith(".xlsx") and "{" not in path}
    for door, query in {**PAPERS, **WORKBOOKS, **plain}.items():
        subjects = spread(read_all(site, query), each) if query else [""]
        if not subjects:
            looked.note("door", door, ["there is nothing to make it of"])
        for subject in subjects:
            path = _PLACE.sub(str(subject), door)
            # Example decks are in Danish, whoever fetches them.
            for language in ["da"] if door.startswith("/oplaeg/{") else languages:
                answer = fetch(site, auditor if door == "/log.xlsx" else staff, prefixed(language, path))
                if answer.status_code == 404 and door in WORKBOOKS | {"/oplaeg/{deck_id:int}/fil": ""}:
                    continue  # a meeting without boards, a deck without a file
                if answer.status_code != 200:
                    looked.note("door", prefixed(language, path), [f"answers {answer.status_code}"])
                    continue
                ending = name_of(answer, language).rpartition(".")[2]
                name = f"{prefixed(language, path).removesuffix(f'.{ending}').strip('/')}.{ending}"
                if keep:
                    (keep / name.replace("/", "-")).write_bytes(answer.content)
                look(looked, name, answer.content, language)
    if not any("referat/" in name for name in looked.names):
        looked.note("door", "/moeder/{key}/alt.zip", ["holds no minutes"])
    for door in sorted(doors() - set(PAPERS) - set(WORKBOOKS) - set(plain) - NOT_OURS):
        looked.note("door", door, ["nobody looks at what it gives"])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--each", type=int, default=3, help="files of a kind; 0: all")
    parser.add_argument("--languages", default=",".join(LANGUAGES))
    parser.add_argument("--keep", type=Path, help="a folder for the files")
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    looked, figures = Looked(), Figures()
    with tempfile.TemporaryDirectory() as folder, open_demo(Path(folder)) as site:
        look_at_all(site, looked, options.languages.split(","), options.each, options.keep)
    for kind, count in sorted(looked.files.items()):
        wrong = looked.faults.get(kind, [])
        figures.note(f"{kind} files", f"{count}, {len(wrong)} with faults", "0 with faults", not wrong)
    return figures.close()


if __name__ == "__main__":
    sys.exit(main())

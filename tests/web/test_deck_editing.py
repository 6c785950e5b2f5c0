"""Putting decks up: what is taken, what is refused with which sentence, and that it happens once."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipInfo

import pytest
from sqlalchemy import func, select, text

from app.core.database import Database
from app.domain.meetings.models import Meeting
from app.domain.presentations.models import Deck, DeckRevision
from app.settings import Settings
from tests.conftest import make_test_tools
from tests.core.documents.hostile import (
    add_entry,
    add_lying_entry,
    add_zip_bomb,
    change_pptx,
    write_crowded_zip,
    write_encrypted_pdf,
    write_overlapping_zip,
)
from tests.core.documents.samples import make_pdf, make_pptx, write_plain_pdf
from tests.decks import (
    add_deck_row,
    add_meeting_row,
    add_read_deck,
    add_revision_row,
    add_talk_row,
    list_waiting,
)
from tests.site import Browser, Site

NEW = "/moeder/10/oplaeg/nyt"
ABOUT = {
    "title": "Fælles målbilleder",
    "language": "da",
    "access": "public",
    "note": "Se side 2",
    "item_id": "",
}
PAGES = [("Målbilleder", ["Ærø er med"]), ("Hvad nu?", ["Vi måler"])]


@pytest.fixture
def meeting(site: Site) -> Site:
    """The site with a tenth meeting that has one talk."""
    with site.unit() as session:
        held = add_meeting_row(session)
        add_talk_row(session, held, "Status på strategien")
    return site


def send(browser: Browser, path: str, file: Path, name: str | None = None, **fields: str) -> Any:
    return browser.post(path, fields, files={"file": (name or file.name, file.read_bytes())})


def sent_to(answer: Any) -> str:
    """The address of the deck that an upload led to."""
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def count_rows(site: Site) -> tuple[int, int]:
    """How many decks there are, and how many versions."""
    with site.unit() as session:
        return (
            session.scalars(select(func.count()).select_from(Deck)).one(),
            session.scalars(select(func.count()).select_from(DeckRevision)).one(),
        )


def item_id(site: Site) -> str:
    page = site.browser("staff").get(NEW).text
    found = re.search(r'<option value="(\d+)">Status på strategien', page)
    assert found
    return found[1]


def error_at(page: str, field: str) -> str:
    """The sentence at a field, without its unseen beginning."""
    found = re.search(rf'id="field-{field}-error">(?:<span[^>]*>[^<]*</span>)?([^<]*)<', page)
    return found[1].strip() if found else ""


# --- what is taken


@pytest.mark.parametrize("kind", ["pdf", "pptx"])
def test_an_uploaded_file_becomes_pages_with_text_picture_and_address(
    meeting: Site, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"Vores oplæg.{kind}"
    make_pdf(path, PAGES) if kind == "pdf" else make_pptx(path, [(*page, "") for page in PAGES])
    staff = meeting.browser("staff")
    answer = send(staff, NEW, path, **(ABOUT | {"item_id": item_id(meeting)}))
    assert answer.status_code == 303
    here, _, notice = answer.headers["location"].partition("?")
    assert (re.fullmatch(r"/oplaeg/\d+", here) is not None, notice) == (True, "kvittering=deck_sent")
    assert "Filen er modtaget." in staff.get(answer.headers["location"]).text
    assert meeting.browser().get(f"{here}/side/1").status_code == 404
    meeting.work()
    stranger = meeting.browser()
    page = stranger.get(f"{here}/side/1").text
    for words in (
        "<h1>Målbilleder</h1>",
        "Ærø er med",
        "Oda Oplæg",
        "Eksempelforeningen",
        "28. oktober 2020",
    ):
        assert words in page
    assert stranger.get(f"{here}/side/2/billede.webp").content[8:12] == b"WEBP"
    assert stranger.get(f"{here}/side/2/miniature.webp").content[8:12] == b"WEBP"
    kept = stranger.get(f"{here}/fil")
    assert kept.content == path.read_bytes()
    assert f'filename="vores-oplaeg.{kind}"' in kept.headers["content-disposition"]


def test_the_same_key_twice_makes_one_version(meeting: Site, tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf")
    staff = meeting.browser("staff")
    fields = ABOUT | {"key": str(uuid4())}
    answers = [send(staff, NEW, path, **fields) for _ in range(3)]
    assert len({(answer.status_code, answer.headers["location"]) for answer in answers}) == 1
    assert count_rows(meeting) == (1, 1)
    here = sent_to(answers[0])
    fields = {"key": str(uuid4())}
    answers = [send(staff, f"{here}/ny-version", path, **fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert count_rows(meeting) == (1, 2)


def test_a_new_version_keeps_the_address(meeting: Site, tmp_path: Path) -> None:
    staff = meeting.browser("staff")
    here = sent_to(send(staff, NEW, make_pdf(tmp_path / "a.pdf", PAGES), **ABOUT))
    meeting.work()
    answer = send(staff, f"{here}/ny-version", make_pdf(tmp_path / "b.pdf", PAGES[1:]))
    assert answer.headers["location"] == f"{here}?kvittering=deck_sent"
    assert "Den nye version bliver læst" in meeting.browser().get(here).text
    assert "<h1>Målbilleder</h1>" in meeting.browser().get(f"{here}/side/1").text
    meeting.work()
    assert "<h1>Hvad nu?</h1>" in meeting.browser().get(f"{here}/side/1").text
    assert meeting.browser().get(f"{here}/side/2").status_code == 404


def test_a_link_from_the_programme_fills_in_item_and_title(meeting: Site) -> None:
    page = meeting.browser("staff").get(f"{NEW}?punkt={item_id(meeting)}").text
    assert 'name="title" type="text" value="Status på strategien"' in page
    assert f'<option value="{item_id(meeting)}" selected>' in page
    assert meeting.browser("staff").get(f"{NEW}?punkt=4711").status_code == 200


# --- who may


def test_only_staff_comes_in(meeting: Site, tmp_path: Path) -> None:
    with meeting.unit() as session:
        here = f"/oplaeg/{add_deck_row(session, session.scalars(select(Meeting)).one()).id}"
    file = make_pdf(tmp_path / "a.pdf")
    for path in (NEW, f"{here}/ny-version", f"{here}/ret", f"{here}/laes-igen"):
        assert send(meeting.browser(), path, file, **ABOUT).headers["location"].startswith("/log-ind?videre=")
        for who in ("vendor", "municipality", "loner"):
            assert send(meeting.browser(who), path, file, **ABOUT).status_code == 403
            assert meeting.browser(who).get(path).status_code in (403, 405)
    assert count_rows(meeting) == (1, 0)


def test_what_is_not_there_is_missing_for_staff_too(meeting: Site, tmp_path: Path) -> None:
    staff = meeting.browser("staff")
    for path in ("/moeder/99/oplaeg/nyt", "/oplaeg/99/ny-version", "/oplaeg/99/ret"):
        assert staff.get(path).status_code == 404
        assert send(staff, path, make_pdf(tmp_path / "a.pdf"), **ABOUT).status_code == 404


# --- what is refused


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


HOSTILE: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "empty": (lambda path: write(path, b""), "a.pdf", "Filen er tom."),
    "unknown kind": (make_pdf, "a.docx", "Filen skal være pdf, pptx eller odp."),
    "no ending": (make_pdf, "a", "Filen skal være pdf, pptx eller odp."),
    "a page of html": (
        lambda path: write(path, b"<!doctype html><script>alert(1)</script>"),
        "a.pdf",
        "Filens indhold passer ikke til dens navn.",
    ),
    "a pdf called pptx": (make_pdf, "a.pptx", "Filens indhold passer ikke til dens navn."),
    "cut off": (
        lambda path: write(path, make_pdf(path).read_bytes()[:-600]),
        "a.pdf",
        "Filen er beskadiget, eller der mangler noget af den.",
    ),
    "macros by name": (make_pptx, "a.pptm", "Filen indeholder makroer (programkode)."),
    "macros inside": (
        lambda path: change_pptx(path, lambda parts: parts.update({"ppt/vbaProject.bin": b"x"})),
        "a.pptx",
        "Filen indeholder makroer (programkode).",
    ),
    "a way out of the archive": (
        lambda path: add_entry(make_pptx(path), ZipInfo("../../etc/passwd"), b"x"),
        "a.pptx",
        "Filen indeholder noget, som vi af hensyn til sikkerheden ikke åbner.",
    ),
    "a bomb": (add_zip_bomb, "a.pptx", "Filen kræver mere tid eller hukommelse"),
    "a lying bomb": (
        lambda path: add_lying_entry(path, 50_000_000, 10),
        "a.pptx",
        "Filen kræver mere tid eller hukommelse",
    ),
    "an overlapping bomb": (write_overlapping_zip, "a.pptx", "Filen kræver mere tid eller hukommelse"),
    "a crowd": (lambda path: write_crowded_zip(path, 30_000), "a.pptx", "Filen kræver mere tid"),
}


def test_every_hostile_file_ends_in_its_sentence_with_everything_typed_still_there(
    meeting: Site, tmp_path: Path
) -> None:
    staff = meeting.browser("staff")
    ends = {}
    for name, (make, filename, sentence) in HOSTILE.items():
        answer = send(staff, NEW, make(tmp_path / "sent"), filename, **ABOUT)
        told = error_at(answer.text, "file")
        ends[name] = (answer.status_code, sentence if told.startswith(sentence) else told)
        assert 'value="Fælles målbilleder"' in answer.text
        assert ">\nSe side 2</textarea>" in answer.text
    assert ends == {name: (422, sentence) for name, (_, _, sentence) in HOSTILE.items()}
    assert count_rows(meeting) == (0, 0)
    assert list(meeting.settings.data.joinpath("files").rglob("*.*")) == []


def test_a_locked_pdf_is_told_of_when_it_is_read(meeting: Site, tmp_path: Path) -> None:
    staff = meeting.browser("staff")
    path = write_encrypted_pdf(tmp_path / "låst.pdf", b"hemmeligt")
    here = sent_to(send(staff, NEW, path, **ABOUT))
    meeting.work()
    assert "Filen er låst med en adgangskode. Fjern adgangskoden" in staff.get(here).text
    assert "adgangskode" not in meeting.browser().get(here).text


def test_too_many_pages_are_told_of_when_they_are_read(meeting: Site, tmp_path: Path) -> None:
    staff = meeting.browser("staff")
    path = write_plain_pdf(tmp_path / "a.pdf", count=401)
    here = sent_to(send(staff, NEW, path, **ABOUT))
    meeting.work()
    assert "Præsentationen har mere end 400 sider." in staff.get(here).text


def test_without_a_file_the_form_asks_for_one(meeting: Site) -> None:
    answer = meeting.browser("staff").post(NEW, ABOUT)
    assert answer.status_code == 422
    assert error_at(answer.text, "file").startswith("Vælg en fil:")


def test_a_wrong_field_is_told_and_the_file_asked_for_again(meeting: Site, tmp_path: Path) -> None:
    answer = send(
        meeting.browser("staff"),
        NEW,
        make_pdf(tmp_path / "a.pdf"),
        **(ABOUT | {"title": " ", "access": "alle"}),
    )
    assert answer.status_code == 422
    assert error_at(answer.text, "title") == "Udfyld feltet."
    assert "Vælg en af mulighederne." in answer.text
    assert error_at(answer.text, "file").startswith("Vælg filen igen:")
    assert ">\nSe side 2</textarea>" in answer.text


def test_a_wrong_field_and_a_wrong_file_are_told_of_together(meeting: Site, tmp_path: Path) -> None:
    answer = send(
        meeting.browser("staff"), NEW, make_pdf(tmp_path / "a.pdf"), "a.exe", **(ABOUT | {"title": ""})
    )
    assert error_at(answer.text, "title") == "Udfyld feltet."
    assert error_at(answer.text, "file").startswith("Filen skal være pdf")


def test_an_item_of_another_meeting_is_refused_at_its_field(meeting: Site, tmp_path: Path) -> None:
    with meeting.unit() as session:
        other = add_talk_row(session, add_meeting_row(session, "11")).id
    answer = send(
        meeting.browser("staff"), NEW, make_pdf(tmp_path / "a.pdf"), **(ABOUT | {"item_id": str(other)})
    )
    assert answer.status_code == 422
    assert error_at(answer.text, "item_id").startswith("Programpunktet findes ikke længere.")
    assert count_rows(meeting) == (0, 0)


def test_an_odd_item_is_refused_and_never_an_error(meeting: Site, tmp_path: Path) -> None:
    staff, path = meeting.browser("staff"), make_pdf(tmp_path / "a.pdf")
    for value in ("9" * 30, "x", "-1", "1.5"):
        assert send(staff, NEW, path, **(ABOUT | {"item_id": value})).status_code == 422


def test_a_form_without_its_key_writes_nothing(meeting: Site, tmp_path: Path) -> None:
    files = {"file": ("a.pdf", make_pdf(tmp_path / "a.pdf").read_bytes())}
    answer = meeting.browser("staff").client.post(NEW, data=ABOUT, files=files)
    assert answer.status_code == 400
    assert count_rows(meeting) == (0, 0)


# --- too large


@pytest.fixture
def small_site(clone: Callable[[str], Database], empty_template: str, tmp_path: Path) -> Iterator[Site]:
    """The site where a file may have one megabyte."""
    tools = make_test_tools(clone(empty_template), tmp_path)
    settings = Settings(data=tmp_path, base_url="http://testserver", run_worker=False, upload_limit=1_000_000)
    with Site(settings, tools) as opened:
        with opened.unit() as session:
            add_meeting_row(session)
        yield opened


def padded_pdf(path: Path, size: int) -> Path:
    content = make_pdf(path).read_bytes()
    at = content.index(b"\n") + 1
    path.write_bytes(content[:at] + b"%" + b"x" * (size - len(content)) + b"\n" + content[at:])
    return path


def test_a_file_somewhat_too_large_is_refused_in_its_form(small_site: Site, tmp_path: Path) -> None:
    answer = send(small_site.browser("staff"), NEW, padded_pdf(tmp_path / "a.pdf", 1_200_000), **ABOUT)
    assert answer.status_code == 422
    assert error_at(answer.text, "file").startswith("Filen fylder mere end 1 MB.")
    assert 'value="Fælles målbilleder"' in answer.text


def test_a_file_far_too_large_is_refused_by_a_page_before_it_is_taken(
    small_site: Site, tmp_path: Path
) -> None:
    answer = send(small_site.browser("staff"), NEW, padded_pdf(tmp_path / "a.pdf", 1_600_000), **ABOUT)
    assert answer.status_code == 413
    assert "<h1>Det fylder for meget</h1>" in answer.text
    assert "content-security-policy" in answer.headers
    assert count_rows(small_site) == (0, 0)


def test_a_large_body_goes_only_where_files_are_taken(meeting: Site, tmp_path: Path) -> None:
    path = padded_pdf(tmp_path / "a.pdf", 3_000_000)
    staff = meeting.browser("staff")
    here = sent_to(send(staff, NEW, path, **ABOUT))
    assert send(staff, f"{here}/ny-version", path).status_code == 303
    assert send(staff, f"/en{here}/ny-version", path).status_code == 303
    for elsewhere in (f"{here}/ret", f"{here}/laes-igen", "/log-ind", "/findes-ikke"):
        assert send(staff, elsewhere, path).status_code == 413, elsewhere


def test_after_a_hundred_files_in_an_hour_the_next_has_to_wait(meeting: Site, tmp_path: Path) -> None:
    staff = meeting.browser("staff")
    path = make_pdf(tmp_path / "a.pdf")
    assert send(staff, NEW, path, **ABOUT).status_code == 303
    with meeting.unit() as session:
        session.execute(text("update rate_count set count = 100"))
    answer = send(staff, NEW, path, **ABOUT)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


# --- changing


@pytest.fixture
def deck_id(meeting: Site) -> int:
    with meeting.unit() as session:
        return add_read_deck(session, session.scalars(select(Meeting)).one()).id


def test_what_stands_about_a_deck_can_be_changed(meeting: Site, deck_id: int) -> None:
    staff = meeting.browser("staff")
    page = staff.get(f"/oplaeg/{deck_id}/ret").text
    assert 'value="Et oplæg"' in page
    answer = staff.post(f"/oplaeg/{deck_id}/ret", ABOUT | {"version": "1", "access": "staff"})
    assert answer.headers["location"] == f"/oplaeg/{deck_id}?kvittering=deck_saved"
    assert "Fælles målbilleder" in staff.get(f"/oplaeg/{deck_id}").text
    assert meeting.browser().get(f"/oplaeg/{deck_id}").status_code == 404


def test_the_second_to_save_sees_both_and_may_then_save(meeting: Site, deck_id: int) -> None:
    first, second = meeting.browser("admin"), meeting.browser("staff")
    first.post(f"/oplaeg/{deck_id}/ret", ABOUT | {"version": "1", "title": "Den førstes titel"})
    fields = ABOUT | {"version": "1", "title": "Den andens titel", "key": str(uuid4())}
    answer = second.post(f"/oplaeg/{deck_id}/ret", fields)
    assert answer.status_code == 409
    assert "Siden er ændret af en anden" in answer.text
    assert "<dd>Den førstes titel</dd>" in answer.text and 'value="Den andens titel"' in answer.text
    assert 'name="version" value="2"' in answer.text
    assert second.post(f"/oplaeg/{deck_id}/ret", fields | {"version": "2"}).status_code == 303
    assert "<h1>Den andens titel</h1>" in meeting.browser().get(f"/oplaeg/{deck_id}").text


def test_a_wrong_change_keeps_what_was_typed(meeting: Site, deck_id: int) -> None:
    fields = ABOUT | {"version": "1", "title": "x" * 201}
    answer = meeting.browser("staff").post(f"/oplaeg/{deck_id}/ret", fields)
    assert answer.status_code == 422
    assert error_at(answer.text, "title") == "Teksten er for lang. Der er plads til 200 tegn."
    assert "x" * 201 in answer.text


def test_a_reading_left_behind_can_be_started_again(meeting: Site) -> None:
    with meeting.unit() as session:
        deck = add_deck_row(session, session.scalars(select(Meeting)).one())
        add_revision_row(session, deck, state="reading")
        here = f"/oplaeg/{deck.id}"
    staff = meeting.browser("staff")
    assert f'action="{here}/laes-igen"' in staff.get(here).text
    assert f'action="{here}/laes-igen"' not in meeting.browser("vendor").get(here).text
    answer = staff.post(f"{here}/laes-igen")
    assert answer.headers["location"] == f"{here}?kvittering=deck_read_again"
    with meeting.unit() as session:
        assert len(list_waiting(session, "presentations.read")) == 1

"""Tables that are taken in: a dry run row by row, words for themes, the run, and the same file again."""

import tracemalloc
from datetime import UTC, date, datetime, time
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import day_of, moved_to
from app.core.policy import STRANGER, SYSTEM, NotAllowed, Refused
from app.core.storage import Storage, open_folder
from app.domain.commitments.models import Commitment, Measurement
from app.domain.contributions.models import Contribution, ContributionTheme
from app.domain.imports.models import DataImport, DataImportRow
from app.domain.imports.queries import ImportView, find_import, list_rows, list_unknown_words
from app.domain.imports.service import add_import, set_theme_words, start_import, take_next
from app.domain.imports.tables import read_file
from app.domain.meetings.models import AgendaItem, Appearance, Meeting
from app.domain.meetings.queries import find_meeting, list_items
from app.domain.strategies.models import Strategy, Theme
from tests.core.documents.samples import make_pdf
from tests.people import People, add_organisation_row

MIXED = """\
tabel;nummer;møde;titel;dato;dato sikkerhed;form;deltagere;emner;punkt;type;start;slut;person;stilling;\
organisation;tekst;temaer;art;fil;adgang
møde;8;;Fælles data;5.11.2019;;Fysisk;ca. 80;Data|Udbud;;;;;;;;;;;;
program;;8;;;;;;;Velkomst;velkomst;9.00;9.15;Anna Test;Kontorchef;Eksempelby;;;;;
program;;8;;;;;;;Data på tværs;oplæg;9.15;10.00;Bo Prøve;Udvikler;Det Nu Lukkede Hus;;;;a.pdf;alle
program;;8;;;;;;;Data på tværs;oplæg;9.15;10.00;Anna Test;Kontorchef;Eksempelby;;;;;
indspil;;8;Åbne snitflader;;;;;;Data på tværs;;;;Bo Prøve;;;Vi ønsker åbne snitflader.;Snitflader;ønske;;
indspil;;8;;;;;;;;;;;;;;Vi ønsker data i tide.;Data;indspil;;
indspil;;99;;;;;;;;;;;;;;Et ønske fra et ukendt møde.;;;;
"""


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_folder(tmp_path / "files")


@pytest.fixture
def themes(session: Session) -> dict[str, int]:
    strategy = Strategy(key="s", name="S", level="municipal", owner="KL")
    session.add(strategy)
    session.flush()
    several = [
        Theme(strategy_id=strategy.id, key=key, code="", position=n, name=name)
        for n, (key, name) in enumerate([("data", "Data"), ("udbud", "Udbud")], 1)
    ]
    session.add_all(several)
    session.flush()
    return {theme.key: theme.id for theme in several}


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8-sig")
    return path


def make_slides(tmp_path: Path) -> tuple[Path, str]:
    with ZipFile(tmp_path / "slides.zip", "w") as archive:
        archive.write(make_pdf(tmp_path / "a.pdf"), "slides/a.pdf")
    return tmp_path / "slides.zip", "slides.zip"


def states(session: Session, import_id: int) -> list[tuple[int, str, str]]:
    rows = list_rows(session, SYSTEM, import_id)
    return [(row.line, row.kind, row.state) for row in rows]


def codes(session: Session, import_id: int) -> dict[int, list[tuple[str, str]]]:
    rows = list_rows(session, SYSTEM, import_id)
    return {row.line: [(one["code"], one["column"]) for one in row.problems] for row in rows if row.problems}


def run(session: Session, storage: Storage, slides: Path | None, import_id: int) -> ImportView:
    while take_next(session, storage, slides, import_id):
        pass
    found = find_import(session, SYSTEM, import_id)
    assert found
    return found


def test_a_file_is_looked_at_mended_taken_in_and_known_the_second_time(
    session: Session, people: People, storage: Storage, themes: dict[str, int], tmp_path: Path
) -> None:
    known = add_organisation_row(session, "eksempelby", "Eksempelby", "municipality")
    path, slides = write(tmp_path / "gamle.csv", MIXED), make_slides(tmp_path)
    taken = add_import(session, people.staff, storage, path, "gamle.csv", slides, publishes=True)
    assert states(session, taken.id) == [
        (2, "meeting", "new"),
        (3, "programme", "new"),
        (4, "programme", "new"),
        (4, "deck", "new"),
        (5, "programme", "new"),
        (6, "contribution", "theme"),
        (7, "contribution", "new"),
        (8, "contribution", "refused"),
    ]
    assert codes(session, taken.id) == {
        6: [("import_row_theme", "themes")],
        8: [("import_row_meeting", "meeting")],
    }
    assert session.scalars(select(Meeting).order_by(Meeting.id)).all() == []
    assert list_unknown_words(session, people.staff, taken.id) == {"Snitflader": 1}
    set_theme_words(session, people.staff, storage, taken.id, {"Snitflader": themes["udbud"]})
    assert [state for _, _, state in states(session, taken.id)].count("new") == 7
    start_import(session, people.staff, taken.id)
    with pytest.raises(Refused) as refused:
        start_import(session, people.staff, taken.id)
    assert refused.value.code == "import_started"
    done = run(session, storage, slides[0], taken.id)
    assert (done.state, dict(done.counts)) == ("done", {"added": 7, "refused": 1})
    meeting = find_meeting(session, STRANGER, "8")
    assert meeting
    assert (meeting.title, meeting.held_on, meeting.participants_approx, meeting.topics) == (
        "Fælles data",
        date(2019, 11, 5),
        80,
        ["Data", "Udbud"],
    )
    items = list_items(session, meeting.id)
    assert [
        (item.title, [(p.name, p.title, p.organisation_name) for p in item.people]) for item in items
    ] == [
        ("Velkomst", [("Anna Test", "Kontorchef", "Eksempelby")]),
        (
            "Data på tværs",
            [("Bo Prøve", "Udvikler", "Det Nu Lukkede Hus"), ("Anna Test", "Kontorchef", "Eksempelby")],
        ),
    ]
    parts = session.scalars(select(Appearance.organisation_id).order_by(Appearance.id)).all()
    assert parts == [known.id, None, known.id]
    said = session.scalars(select(Contribution).order_by(Contribution.id)).all()
    assert [(one.kind, one.title, one.received_at.date(), one.status) for one in said] == [
        ("wish", "Åbne snitflader", date(2019, 11, 5), "received"),
        ("card", "Vi ønsker data i tide.", date(2019, 11, 5), "received"),
    ]
    tagged = select(ContributionTheme.theme_id).order_by(ContributionTheme.contribution_id)
    assert session.scalars(tagged).all() == [themes["udbud"], themes["data"]]
    cells = session.scalars(select(DataImportRow.cells).order_by(DataImportRow.number)).all()
    assert cells == [{}] * 8

    again = add_import(session, people.staff, storage, path, "gamle.csv", slides, publishes=True)
    assert {state for _, _, state in states(session, again.id)} == {"unchanged", "refused"}
    start_import(session, people.staff, again.id)
    done = run(session, storage, slides[0], again.id)
    assert (done.count("added"), done.count("edited"), done.count("unchanged")) == (0, 0, 7)


def test_what_differs_is_shown_and_changed_and_what_is_not_told_stays(
    session: Session, people: People, storage: Storage, tmp_path: Path
) -> None:
    first = "nummer;titel;dato;sted;start;slut\n7;Gammel titel;2018-03-01;Odense;9.30;15\n"
    taken = add_import(session, people.staff, storage, write(tmp_path / "a.csv", first), "møder.csv")
    start_import(session, people.staff, taken.id)
    run(session, storage, None, taken.id)
    assert find_meeting(session, STRANGER, "7") is None
    later = "number,title,date\n7,Ny titel,2018-03-02\n"
    taken = add_import(session, people.staff, storage, write(tmp_path / "b.csv", later), "b.csv")
    (row,) = list_rows(session, people.staff, taken.id)
    assert (row.state, row.changes) == (
        "changed",
        [["title", "Gammel titel", "Ny titel"], ["date", "1.3.2018", "2.3.2018"]],
    )
    start_import(session, people.staff, taken.id)
    run(session, storage, None, taken.id)
    meeting = find_meeting(session, people.staff, "7")
    assert meeting
    assert (meeting.title, meeting.venue, meeting.held_on) == ("Ny titel", "Odense", date(2018, 3, 2))
    assert meeting.starts_at
    assert meeting.starts_at.astimezone().date() == date(2018, 3, 2)


PROMISES = """\
tabel;titel;tekst;organisation;frist;indikator;enhed;udgangspunkt;udgangspunkt dato;mål;mål dato;\
forpligtelse;dato;værdi;kilde
forpligtelse;Færre tastefejl;Vi halverer dem.;Eksempelby;2021-12-31;\
Fejl;antal;100;2020-01-01;50;2021-12-31;;2020-01-01;;
måling;;;;;;;;;;;Færre tastefejl;2020-06-01;{value};Egen optælling
måling;;;;;;;;;;;Færre tastefejl;2019-06-01;70;Egen optælling
måling;;;;;;;;;;;En ukendt;2020-06-01;70;Egen optælling
"""


def test_a_promise_and_its_figures_are_taken_in_and_a_figure_is_corrected(
    session: Session, people: People, storage: Storage, tmp_path: Path
) -> None:
    add_organisation_row(session, "eksempelby", "Eksempelby", "municipality")
    path = write(tmp_path / "p.csv", PROMISES.format(value="82,5"))
    taken = add_import(session, people.staff, storage, path, "p.csv", publishes=True)
    assert codes(session, taken.id) == {5: [("import_row_commitment", "commitment")]}
    start_import(session, people.staff, taken.id)
    done = run(session, storage, None, taken.id)
    assert dict(done.counts) == {"added": 2, "refused": 2}
    assert codes(session, taken.id)[4] == [("measured_before_baseline", "date")]
    path = write(tmp_path / "p.csv", PROMISES.format(value="80"))
    taken = add_import(session, people.staff, storage, path, "p.csv", publishes=True)
    assert [row.changes for row in list_rows(session, people.staff, taken.id)][1] == [["value", "82,5", "80"]]
    start_import(session, people.staff, taken.id)
    run(session, storage, None, taken.id)
    figures = session.execute(
        select(Measurement.value, Measurement.corrected_at.is_(None), Measurement.reason).order_by(
            Measurement.id
        )
    ).all()
    assert [tuple(one) for one in figures] == [
        (82.5, False, ""),
        (80, True, "Rettet ved indlæsning af p.csv"),
    ]
    assert session.scalars(select(Commitment.title).order_by(Commitment.id)).all() == ["Færre tastefejl"]


def test_a_promise_without_a_day_is_of_the_danish_day_on_which_it_is_taken_in(
    session: Session, people: People, storage: Storage, tmp_path: Path
) -> None:
    add_organisation_row(session, "eksempelby", "Eksempelby", "municipality")
    promise = "tabel;titel;tekst;organisation;frist\nforpligtelse;Færre fejl;Ordene.;Eksempelby;2031-12-31\n"
    path = write(tmp_path / "p.csv", promise)
    with moved_to(datetime(2027, 3, 16, 23, 30, tzinfo=UTC)):
        taken = add_import(session, people.staff, storage, path, "p.csv", publishes=True)
        start_import(session, people.staff, taken.id)
        run(session, storage, None, taken.id)
    days = select(Commitment.proposed_at).order_by(Commitment.id)
    assert [day_of(one) for one in session.scalars(days)] == [date(2027, 3, 17)]


def test_a_workbook_is_read_sheet_by_sheet_with_typed_days_and_times(
    session: Session, people: People, storage: Storage, tmp_path: Path
) -> None:
    book = Workbook()
    guide = book.active
    assert guide
    guide.append(["Sådan gør du"])
    meetings = book.create_sheet("Møder")
    meetings.append(["Nummer", "Titel", "Dato", "Start"])
    meetings.append([6.0, "Som regneark", date(2017, 5, 4), time(9, 30)])
    people_sheet = book.create_sheet("Personer")
    people_sheet.append(["Møde", "Punkt", "Navn", "Stilling", "Organisation", "Tidligere"])
    people_sheet.append([6, "Et punkt", "Carl Test", "Direktør", "Et Hus", True])
    items = book.create_sheet("Program")
    items.append(["Møde", "Punkt", "Start"])
    items.append([6, "Et punkt", time(10, 0)])
    book.save(tmp_path / "bog")
    taken = add_import(session, people.staff, storage, tmp_path / "bog", "bog.xlsx")
    assert codes(session, taken.id) == {}
    start_import(session, people.staff, taken.id)
    assert dict(run(session, storage, None, taken.id).counts) == {"added": 3}
    part = session.scalars(select(Appearance)).one()
    assert (part.person_name, part.title, part.organisation_name, part.is_former) == (
        "Carl Test",
        "Direktør",
        "Et Hus",
        True,
    )
    assert session.scalars(select(AgendaItem.title)).one() == "Et punkt"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("nummer;titel;dato\n6;;2017-05-04\n", ("import_row_missing", "title")),
        ("nummer;titel;dato\n6;Et møde;4/5\n", ("date_from_datetime_parsing", "date")),
        ("nummer;titel;dato\n6;Et møde;2117-05-04\n", ("date_out_of_range", "date")),
        ("nummer;titel;dato;form\n6;Et møde;2017-05-04;tirsdag\n", ("import_row_word", "format")),
        (
            "nummer;titel;dato;arrangører\n6;Et møde;2017-05-04;Ingen\n",
            ("import_row_organisation", "organisers"),
        ),
        ("nummer;titel;dato\n6;Om 010203-1234;2017-05-04\n", ("cpr_number", "title")),
    ],
)
def test_a_row_that_is_wrong_says_which_column_and_why(
    session: Session, people: People, storage: Storage, tmp_path: Path, text: str, wrong: tuple[str, str]
) -> None:
    taken = add_import(session, people.staff, storage, write(tmp_path / "a.csv", text), "a.csv")
    assert codes(session, taken.id) == {2: [wrong]}
    assert "010203-1234" not in str([row.title for row in list_rows(session, people.staff, taken.id)])


@pytest.mark.parametrize(("publishes", "state"), [(True, "new"), (False, "refused")])
def test_what_was_said_at_no_meeting_is_shown_at_once_or_refused(
    session: Session, people: People, storage: Storage, tmp_path: Path, publishes: bool, state: str
) -> None:
    said = "dato;person;tekst;art\n5.11.2019;Bo Prøve;Vi ønsker åbne snitflader.;ønske\n"
    path = write(tmp_path / "indspil.csv", said)
    taken = add_import(session, people.staff, storage, path, "indspil.csv", publishes=publishes)
    assert states(session, taken.id) == [(2, "contribution", state)]
    wrong = {} if publishes else {2: [("import_row_said_nowhere", "meeting")]}
    assert codes(session, taken.id) == wrong


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "import_empty"),
        (b"a;b\n1;2\n", "import_columns"),
        (b"nummer;titel;dato\n", "import_no_rows"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "import_no_table"),
        (b"PK\x03\x04" + b"\x00" * 600, "import_zip"),
        (b"nummer;titel;dato\n" + b"6;x;2017-05-04\n" * 2001, "import_too_many_rows"),
    ],
)
def test_a_file_without_rows_that_we_know_is_refused_with_a_sentence(
    session: Session, people: People, storage: Storage, tmp_path: Path, content: bytes, code: str
) -> None:
    (tmp_path / "fil").write_bytes(content)
    with pytest.raises(Refused) as refused:
        add_import(session, people.staff, storage, tmp_path / "fil", "fil.csv")
    assert refused.value.code == code


def test_millions_of_lines_are_not_read_to_be_refused(tmp_path: Path) -> None:
    (tmp_path / "fil").write_bytes(b"nummer;titel;dato\n" + b"6\n" * 3_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(Refused) as refused:
            read_file(tmp_path / "fil", "fil.csv")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refused.value.code == "import_too_many_rows"
    assert most < 80_000_000


def test_only_staff_takes_anything_in(
    session: Session, people: People, storage: Storage, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.csv", "nummer;titel;dato\n6;Et møde;2017-05-04\n")
    for actor in people.all().values():
        if actor.is_staff:
            continue
        with pytest.raises(NotAllowed):
            add_import(session, actor, storage, path, "a.csv")
    assert session.scalars(select(DataImport)).all() == []

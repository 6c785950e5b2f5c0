"""J-S9: old meetings are taken in from a table and a zip of slides, by keyboard, within four minutes."""

import time
from pathlib import Path
from zipfile import ZipFile

from app.core.jobs import run_waiting
from tests.browser.conftest import Reader, Served, writing_on_the_phone
from tests.browser.test_sign_up_journey import press, tick
from tests.core.documents.samples import make_pdf

TABLE = """\
tabel;nummer;møde;titel;dato;form;punkt;type;start;person;stilling;organisation;tekst;temaer;art;fil;adgang
møde;41;;Et gammelt møde;5.11.2009;fysisk;;;;;;;;;;;
program;;41;;;;Data på tværs;oplæg;9.15;Bo Prøve;udvikler;Huset, der lukkede;;;;a.pdf;alle
indspil;;41;;;;Data på tværs;;;Bo Prøve;;;Vi ønsker åbne snitflader.;Et ukendt tema;ønske;;
indspil;;99;;;;;;;;;;Et ønske fra et ukendt møde.;;;;
"""
SECONDS = 240  # what the journey may take


def send(writer: Reader, table: Path, slides: Path) -> str:
    writer.open("/import")
    writer.page.locator("#field-file").set_input_files(table)
    writer.page.locator("#field-slides").set_input_files(slides)
    tick(writer, "Vis det for alle, så snart det er læst ind")
    press(writer, "Se det igennem")
    return writer.page.url


@writing_on_the_phone
def test_old_meetings_are_taken_in_once_with_what_was_true_then(
    writer: Reader, served: Served, tmp_path: Path
) -> None:
    table, slides = tmp_path / "gamle.csv", tmp_path / "slides.zip"
    table.write_text(TABLE, "utf-8-sig")
    with ZipFile(slides, "w") as archive:
        archive.write(make_pdf(tmp_path / "a.pdf"), "a.pdf")
    writer.sign_in("Sekretariat")
    begun = time.monotonic()
    send(writer, table, slides)
    assert "Vi kender ikke temaet »Et ukendt tema«." in writer.text
    assert "Vi kender ikke mødet »99«." in writer.text
    writer.page.locator("#theme-1").focus()
    writer.page.keyboard.press("ArrowDown")
    writer.page.keyboard.press("ArrowDown")
    press(writer, "Gem, og se filen igennem igen")
    press(writer, "Læs 4 rækker ind")
    run_waiting(served.tools)
    writer.open("/import/1")
    assert "ikke læst ind" in writer.text
    again = send(writer, table, slides)
    assert again.endswith("/import/2")
    assert "Læs" not in writer.page.locator("main form button").first.inner_text()
    assert "0\nnye" in writer.text
    writer.open("/moeder/41")
    assert "5. november 2009" in writer.text
    assert "Huset, der lukkede" in writer.text
    assert time.monotonic() - begun < SECONDS

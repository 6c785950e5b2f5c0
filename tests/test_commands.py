"""The `dialogforum` command as somebody at a terminal meets it, on a house of its own."""

import os
from io import BytesIO, TextIOWrapper
from pathlib import Path
from zipfile import ZipFile

import pytest
from pydantic import SecretStr

from app.cli import main
from app.doctor import examine
from app.settings import Settings
from tests.core.documents.samples import make_pdf
from tests.core.test_bounces import REPORT


def test_a_house_is_copied_put_back_exported_and_examined_by_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, data: str = "old") -> tuple[int, str]:
        status = main([*arguments, "--data", data])
        told = capsys.readouterr()
        return status, told.out + told.err

    assert run("doctor")[0] == 1  # no tables yet
    assert run("migrate") == (0, "")
    assert run("doctor")[1].endswith("\nIntet er galt.\n")
    status, told = run("user", "show", "ingen@x.example")
    assert (status, told) == (1, "dialogforum: ingen har mailadressen »ingen@x.example«\n")
    status, told = run("backup", "copy.tar")
    assert (status, "rækker og 0 filer" in told) == (0, True)
    status, told = run("restore", "copy.tar")
    assert (status, told.startswith("dialogforum: Databasen er ikke tom.")) == (1, True)
    status, told = run("restore", "copy.tar", data="new")
    assert (status, told.startswith("Gendannet og efterprøvet: ")) == (0, True)
    status, told = run("export", "out.zip", data="new")
    assert (status, "Begynd i LÆS-MIG.txt" in told) == (0, True)
    status, told = run("reindex", data="new")
    assert (status, told.startswith("0 ting kan findes igen")) == (0, True)
    Path("moeder.csv").write_text("tabel;nummer;titel;dato;form\nmøde;81;Et gammelt møde;2019-11-05;fysisk\n")
    assert run("import", "moeder.csv", "--publish", "--really", data="new")[0] == 0
    with ZipFile("oplaeg.zip", "w") as decks:
        decks.write(make_pdf(tmp_path / "data.pdf"), "data.pdf")
    Path("oplaeg.csv").write_text("fil;møde;titel\ndata.pdf;81;Data på tværs\nvæk.pdf;81;Væk\n")
    for really, first in (([], "ok"), (["--really"], "taken")):
        status, told = run("decks", "oplaeg.zip", "--list", "oplaeg.csv", *really, data="new")
        states = [line.split()[1:3] for line in told.splitlines() if line.split()[:1] in (["2"], ["3"])]
        assert (status, states) == (0, [[first, "data.pdf"], ["refused", "væk.pdf"]])
    assert "/oplaeg/1" in told
    status, told = run("reindex", data="new")
    assert (status, told.startswith("2 ting kan findes igen")) == (0, True)
    assert run("restore", "nothing.tar") == (1, "dialogforum: nothing.tar findes ikke.\n")


def test_the_doctor_says_what_hurts_in_a_sentence(tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path,
        database_url=SecretStr("postgresql://nobody@127.0.0.1:1/none"),
        smtp_host="127.0.0.1",
        smtp_port=1,
    )
    wrong = [one.sentence for one in examine(settings) if one.state == "wrong"]
    assert [sentence.partition(":")[0] for sentence in wrong] == [
        "Databasen kan ikke bruges",
        "Mailserveren 127.0.0.1",
    ]


def test_an_address_of_the_database_that_is_none_is_told_without_its_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql//forum:hemmelig@host/forum")
    assert main(["migrate", "--data", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert told == "dialogforum: DATABASE_URL is to be postgresql://user:password@host/name\n"


def test_a_database_that_is_away_is_told_in_a_sentence_and_keeps_a_bounce_with_the_mail_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(REPORT.encode())))
    for command, status in (("migrate", 1), ("reindex", 1), ("bounce", os.EX_TEMPFAIL)):
        assert main([command, "--data", str(tmp_path)]) == status
        told = capsys.readouterr().err
        assert told.startswith("dialogforum: connection failed: ") and told.count("\n") == 1, told

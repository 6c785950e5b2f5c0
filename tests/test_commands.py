"""The `dialogforum` command as somebody at a terminal meets it, on a house of its own."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from app.cli import main
from app.doctor import examine
from app.settings import Settings


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

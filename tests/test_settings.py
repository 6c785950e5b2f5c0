"""Settings in files of a folder, as a vault lays them out."""

from pathlib import Path

import pytest

from app.settings import read_settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DATABASE_URL", "DIALOGFORUM_SMTP_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DIALOGFORUM_SECRETS", str(tmp_path))
    return tmp_path


def read_both() -> tuple[str | None, str | None]:
    settings = read_settings()
    both = (settings.smtp_password, settings.database_url)
    password, address = (secret and secret.get_secret_value() for secret in both)
    return password, address


def test_a_secret_may_stand_in_a_file_of_its_name(folder: Path) -> None:
    assert read_both() == (None, None)
    (folder / "DIALOGFORUM_SMTP_PASSWORD").write_text("hemmelig\n")
    (folder / "DATABASE_URL").write_text("postgresql://database/forum\n")
    assert read_both() == ("hemmelig", "postgresql://database/forum")


def test_the_environment_goes_before_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "DIALOGFORUM_SMTP_PASSWORD").write_text("i filen")
    monkeypatch.setenv("DIALOGFORUM_SMTP_PASSWORD", "i miljøet")
    assert read_both() == ("i miljøet", None)


def test_pages_are_put_behind_the_public_address_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for given in ("https://forum.example.dk", "https://forum.example.dk/"):
        monkeypatch.setenv("DIALOGFORUM_BASE_URL", given)
        assert read_settings().base_url == "https://forum.example.dk"


@pytest.mark.parametrize(
    "given",
    [
        "forum.example.dk",
        "https://forum.example.dk/sti",
        "https:///",
        "ftp://forum.dk",
        "https://forum.dk?a=b",
        "",
    ],
)
def test_a_public_address_that_pages_cannot_be_put_behind_is_said(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("DIALOGFORUM_BASE_URL", given)
    with pytest.raises(ValueError, match=r"^DIALOGFORUM_BASE_URL: an address such as https://forum"):
        read_settings()


def test_a_folder_of_secrets_that_is_not_there_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALOGFORUM_SECRETS", str(folder / "væk"))
    with pytest.raises(ValueError, match="DIALOGFORUM_SECRETS: there is no such folder"):
        read_settings()

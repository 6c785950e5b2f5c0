"""No field takes a CPR number: every text of every model that people fill in, and the names of files."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import app
from app.api.answers import Out
from app.core.policy import Refused
from app.domain.contributions.schemas import read_lines
from app.domain.invitations.reading import read_list
from app.domain.presentations.service import check_file

CPR = "Født 010203-1234 i Esbjerg"


def subclasses(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for below in model.__subclasses__():
        yield below
        yield from subclasses(below)


def input_models() -> list[type[BaseModel]]:
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name not in ("app.cli", "app.core.documents.child"):
            importlib.import_module(module.name)
    ours = {model for model in subclasses(BaseModel) if model.__module__.startswith("app.")}
    # What an administrator of the machine sets, and what we answer, is nothing that people type.
    typed = {model for model in ours if "settings" not in model.__module__ and not is_answer(model)}
    return sorted(typed, key=lambda model: (model.__module__, model.__name__))


def is_answer(model: type[BaseModel]) -> bool:
    return model.__name__.endswith("Out") or issubclass(model, Out)


def takes(model: type[BaseModel], name: str, value: Any) -> bool:
    """Whether the field takes the value, whatever the other fields lack."""
    field = model.model_fields[name]
    try:
        model.model_validate({field.alias or name: value})
    except ValidationError as wrong:
        return not any(error["loc"] and error["loc"][0] in (name, field.alias) for error in wrong.errors())
    return True


def test_no_text_of_any_model_takes_a_cpr_number() -> None:
    models = input_models()
    assert len(models) > 40
    taking = [
        f"{model.__module__}.{model.__name__}.{name}"
        for model in models
        for name in model.model_fields
        # Where a list goes on: made by us, and looked at as such.
        if name != "cursor"
        for value in (CPR, [CPR], {"x": CPR})
        if takes(model, name, value)
    ]
    # Pasted lines are looked at one by one, as the next tests show; what is asked for, what is like it and
    # numbers of themes are not kept; where a sent file lies for a moment and its hash are ours.
    assert list(dict.fromkeys(taking)) == [
        "app.api.decks.DecksAsked.moede",
        "app.api.sent_files.File.path",
        "app.api.sent_files.File.mark",
        "app.domain.boards.planning_schemas.PastedInput.lines",
        "app.domain.contributions.needs.schemas.SimilarInput.title",
        "app.domain.contributions.needs.schemas.SimilarInput.body",
        "app.domain.contributions.needs.schemas.SimilarInput.kle",
        "app.domain.contributions.schemas.CardsInput.lines",
        "app.web.deck_themes.JudgedInput.fits",
        "app.web.deck_themes.JudgedInput.unfit",
        "app.web.deck_themes.JudgedInput.off",
        "app.web.invitations.ChosenInput.people",
        "app.web.invitations.ChosenInput.fixes",
        "app.web.invitations.ListInput.people",
    ]


def test_no_pasted_line_holds_one() -> None:
    lines, wrong = read_lines(f"Et indspil\n- {CPR}\nEt til")
    assert lines == ["Et indspil", "Et til"]
    assert [(line.number, line.code) for line in wrong] == [(2, "cpr_number")]


def test_no_pasted_address_holds_one() -> None:
    found = read_list(f"mona@her.example\n{CPR} <karl@her.example>")
    assert [guest.email for guest in found.people] == ["mona@her.example"]
    assert [(mistake.line, mistake.why) for mistake in found.mistakes] == [(2, "cpr_number")]


def test_no_name_of_a_file_holds_one(tmp_path: Path) -> None:
    path = tmp_path / "sent"
    path.write_bytes(b"%PDF-1.7")
    with pytest.raises(Refused) as refusal:
        check_file(path, "Sag 010203-1234.pdf")
    assert refusal.value.code == "file_cpr_number"

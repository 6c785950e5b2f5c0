"""Forms: what was typed stays, and each error is a sentence that fits the field."""

from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from app.core.text import LongProse, RequiredLine
from app.http.forms import Form
from app.http.sentences import SENTENCES, add_sentences


class Thing(BaseModel):
    name: RequiredLine
    text: LongProse = ""
    ids: Annotated[list[int], Field(max_length=1)] = []


def read(**typed: list[str]) -> dict[str, str]:
    form = Form("da", typed, {})
    assert form.read(Thing) is None
    return form.errors


def test_an_empty_text_is_to_be_filled_in_and_a_long_one_tells_its_room() -> None:
    assert read(name=[" "], text=["x" * 10_001]) == {
        "name": "Udfyld feltet.",
        "text": "Teksten er for lang. Der er plads til 10000 tegn.",
    }


def test_too_many_choices_are_too_many() -> None:
    assert read(name=["a"], ids=["1", "2"]) == {"ids": "Der er valgt for mange."}


def test_a_code_keeps_its_sentence_whichever_door_comes_last() -> None:
    add_sentences({"stale": SENTENCES["stale"]})
    with pytest.raises(ValueError, match="stale"):
        add_sentences({"stale": "Noget andet."})

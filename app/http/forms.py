"""What somebody typed: kept as typed, read into a model, each error a sentence at its field."""

from collections.abc import Mapping
from time import monotonic
from typing import Annotated, Any, TypeVar, get_origin
from uuid import UUID, uuid4

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile

from app.core import i18n
from app.core.keeping import note_for_one
from app.http.sentences import fits_any_field, sentence
from app.http.turnstile import Place

M = TypeVar("M", bound=BaseModel)

MOST_FIELDS = 2000
MOST_FILES = 4
LARGEST_FIELD = 512 * 1024
USUAL_BODY = 5.0  # seconds


class OfAnyField(str):
    """A sentence that does not say which field it stands at; a door may move it to another field or form."""

    __slots__ = ()


class Form:
    """The fields of one form with their errors; `key` makes its sending happen once."""

    def __init__(
        self, language: str, typed: Mapping[str, list[str]], files: Mapping[str, UploadFile]
    ) -> None:
        self.language = language
        self.typed = dict(typed)
        self.files = dict(files)
        self.errors: dict[str, str] = {}
        self._key = self.value("key") or str(uuid4())

    @property
    def key(self) -> str:
        """For one sending: a page that shows it is for one reader."""
        note_for_one()
        return self._key

    def value(self, name: str) -> str:
        """What stands in a field, or the empty text."""
        values = self.typed.get(name)
        return values[0] if values else ""

    def values(self, name: str) -> list[str]:
        return self.typed.get(name, [])

    def error(self, name: str) -> str | None:
        return self.errors.get(name)

    def has(self, name: str) -> bool:
        return name in self.typed

    def refuse(self, name: str, code: str, **values: object) -> None:
        """Put the sentence named `code` at a field, unless one stands there already."""
        words = sentence(self.language, code, **values)
        self.errors.setdefault(name, OfAnyField(words) if fits_any_field(code) else words)

    def leaves_unsaid(self, name: str) -> bool:
        """Whether the sentence at a field does not tell which field it is, read away from it."""
        words = self.errors[name]
        return isinstance(words, OfAnyField) or list(self.errors.values()).count(words) > 1

    def read(self, model: type[M]) -> M | None:
        """The typed fields as `model`, or None with a sentence at each field that is wrong."""
        raw: dict[str, Any] = {}
        for name, field in model.model_fields.items():
            if name not in self.typed:
                continue
            is_list = get_origin(field.annotation) in (list, set, tuple)
            raw[name] = self.typed[name] if is_list else self.typed[name][0]
            if not is_list and raw[name] == "" and not field.is_required():
                del raw[name]
        try:
            return model.model_validate(raw)
        except ValidationError as wrong:
            for error in wrong.errors(include_url=False, include_input=False):
                name = str(error["loc"][0]) if error["loc"] else "form"
                values = error.get("ctx", {})
                # A text with validators of its own says "too_long" as a list would, but not what of.
                is_text = values.get("field_type") == "Value"
                self.refuse(name, f"string_{error['type']}" if is_text else error["type"], **values)
            return None

    @property
    def uuid(self) -> UUID | None:
        try:
            return UUID(self.key)
        except ValueError:
            return None


def blank(language: str, /, **values: object) -> Form:
    """A form that nobody has typed in yet, with its starting values."""
    typed = {}
    for name, value in values.items():
        if value is None:
            continue
        typed[name] = [str(v) for v in value] if isinstance(value, list | tuple | set) else [str(value)]
    return Form(language, typed, {})


async def ask_again_after(request: Request, began: float) -> None:
    """Ask anew who comes, where the body came so slowly that rights may have ended. `began`: by monotonic."""
    ask_again = getattr(request.state, "ask_again", None)
    if ask_again is not None and monotonic() - began > USUAL_BODY:
        await ask_again()


async def _read_form(request: Request) -> Form:
    place: Place | None = getattr(request.state, "place", None)
    if place is not None:
        place.give_up()
    began = monotonic()
    data: FormData = await request.form(
        max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=LARGEST_FIELD
    )
    if place is not None:
        await place.take()
    await ask_again_after(request, began)
    typed: dict[str, list[str]] = {}
    files: dict[str, UploadFile] = {}
    for name, value in data.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                files[name] = value
        else:
            typed.setdefault(name, []).append(value.encode("utf-8", "replace").decode().replace("\x00", "�"))
    return Form(getattr(request.state, "language", i18n.DEFAULT), typed, files)


SentForm = Annotated[Form, Depends(_read_form)]

"""Pages: a typed object that names its template, rendered by Jinja with undefined names as errors."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cache, partial
from pathlib import Path
from threading import RLock
from typing import Any, ClassVar
from uuid import uuid4

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.bccache import Bucket

from app.core import i18n

APP = Path(__file__).resolve().parent.parent
STATIC = APP / "static"
# In a checkout the templates stand at the top, in a wheel inside the package.
TEMPLATES = APP / "templates" if (APP / "templates").is_dir() else APP.parent / "templates"


@dataclass
class Page:
    """What a template may show. Subclasses add fields; nothing in them may ask the database."""

    template: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page."""

    language: str
    path: str
    signed_in: bool
    person_name: str
    organisation_name: str
    is_staff: bool
    is_vendor: bool
    is_municipality: bool
    demo: bool
    site_name: str
    base_url: str
    contact_name: str
    contact_mail: str
    contact_phone: str
    data_responsible: str = ""
    needs_proof: bool = False
    is_in_room: bool = False
    notice: str | None = None
    next_path: str = "/"


@dataclass(frozen=True)
class Site:
    """What is the same on every page of this installation."""

    site_name: str
    base_url: str
    contact_name: str
    contact_mail: str
    contact_phone: str
    data_responsible: str
    demo: bool
    answer_within_days: int = 90
    upload_limit: int = 50_000_000  # bytes
    accessibility_statement_url: str | None = None
    accessibility_made_on: date = date(2026, 11, 22)
    accessibility_reviewed_on: date = date(2026, 11, 22)
    labels: Callable[[str, str], str] = field(default=lambda group, code: code)


def prefixed(language: str, path: str) -> str:
    """The address of a page in a language: Danish without prefix, others under /en and /sv."""
    return path if language == i18n.DEFAULT else f"/{language}{path}"


@cache
def static_address(path: str) -> str:
    """The address of one of our files, with a mark that changes when the file does."""
    file = STATIC / path
    if not file.is_file():
        return f"/static/{path}"
    mark = hashlib.sha256(file.read_bytes()).hexdigest()[:10]
    return f"/static/{path}?v={mark}"


class SharedBytecode(BytecodeCache):
    """Compiled templates, shared by the languages: their code is the same, only their words differ."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        kept = self._kept.get(bucket.key)
        if kept is not None:
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


class PatientEnvironment(Environment):
    """Compiles a template once, also when many threads want it first at the same time, as after a start."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._loading = RLock()
        self._loaded: dict[str, Template] = {}

    def _load_template(self, name: str, globals: Any) -> Template:
        # A page imports some thirty templates; only what is not there yet, or was edited, is waited for.
        loaded = self._loaded.get(name)
        if loaded is not None and not globals and loaded.is_up_to_date:
            return loaded
        with self._loading:
            loaded = self._loaded[name] = super()._load_template(name, globals)
            return loaded


def make_environment(
    language: str, extra: dict[str, Callable[..., Any]], bytecode: BytecodeCache | None = None
) -> Environment:
    """Templates in one language. `extra` are functions of (language, …) that become globals."""
    environment = PatientEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        bytecode_cache=bytecode,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(i18n.catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(
        url=partial(prefixed, language),
        static=static_address,
        has_file=lambda path: (STATIC / path).is_file(),
        date=lambda value, style="long": i18n.format_date(value, language, style),
        datetime=lambda value: i18n.format_datetime(value, language),
        time=lambda value: i18n.format_time(value, language),
        number=lambda value, decimals=None: i18n.format_number(value, language, decimals),
        new_key=lambda: str(uuid4()),
        languages=i18n.LANGUAGES,
    )
    environment.globals.update({name: partial(call, language) for name, call in extra.items()})
    return environment


class Renderer:
    """All templates in all languages."""

    def __init__(self, extra: dict[str, Callable[..., Any]]) -> None:
        bytecode = SharedBytecode()
        self._environments = {
            language: make_environment(language, extra, bytecode) for language in i18n.LANGUAGES
        }

    def render(self, page: Page, frame: Frame) -> str:
        values = {known.name: getattr(page, known.name) for known in fields(page)}
        environment = self._environments[frame.language]
        return environment.get_template(page.template).render(values, frame=frame)

    def render_template(self, name: str, language: str, **values: object) -> str:
        """A template outside a page, such as a mail."""
        return self._environments[language].get_template(name).render(values)

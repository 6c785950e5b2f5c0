"""Pages: a typed object that names its template, rendered by Jinja with undefined names as errors."""

import hashlib
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cache, lru_cache, partial
from pathlib import Path
from threading import RLock
from typing import Any, ClassVar
from uuid import uuid4

from jinja2 import (
    BytecodeCache,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Template,
    meta,
    nodes,
    pass_context,
)
from jinja2.bccache import Bucket
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, Macro
from markupsafe import Markup

from app.core import i18n
from app.core.chosen import chosen
from app.core.keeping import note_for_one
from app.http.error_labels import put_labels

APP = Path(__file__).resolve().parent.parent
STATIC = APP / "static"
MOST_SENTENCES = 20_000
MOST_TEMPLATES = 2_000
EXTENSIONS = ("jinja2.ext.i18n", "jinja2.ext.do")
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


def as_chosen(site: Site) -> Site:
    """The site by the names that admins have given it, where they have."""
    names = chosen().names
    return replace(site, **names) if names else site


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


_frame: ContextVar["Frame | None"] = ContextVar("frame", default=None)


class _FrameNow:
    """The frame of the page that is being rendered, for what outlives a page."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(_frame.get(), name)


_FRAME_NOW = _FrameNow()


class PlainTemplate(Template):
    """A template of an environment whose templates all have the same globals, and no others.

    What is imported from one is evaluated once for all pages, with context too, where of the page it looks at
    the frame alone: a page imports some fifty, which took a third of its time.
    """

    _for_all: TemplateModule | None = None
    _serves_all: bool | None = None

    def render(self, *args: Any, **values: Any) -> str:
        frame = values.get("frame")
        if frame is None:
            return super().render(*args, **values)
        token = _frame.set(frame)
        try:
            return super().render(*args, **values)
        finally:
            _frame.reset(token)

    def make_module(
        self,
        vars: dict[str, Any] | None = None,
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,
    ) -> TemplateModule:
        frame = vars.get("frame") if vars and shared else None
        if frame is None or (frame is not _FRAME_NOW and frame is not _frame.get()):
            return super().make_module(vars, shared, locals)
        if self._serves_all is None:
            self._serves_all = _serves_all(self.environment, self.name or "")
        if not self._serves_all or (locals and "frame" in locals):
            return super().make_module(vars, shared, locals)
        if self._for_all is None:
            self._for_all = super().make_module({"frame": _FRAME_NOW})
        return self._for_all

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        # Jinja would hold the globals against those of the importing page each time.
        if self._module is None:
            self._module = super().make_module()
        return self._module


def _serves_all(environment: Environment, name: str) -> bool:
    """Whether a template's macros, and those that it imports, look at nothing of the page but its frame, and
    its variables not even at that: what is chosen or counted anew may differ on the next page."""
    assert environment.loader is not None
    source = environment.loader.get_source(environment, name)[0]
    leaned_on = _find_leaned_on(source, frozenset(environment.globals))
    return leaned_on is not None and all(_serves_all(environment, one) for one in leaned_on)


# For reading alone: what a template looks at is the same in each language.
_READER = Environment(extensions=EXTENSIONS)  # noqa: S701  nothing is rendered with it


@lru_cache(MOST_TEMPLATES)
def _find_leaned_on(source: str, known: frozenset[str]) -> frozenset[str] | None:
    """What a template imports with the page around it; None where it looks at the page itself.

    Dozens of templates import the same ones: reading each again for each took longer than compiling them.
    """
    tree = _READER.parse(source)
    looked_for = meta.find_undeclared_variables(tree) - known - {"frame"}
    if any(not _is_set_where_read(tree, wanted) for wanted in looked_for):
        return None
    if any(True for _ in tree.find_all((nodes.Include, nodes.Extends, nodes.Block))):
        return None
    for node in tree.body:
        if isinstance(node, nodes.Macro | nodes.Output | nodes.FromImport | nodes.Import):
            continue
        if not all(_is_constant(call) for call in node.find_all(nodes.Call)):
            return None
        if any(found.name == "frame" for found in node.find_all(nodes.Name)):
            return None
    imports = [one for one in tree.find_all((nodes.FromImport, nodes.Import)) if one.with_context]
    named = frozenset(one.template.value for one in imports if isinstance(one.template, nodes.Const))
    return named if all(isinstance(one.template, nodes.Const) for one in imports) else None


def _is_set_where_read(tree: nodes.Template, wanted: str) -> bool:
    """Whether a name is set above where a macro reads it, though but in a branch: Jinja misses it there."""
    read = 0
    for macro in (part for part in tree.body if isinstance(part, nodes.Macro)):
        names = [found for found in macro.find_all(nodes.Name) if found.name == wanted]
        reads = [found.lineno for found in names if found.ctx == "load"]
        read += len(reads)
        if reads and min(reads) < min((f.lineno for f in names if f.ctx != "load"), default=1 << 30):
            return False
    everywhere = (found for found in tree.find_all(nodes.Name) if found.name == wanted)
    return read == sum(found.ctx == "load" for found in everywhere)


def _is_constant(call: nodes.Call) -> bool:
    """A call whose answer is the same for as long as the language is."""
    return isinstance(call.node, nodes.Name) and call.node.name in ("_", "pgettext", "url", "static")


class Words:
    """`gettext` of templates in one language, as Jinja's own; what is said without values is kept.

    A page says some hundred sentences, most of them without values.
    """

    def __init__(self, language: str) -> None:
        self._find = find = i18n.catalogue(language).gettext
        # The catalogue's words may be markup, as those of the code.
        self._read = lru_cache(MOST_SENTENCES)(lambda text: Markup(find(text)) % {})  # noqa: S704

    @pass_context
    def __call__(self, context: Context, text: str, /, **values: Any) -> str:
        if not context.eval_ctx.autoescape:
            return self._find(text) % values
        return Markup(self._find(text)) % values if values else self._read(text)  # noqa: S704


@pass_context
def say(context: Context, text: str, /, **values: Any) -> Any:
    """`_` of templates: in a mail perhaps with sentences that admins have chosen."""
    return context.call(context.resolve("gettext"), text, **values)


class QuickContext(Context):
    """Calls what templates call most, without asking of each what Jinja is to hand it.

    A page makes some seven hundred calls; to ask took as long as to read the page's rows.
    """

    def call(self, called: Callable[..., Any], /, *given: Any, **named: Any) -> Any:
        kind = type(called)
        if kind is Macro:
            given = (self.eval_ctx, *given)
        elif called is say or kind is Words:
            words = self.resolve("gettext") if called is say else called
            if type(words) is not Words:
                return super().call(words, *given, **named)
            called, given = words, (self, *given)
        elif kind is not partial:
            return super().call(called, *given, **named)
        named.pop("_block_vars", None)
        named.pop("_loop_vars", None)
        return called(*given, **named)


class PatientEnvironment(Environment):
    """Compiles a template once, also when many threads want it first at the same time, as after a start."""

    template_class = PlainTemplate
    context_class = QuickContext

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


def _new_key() -> str:
    note_for_one()
    return str(uuid4())


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
        extensions=EXTENSIONS,
        bytecode_cache=bytecode,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(i18n.catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(
        _=say,
        gettext=Words(language),
        url=partial(prefixed, language),
        static=static_address,
        has_file=lambda path: (STATIC / path).is_file(),
        date=lambda value, style="long": i18n.format_date(value, language, style),
        datetime=lambda value: i18n.format_datetime(value, language),
        time=lambda value: i18n.format_time(value, language),
        number=lambda value, decimals=None: i18n.format_number(value, language, decimals),
        new_key=_new_key,
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

    def environment(self, language: str) -> Environment:
        return self._environments[language]

    def render(self, page: Page, frame: Frame) -> str:
        values = {known.name: getattr(page, known.name) for known in fields(page)}
        environment = self._environments[frame.language]
        return put_labels(environment.get_template(page.template).render(values, frame=frame))

    def render_template(self, name: str, language: str, **values: object) -> str:
        """A template outside a page, such as a mail."""
        return self._environments[language].get_template(name).render(values)

"""Templates: what pages import is evaluated once, and looks at each page's own frame."""

from dataclasses import replace

from jinja2 import DictLoader

from app.http.pages import Frame, _find_leaned_on, make_environment

FRAME = Frame(
    language="da",
    path="/",
    signed_in=True,
    person_name="Anna",
    organisation_name="",
    is_staff=False,
    is_vendor=False,
    is_municipality=False,
    demo=False,
    site_name="",
    base_url="",
    contact_name="",
    contact_mail="",
    contact_phone="",
)
NAMED = '{% from "part.html" import name with context %}{{ name() }}'


def render(part: str, page: str, *frames: Frame, **values: object) -> list[str]:
    environment = make_environment("da", {})
    environment.loader = DictLoader({"part.html": part, "page.html": page})
    return [environment.get_template("page.html").render(values, frame=frame) for frame in frames]


def test_an_imported_part_tells_of_the_page_that_it_stands_on() -> None:
    part = "{% macro name() %}{{ frame.person_name }}{% endmacro %}"
    assert render(part, NAMED, FRAME, replace(FRAME, person_name="Bo")) == ["Anna", "Bo"]


def test_a_part_that_sets_something_by_the_page_is_evaluated_for_each() -> None:
    part = "{% set who = frame.person_name %}{% macro name() %}{{ who }}{% endmacro %}"
    assert render(part, NAMED, FRAME, replace(FRAME, person_name="Bo")) == ["Anna", "Bo"]


def test_a_part_that_looks_at_more_of_the_page_than_its_frame_sees_it() -> None:
    part = "{% macro name() %}{{ shown }}{% endmacro %}"
    assert render(part, NAMED, FRAME, shown="Cai") == ["Cai"]


def test_a_part_that_leans_on_one_that_is_evaluated_for_each_page_is_so_too() -> None:
    inner = "{% set who = frame.person_name %}{% macro name() %}{{ who }}{% endmacro %}"
    given = '{% from "inner.html" import name as who with context %}'
    part = given + "{% macro name() %}{{ who() }}{% endmacro %}"
    environment = make_environment("da", {})
    environment.loader = DictLoader({"inner.html": inner, "part.html": part, "page.html": NAMED})
    page = environment.get_template("page.html")
    assert [page.render(frame=replace(FRAME, person_name=name)) for name in ("Anna", "Bo")] == ["Anna", "Bo"]


def test_what_a_part_looks_at_is_read_once_for_all_languages() -> None:
    part = "{% macro name() %}{{ frame.person_name }}, read once{% endmacro %}"
    read_before = _find_leaned_on.cache_info().misses
    for language in ("da", "en"):
        environment = make_environment(language, {})
        environment.loader = DictLoader({"part.html": part, "page.html": NAMED})
        frame = replace(FRAME, language=language)
        assert environment.get_template("page.html").render(frame=frame) == "Anna, read once"
    assert _find_leaned_on.cache_info().misses == read_before + 1


def test_a_variable_set_in_a_branch_is_the_macros_own() -> None:
    part = "{% macro name() %}{% if frame.signed_in %}{% set shown = 1 %}{{ shown }}{% endif %}{% endmacro %}"
    assert render(part, NAMED, FRAME, shown="Cai") == ["1"]


def test_words_without_values_read_as_with_them() -> None:
    page = '{% for one in (1, 2) %}{{ _("100 %% <b>ja</b>") }} {{ _("%(one)s < 3", one=one) }} {% endfor %}'
    assert render("", page, FRAME) == ["100 % <b>ja</b> 1 < 3 100 % <b>ja</b> 2 < 3 "]


def test_values_in_words_are_escaped_where_it_is_a_page_and_not_where_it_is_a_mail() -> None:
    said = '{{ _("Hej %(who)s", who="<b>") }}'
    page = f"{said}{{% autoescape false %}} {said}{{% endautoescape %}}"
    assert render("", page, FRAME) == ["Hej &lt;b&gt; Hej <b>"]


def test_a_page_that_brings_words_of_its_own_is_said_with_those() -> None:
    page = '{{ _("Hej") }} {{ gettext("Hej") }}'
    assert render("", page, FRAME, gettext=lambda text: f"{text}!") == ["Hej! Hej!"]

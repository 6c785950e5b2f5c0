"""The look holds: every part renders in every language, is valid, escapes what it shows, and stays small."""

import re
from collections import Counter
from pathlib import Path

import html5lib
import pytest
from markupsafe import Markup

from app.http.forms import blank
from app.http.pages import STATIC
from tests.look.guide import ERRORS, PAGES, make_guide_environment, render_error, render_guide

LANGUAGES = ("da", "en", "sv")
HOSTILE = "<script>\"'&amp;"
XHTML = "{http://www.w3.org/1999/xhtml}"


def parse(page: str) -> html5lib.HTMLParser:
    """The page as a browser reads it; any slip in its HTML is an error."""
    parser = html5lib.HTMLParser(strict=True)
    parser.document = parser.parse(page)
    return parser


def elements(page: str, *names: str) -> list[object]:
    return [e for e in parse(page).document.iter() if str(e.tag).removeprefix(XHTML) in names]


def faults_of(page: str) -> list[str]:
    """What is wrong with a whole page: ids, labels, headings, references, inline script and style."""
    faults = []
    every = list(parse(page).document.iter())
    ids = [e.get("id") for e in every if e.get("id")]
    faults += [f"twice: id {name}" for name, times in Counter(ids).items() if times > 1]
    levels = [int(e.tag[-1]) for e in every if re.fullmatch(r"h[1-6]", str(e.tag).removeprefix(XHTML))]
    if levels.count(1) != 1:
        faults.append(f"{levels.count(1)} main headings")
    labelled = {e.get("for") for e in every if str(e.tag) == XHTML + "label"}
    for e in every:
        name = str(e.tag).removeprefix(XHTML)
        if (
            name in ("input", "select", "textarea")
            and e.get("type") != "hidden"
            and e.get("id") not in labelled
        ):
            faults.append(f"no label: {e.get('name')}")
        for reference in (e.get("aria-describedby") or "").split():
            if reference not in ids:
                faults.append(f"describes nothing: {reference}")
        if e.get("style") or name == "style" or (name == "script" and not e.get("src")):
            faults.append(f"inline: {name}")
        if name == "img" and e.get("alt") is None:
            faults.append("picture without alt")
    return faults


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_the_guide_is_sound_in_every_language(name: str, language: str) -> None:
    assert faults_of(render_guide(name, language)) == []


@pytest.mark.parametrize("status", ERRORS)
def test_every_error_page_is_sound_and_names_the_phone(status: int) -> None:
    page = render_error(status)
    assert faults_of(page) == []
    assert page.count('href="tel:33703370"') == 2


def test_an_unknown_error_below_500_does_not_blame_ourselves() -> None:
    page = make_guide_environment("da").get_template("errors/500.html")
    assert "Noget gik galt hos os" not in render_with(page, 405)
    assert "Noget gik galt hos os" in render_with(page, 500)


def render_with(template: object, status: int) -> str:
    from tests.look.guide import make_frame

    return template.render(frame=make_frame(), status=status, sentence="")  # type: ignore[attr-defined]


def test_all_who_are_signed_in_are_led_to_their_overview_by_one_name_and_strangers_are_not() -> None:
    staff = render_guide("front", signed_in=True, is_staff=True, person_name="Anna")
    others = render_guide("front", signed_in=True, person_name="Anna")
    link = 'href="/mit">Mit overblik<'
    assert (link in staff, link in others, "Mit" in render_guide("front")) == (True, True, False)


def test_the_language_links_keep_the_path_and_its_query() -> None:
    page = render_guide("front", language="en", path="/soeg?q=it-indk%C3%B8b&side=2")
    links = {e.get("lang"): e.get("href") for e in elements(page, "a") if e.get("hreflang")}
    assert links == {
        "da": "/soeg?q=it-indk%C3%B8b&side=2",
        "en": "/en/soeg?q=it-indk%C3%B8b&side=2",
        "sv": "/sv/soeg?q=it-indk%C3%B8b&side=2",
    }


def test_a_path_with_two_slashes_does_not_lead_to_another_host() -> None:
    page = render_guide("front", path="//evil.example/x")
    assert [e.get("href") for e in elements(page, "a") if e.get("hreflang") == "da"] == ["/evil.example/x"]


def test_the_field_with_an_error_points_at_its_sentence_and_keeps_what_was_typed() -> None:
    page = render_guide("form")
    mail = next(e for e in elements(page, "input") if e.get("name") == "mail")
    assert (mail.get("value"), mail.get("aria-invalid"), mail.get("aria-describedby")) == (
        "anna@",
        "true",
        "field-mail-error",
    )
    summary = [e.get("href") for e in elements(page, "a") if (e.get("href") or "").startswith("#field-")]
    assert summary == ["#field-mail", "#field-who", "#field-visibility"]


CALLS = {
    "badges": ["status_badge(x, x)", "uncertain(x)", "kind_badge(x, 'flag')", "tag(x, x)"],
    "breadcrumb": ["breadcrumb([(x, x), (x, x)])"],
    "cards": [
        "card(x, x, x, x, x)",
        "card(x, x, [x, x])",
        "door(x, x, x, 'flag')",
        "person(x, x, x, True, x)",
        "slide_thumb(x, x, x, 1)",
    ],
    "charts": [
        "bar_chart(x, [(x, 1)], x)",
        "line_chart(x, [(x, 1), (x, 2)], x, 3)",
        "trend_chart(x, [(x, 1), (x, none), (x, 2)], 1, 5)",
    ],
    "forms": [
        "form_start(x, form, keep=x)",
        "text_field(form, 'a', x, x)",
        "text_area(form, 'a', x, x)",
        "select(form, 'a', x, [(x, x), (x, [(x, x)])], x, empty=x)",
        "radios(form, 'a', x, [(x, x, x)], x)",
        "checkboxes(form, 'a', x, [(x, x, x)], x)",
        "checkbox(form, 'a', x, x)",
        "file_field(form, 'a', x, x, accept=x)",
        "error_summary(form)",
        "button_form(x, x, [(x, x)])",
    ],
    "hit": ["hit(x, x, 'flag', [(x, True)], x, [x], (x, x), x)", "hit(x, x, 'flag', x, [(x, False)], x)"],
    "live": [
        "room(x, x)",
        "live_block(x, x, x, x, {x: [x]})",
        "queue_form(x, form, x, x, x, {x: x}, [{x: x}], x, x)",
        "queue_button(x, x, x, x, x, [(x, x)], x, x, x)",
    ],
    "lists": [
        "definition_list([(x, x), (x, [x])])",
        "facts([(x, x, x)])",
        "empty(x, (x, x))",
        "pager(2, 3, x)",
        "pager(2, 3, x, x)",
        "unlisted(2)",
        "filter_bar(x, [{'name': 'a', 'label': x, 'chosen': x, 'options': [(x, x, 1)]}], [(x, x)], x)",
    ],
    "marked": ["marked([(x, True), (x, False)])", "marked(x)"],
    "page": [
        "page_header(x, x, x, x)",
        "subnav([(x, x, 1)], x, x)",
        "alert('info', x, x)",
        "section_head(x, x, x)",
        "meta_line([('flag', x)])",
    ],
    "blacked": ["shown(x ~ '▇▇▇' ~ x)"],
    "privacy": ["asks_because({'data_responsible': x}, x)"],
    "said": ["said(x, x, x, x, x)", "said(x, where=x)", "chain([(x, x, 'done', x)])"],
    "timeline": [
        "timeline([{'time': x, 'end': x, 'tracks': [{'kind': 'talk', 'kind_label': x, 'title': x, 'track': x,"
        " 'href': x, 'body': x, 'tasks': [x], 'links': [(x, x)]}]}])"
    ],
}


@pytest.mark.parametrize(("part", "call"), [(part, call) for part, calls in CALLS.items() for call in calls])
def test_hostile_words_in_a_part_stay_words(part: str, call: str) -> None:
    template = make_guide_environment("da").from_string(
        f"{{% import 'parts/{part}.html' as part %}}{{{{ part.{call} }}}}"
    )
    form = blank("da", a=HOSTILE)
    form.errors = {"a": HOSTILE}
    shown = template.render(x=HOSTILE, form=form)
    assert "<script" not in shown
    assert HOSTILE.replace("<", "&lt;") not in shown  # the quotes are escaped as well


def test_every_macro_of_the_parts_is_tried_with_hostile_words() -> None:
    parts = Path(make_guide_environment("da").get_template("parts/forms.html").filename or "").parent
    tried = {call.split("(")[0] for calls in CALLS.values() for call in calls}
    # Without words of their own, or building stones of macros that are tried.
    quiet = {
        "icon",
        "example_badge",
        "old_label",
        "form_end",
        "mark",
        "above",
        "described",
        "limit",
        "choices",
        "all_box",
        "hidden",
        "submit",
        "slot",
        "voice_badge",
        "unconfirmed_organisation_badge",
        "consent_words",
        "room_head",
        "queue_panel",
        # Of the chain, which is tried with hostile words in tests/web/test_chain.py.
        "chain_of_evidence",
        "stage",
        "link_to",
        "in_own",
        "who",
        "slide_page",
        "effect_line",
    }
    known = {
        name for part in parts.glob("*.html") for name in re.findall(r"{% macro (\w+)", part.read_text())
    }
    assert known - quiet == tried


def test_markup_given_as_a_badge_stays_markup() -> None:
    template = make_guide_environment("da").from_string(
        "{% from 'parts/cards.html' import card %}{{ card('#', 'T', badges=b) }}"
    )
    assert "<b>x</b> <b>y</b>" in template.render(b=[Markup("<b>x</b>"), Markup("<b>y</b>")])
    assert "<b>x</b>" in template.render(b=Markup("<b>x</b>"))


def test_the_style_sheet_is_small_and_names_no_other_host() -> None:
    style = (STATIC / "css" / "app.css").read_text()
    assert len(style.encode()) < 36_000
    assert re.findall(r"url\((?!\"\.\./img/)[^)]*\)|https?:|@import", style) == []


def test_every_picture_the_style_sheet_names_is_there() -> None:
    style = (STATIC / "css" / "app.css").read_text()
    names = set(re.findall(r'url\("\.\./img/([^"]+)"\)', style))
    assert names and {name for name in names if not (STATIC / "img" / name).is_file()} == set()


def ratio(one: str, other: str) -> float:
    """The contrast of two colours (#rrggbb) as WCAG reckons it."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("ink", "grounds", "least"),
    [
        ("ink", ("paper", "card", "sand", "amber", "petrol-1"), 7),
        ("ink-2", ("paper", "card", "sand", "petrol-1"), 4.5),
        ("petrol", ("paper", "card", "sand", "petrol-1"), 4.5),
        ("rust", ("paper", "card", "sand"), 4.5),
        ("red", ("paper", "card", "red-1"), 4.5),
        ("green", ("green-1",), 4.5),
        ("brown", ("paper", "card", "sand", "amber-1"), 4.5),
        ("edge", ("paper", "card", "sand"), 3),
    ],
)
def test_the_colours_stand_out_from_their_grounds(ink: str, grounds: tuple[str, ...], least: float) -> None:
    style = (STATIC / "css" / "app.css").read_text()
    colours = {
        n: (v + v[1:] if len(v) == 4 else v) for n, v in re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", style)
    }
    assert [g for g in grounds if ratio(colours[ink], colours[g]) < least] == []

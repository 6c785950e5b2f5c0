"""The list of errors above a form says which field each is about, also without scripts."""

import re

import pytest

from tests.site import Site


def summary(page: str) -> list[str]:
    found = re.search(r'<div class="alert alert-error error-summary".*?</div>', page, re.S)
    return re.findall(r"<li>(.*?)</li>", found[0]) if found else []


def test_two_empty_fields_are_told_apart(site: Site) -> None:
    page = site.browser("vendor").post("/oensker/nyt", {"title": "", "body": ""}).text
    assert summary(page)[:2] == [
        '<a href="#field-title">Hvad ønsker I?: Udfyld feltet.</a>',
        '<a href="#field-body">Fortæl mere: Udfyld feltet.</a>',
    ]
    assert "<!--" not in page


def test_the_fields_are_called_in_the_language_of_the_page(site: Site) -> None:
    page = site.browser("vendor").post("/en/oensker/nyt", {"title": "", "body": ""}).text
    label = re.search(r'<label class="form-label" for="field-title">(.*?)</label>', page)
    assert label and summary(page)[0].startswith(f'<a href="#field-title">{label[1]}: ')


@pytest.mark.parametrize(
    ("who", "path", "fields", "lines"),
    [
        ("municipality", "/behov/nyt", {"handling": "send"}, 3),
        ("vendor", "/ideer/nyt", {"title": "", "handling": "send"}, 5),
        ("staff", "/moeder/nyt", {"title": "", "number": "x", "held_on": "i dag"}, 3),
    ],
)
def test_no_sentence_of_any_field_stands_without_its_fields_name(
    site: Site, who: str, path: str, fields: dict[str, str], lines: int
) -> None:
    errors = summary(site.browser(who).post(path, fields).text)
    bare = ("Udfyld feltet.", "Skriv et helt tal.", "Vælg en af mulighederne.", "Skriv datoen")
    assert len(errors) >= lines
    assert [one for one in errors if re.sub("<.*?>", "", one).startswith(bare)] == []

"""A list of errors above a form says which field each is about, by the words that stand at the field."""

import pytest

from app.http.error_labels import put_labels
from app.http.forms import Form


def called(page: str, place: str) -> str:
    """What the list of errors says before the sentence of the field at `place`."""
    return put_labels(f"<!--label of {place}-->|{page}").split("|")[0]


FIELDS = {
    "a label without its mark": (
        '<label for="field-a">Hvad <b>ønsker</b>\n I? <span class="optional">(valgfrit)</span></label>',
        "Hvad ønsker I?: ",
    ),
    "words stay words": ('<label for="field-a">Mål &amp; &lt;b&gt;</label>', "Mål &amp; &lt;b&gt;: "),
    "a label that ends with a sign": ('<label for="field-a">Navn:</label><input id="field-a">', "Navn: "),
    "an error inside the label": (
        '<label for="field-a">Behov <span class="form-error-message">Udfyld feltet.</span></label>',
        "Behov: ",
    ),
    "a label that nobody sees": (
        '<input id="field-a" aria-label="Mail til Ea &amp; Bo">',
        "Mail til Ea &amp; Bo: ",
    ),
    "radios in a group that the error describes": (
        '<fieldset aria-describedby="field-a-help field-a-error"><legend>Hvem?</legend>'
        '<input id="field-a" type="radio" name="a"><label for="field-a">Alle</label></fieldset>',
        "Hvem?: ",
    ),
    "radios in a group of their own": (
        '<fieldset><legend>Tema</legend><input id="field-a" type="radio" name="a">'
        '<label for="field-a">Rammer</label><label for="field-b">Hvorfor?</label></fieldset>',
        "Tema: ",
    ),
    "one box in a group of other things": (
        '<fieldset><legend>Tema</legend><input id="field-a" type="checkbox" name="a">'
        '<label for="field-a">Vis mit navn</label></fieldset>',
        "Vis mit navn: ",
    ),
    "several boxes": (
        '<fieldset><legend>Temaer</legend><input id="field-a" type="checkbox" name="a">'
        '<label for="field-a">Et</label><input id="field-a-2" type="checkbox" name="a"></fieldset>',
        "Temaer: ",
    ),
    "radios without a group": (
        '<input id="field-a" type="radio" name="a"><label for="field-a">Ja</label>',
        "",
    ),
    "a group that is the place": ('<fieldset id="field-a"><legend>Netværk</legend></fieldset>', "Netværk: "),
    "a heading that is the place": ('<h2 id="field-a">Det ses der på</h2>', "Det ses der på: "),
    "a place without words": ('<p id="field-a">Intet</p>', ""),
    "another field": ('<label for="field-ab">Noget andet</label>', ""),
}


@pytest.mark.parametrize("what", FIELDS)
def test_a_field_is_called_what_stands_at_it(what: str) -> None:
    page, words = FIELDS[what]
    assert called(page, "field-a") == words


def test_a_page_without_errors_is_left_as_it_is() -> None:
    page = '<label for="field-a">A</label><!-- label --><p>'
    assert put_labels(page) == page


def test_a_sentence_that_says_which_field_it_is_about_stands_alone() -> None:
    form = Form("da", {}, {})
    form.refuse("title", "missing")
    form.refuse("kind", "opdigtet")
    form.refuse("cvr", "cvr")
    form.errors |= {"fit": "Vælg, om det rammer.", "fat": "Vælg, om det er stort."}
    assert [name for name in form.errors if form.leaves_unsaid(name)] == ["title", "kind"]


def test_a_sentence_that_stands_at_two_fields_says_neither() -> None:
    form = Form("da", {}, {})
    form.errors = {"fit-1": "Vælg, om det rammer.", "fit-2": "Vælg, om det rammer.", "title": "Skriv titlen."}
    assert [name for name in form.errors if form.leaves_unsaid(name)] == ["fit-1", "fit-2"]

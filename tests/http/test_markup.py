"""Plain text as the HTML of a mail: nothing of what people wrote becomes markup."""

import pytest

from app.http.markup import as_html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hej\nigen\n\nAndet afsnit\n", "<p>Hej<br>\nigen</p>\n<p>Andet afsnit</p>"),
        ("- et\n- to", "<ul><li>et</li><li>to</li></ul>"),
        ("1. et\n2. to", "<ol><li>et</li><li>to</li></ol>"),
        ("- et\nikke en liste", "<p>- et<br>\nikke en liste</p>"),
        ("    Onsdag\n    Salen", "<div>Onsdag<br>\nSalen</div>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        (
            'Se https://x.example/a?b=1&c="onload. Nu',
            '<p>Se <a href="https://x.example/a?b=1&amp;c=">https://x.example/a?b=1&amp;c=</a>'
            "&#34;onload. Nu</p>",
        ),
        ("javascript:alert(1)", "<p>javascript:alert(1)</p>"),
        (
            "(Skriv til anna@x.example.)",
            '<p>(Skriv til <a href="mailto:anna@x.example">anna@x.example</a>.)</p>',
        ),
        ("\n \n", ""),
    ],
)
def test_text_becomes_paragraphs_lists_and_links_and_nothing_else(text: str, expected: str) -> None:
    assert str(as_html(text, is_styled=False)) == expected


def test_a_mail_carries_its_looks_in_style_attributes_and_no_colour_that_hides_in_the_dark() -> None:
    styled = str(as_html("Hej\n\n- https://x.example"))
    assert '<p style="margin:0 0 16px">Hej</p>' in styled
    assert 'style="color:inherit;text-decoration:underline"' in styled
    assert "<style" not in styled
    assert "background" not in styled

"""The checker sees an error and lets a sound page pass."""

from tests.node.html_validate import find_html_errors

SOUND = """<!DOCTYPE html>
<html lang="da">
  <head><title>Møder</title></head>
  <body><h1>Møder</h1><p>Ti møder siden 2016.</p></body>
</html>
"""


def test_a_sound_page_has_no_errors() -> None:
    assert find_html_errors({"/moeder": SOUND}) == []


def test_an_error_is_told_with_the_pages_name_and_line() -> None:
    broken = SOUND.replace("</p>", "</div>")
    errors = find_html_errors({"/moeder": SOUND, "/moeder/10": broken})
    assert errors[0].startswith("/moeder/10:4:")
    assert all(error.startswith("/moeder/10:") for error in errors)

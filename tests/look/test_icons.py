"""Drawings: every name that a template gives is one that is fetched."""

import re

from app.http.pages import TEMPLATES
from build_assets import ICONS


def test_each_drawing_that_a_template_names_is_in_the_sprite() -> None:
    named = {
        name
        for file in TEMPLATES.rglob("*.html")
        for name in re.findall(r'\bicon\("([a-z0-9-]+)"|\bicon_name="([a-z0-9-]+)"', file.read_text())
        for name in name
        if name
    }
    assert named - ICONS == set()
    assert len(named) > 25

"""docs/fields-together.md lists each check over several fields, and none that is not there."""

import ast
import re
from pathlib import Path

from sqlalchemy import CheckConstraint

from app.core.database import Base
from app.tables import load_all_jobs

ROOT = Path(__file__).resolve().parent.parent
TOLD = (ROOT / "docs" / "fields-together.md").read_text()


def validated() -> set[tuple[str, str]]:
    """The models that look at several of their fields: file and class."""
    found = set()
    for path in (ROOT / "app").rglob("*.py"):
        text = path.read_text()
        if "model_validator" not in text:
            continue
        for model in ast.walk(ast.parse(text)):
            if isinstance(model, ast.ClassDef) and any(
                "mode='after'" in ast.unparse(mark)
                for verb in model.body
                if isinstance(verb, ast.FunctionDef)
                for mark in verb.decorator_list
            ):
                found.add((str(path.relative_to(ROOT)), model.name))
    return found


def checked() -> dict[str, str]:
    """The checks of tables that read more than one column: `table.rule`, and the check."""
    load_all_jobs()
    found = {}
    for table in Base.metadata.sorted_tables:
        for check in table.constraints:
            if not isinstance(check, CheckConstraint):
                continue
            written = " ".join(str(check.sqltext).split())
            words = set(re.findall(r"\w+", re.sub(r"'[^']*'", "", written)))
            if len(words & set(table.columns.keys())) > 1:
                found[f"{table.name}.{str(check.name).removeprefix(f'ck_{table.name}_')}"] = written
    return found


def test_each_model_that_holds_fields_against_one_another_is_listed() -> None:
    told = re.findall(r"^\| `(app/[\w/]+\.py)::(\w+)` \|", TOLD, re.M)
    assert sorted(told) == sorted(validated())


def test_each_check_over_several_columns_is_listed_as_it_is() -> None:
    assert dict(re.findall(r"^\| `(\w+\.\w+)` \| `(.+)` \|$", TOLD, re.M)) == checked()


def test_each_verb_that_is_listed_names_a_test() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)` \|$", TOLD, re.M)
    assert len(named) > 8
    assert [one for one in named if f"def {one[1]}(" not in (ROOT / one[0]).read_text()] == []

"""What other pages show of pressure tests: those of an idea or a project, and the way to begin one."""

from dataclasses import dataclass

from app.core.asking import Asking, read
from app.domain.pressure_tests.lists import TestLine, tests_about
from app.domain.pressure_tests.policy import may_test, may_test_privately
from app.http.visit import Visit

LIST = "/trykproever"
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class TestsOf:
    """The newest tests of one thing that the reader may see, and where the reader begins another; empty for
    who may not. `more`: the list of all of them, where there are more."""

    __test__ = False  # a view, whatever pytest makes of its name

    tests: tuple[TestLine, ...]
    begin: str
    more: str


def find_tests_of(
    visit: Visit,
    *,
    idea: tuple[int, str] | None = None,
    project: tuple[int, str] | None = None,
    is_running: bool = True,
) -> TestsOf:
    """Of an idea by its id and number, or a project by its id and key. One statement where there are none.

    `is_running`: whether a new test may begin; not of a draft or of what was taken back.
    """
    return read(visit.session, tests_of(visit, idea=idea, project=project, is_running=is_running))


def tests_of(
    visit: Visit,
    *,
    idea: tuple[int, str] | None = None,
    project: tuple[int, str] | None = None,
    is_running: bool = True,
) -> Asking[TestsOf]:
    """The same, to be asked beside others."""
    thing = idea or project
    assert thing is not None, "an idea or a project"
    found = yield from tests_about(visit.actor, "idea_id" if idea else "project_id", thing[0], MOST_SHOWN)
    word = f"ide={idea[1]}" if idea else f"projekt={project[1]}" if project else ""
    begin = ""
    if is_running and may_test_privately(visit.actor):
        begin = f"{LIST}/alene?{word}"
    elif is_running and may_test(visit.actor):
        begin = f"{LIST}/ny?{word}"
    more = f"{LIST}?{word}" if found.total > MOST_SHOWN else ""
    return TestsOf(found.tests, begin, more)

"""What happens to pressure tests."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class AssessorsNamed(Event):
    """These are to assess; they are rows of `Assessor`."""

    test_id: int
    assessor_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ConflictDeclared(Event):
    """An assessor has a conflict of interest: somebody else is to be named."""

    test_id: int
    assessor_id: int


@dataclass(frozen=True, slots=True)
class AssessorsApart(Event):
    """All are done, and two are more than one step apart: it is to be talked over."""

    test_id: int


@dataclass(frozen=True, slots=True)
class PressureTestSettled(Event):
    """There is a result: through, or back to the drawing board. Not yet for others than its own people."""

    test_id: int


@dataclass(frozen=True, slots=True)
class PressureTestPublished(Event):
    """The result is open to all who may read what was tested."""

    test_id: int


@dataclass(frozen=True, slots=True)
class PressureTestTakenBack(Event):
    """It is so no longer."""

    test_id: int


@dataclass(frozen=True, slots=True)
class TestsOutOfDate(Event):
    """These have been settled, and one of their strategies is other now; no municipality's own among them."""

    test_ids: tuple[int, ...]

"""Figures of this process in the text form that Prometheus reads. None names a person or an address."""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

# Upper bounds in seconds; the last bucket, which takes all, is added when it is told.
BOUNDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Family:
    """Figures under one name; `kind` is counter or gauge. `samples`: labels and figure."""

    name: str
    kind: str
    meaning: str
    samples: tuple[tuple[Labels, float], ...]


def gauge(name: str, meaning: str, value: float, process: str = "") -> Family:
    """`process`: which one tells it, where several answer at one address with a figure each."""
    return Family(name, "gauge", meaning, ((label_process(process), value),))


def label_process(process: str) -> Labels:
    return (("process", process),) if process else ()


@dataclass
class RequestCounts:
    """Requests of this process: how many, how they ended, and how long until the answer began.

    `process`: its name where several answer under one address, else empty.
    """

    process: str = ""
    _counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _buckets: Counter[float] = field(default_factory=Counter)
    _seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    under_way: int = 0

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request. `route` is the door's pattern, never what was asked for."""
        bound = next((bound for bound in BOUNDS if seconds <= bound), float("inf"))
        with self._lock:
            self._counts[method, route, f"{status // 100}xx"] += 1
            self._buckets[bound] += 1
            self._seconds += seconds

    def begin(self) -> None:
        with self._lock:
            self.under_way += 1

    def end(self) -> None:
        with self._lock:
            self.under_way -= 1

    def tell(self) -> list[str]:
        """As lines."""
        with self._lock:
            counts, buckets, seconds = Counter(self._counts), Counter(self._buckets), self._seconds
            under_way = self.under_way
        own = label_process(self.process)
        samples = tuple(
            ((("method", method), ("route", route), ("status", status), *own), float(count))
            for (method, route, status), count in sorted(counts.items())
        )
        lines = write_family(
            Family("dialogforum_requests_total", "counter", "Requests by door and outcome.", samples)
        )
        lines += write_family(
            gauge("dialogforum_requests_under_way", "Requests under way.", under_way, self.process)
        )
        name = "dialogforum_request_seconds"
        lines += [f"# HELP {name} Seconds until an answer began.", f"# TYPE {name} histogram"]
        total = 0
        for bound in (*BOUNDS, float("inf")):
            total += buckets[bound]
            lines.append(f"{name}_bucket{_inside((('le', _figure(bound)), *own))} {total}")
        return [*lines, f"{name}_sum{_inside(own)} {_figure(seconds)}", f"{name}_count{_inside(own)} {total}"]


def write_family(family: Family) -> list[str]:
    lines = [f"# HELP {family.name} {family.meaning}", f"# TYPE {family.name} {family.kind}"]
    for labels, value in family.samples:
        lines.append(f"{family.name}{_inside(labels)} {_figure(value)}")
    return lines


def _inside(labels: Labels) -> str:
    inside = ",".join(f'{name}="{_escape(text)}"' for name, text in labels)
    return "{" + inside + "}" if inside else ""


def write_metrics(requests: RequestCounts, families: Iterable[Family]) -> str:
    """All of it, as the body of an answer of CONTENT_TYPE."""
    lines = requests.tell()
    for family in families:
        lines += write_family(family)
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _figure(value: float) -> str:
    if value == float("inf"):
        return "+Inf"
    return str(int(value)) if float(value).is_integer() else repr(float(value))

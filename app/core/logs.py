"""How the processes log: a line of text for people, or a line of JSON for programs, each with its request."""

import json
import logging
import time
from datetime import UTC, datetime
from typing import Any, Literal

from app.core.audit import current_request_id

Format = Literal["text", "json"]

TEXT = "%(asctime)s %(levelname)s %(name)s %(message)s"
# What says much and is seldom asked for.
_QUIET = ("procrastinate", "alembic", "httpx2")
# What `extra` may add to a line; all else that a record has is Python's own.
_EXTRAS = ("method", "path", "status", "ms", "job")


class TextLines(logging.Formatter):
    """A line for people, in UTC as all else that is noted, and said to be."""

    converter = time.gmtime
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"


class JsonLines(logging.Formatter):
    """One object a line: time (UTC), level, logger, message; request, job and fault where there are such."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        request_id = getattr(record, "request_id", None) or current_request_id.get()
        if request_id:
            line["request_id"] = request_id
        line |= {name: getattr(record, name) for name in _EXTRAS if hasattr(record, name)}
        if record.exc_info:
            line["fault"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def start_logging(form: Format) -> None:
    """Log to standard error from here on. Called once, by an entry point."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else TextLines(TEXT))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)

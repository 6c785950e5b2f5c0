"""Files behind one small interface: a folder, an S3-compatible store, or memory for tests."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import datetime, timedelta
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

# Somebody waits before a page meanwhile; jobs come back by themselves. For each answer of the store, and for
# all tries together.
PATIENCE = timedelta(seconds=8)
# A whole file at the reader's own speed: a deck of 60 MB takes a telephone some minutes.
WHOLE_FILE = timedelta(hours=1)


class StorageAway(Exception):
    """The store does not answer, does not let us in, or has no room: not the fault of who asked."""


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except BaseError as problem:
        # Its words may hold the address and the name of the file; the first line says what it is.
        raise StorageAway(str(problem).partition("\n")[0]) from problem


class Storage:
    """Keys are relative paths of our own making; never a name that somebody sent."""

    def __init__(
        self, store: ObjectStore, hold: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        self._store = store
        self._hold = hold

    def held_by(self, hold: Callable[[], AbstractContextManager[None]]) -> "Storage":
        """The same files; each removal happens within `hold()`, which may make it wait."""
        return Storage(self._store, hold)

    def put(self, key: str, content: bytes | Path) -> None:
        """Keep the content under the key, replacing what is there."""
        with _told():
            obstore.put(self._store, key, content)

    def get(self, key: str) -> bytes:
        """The whole content. Raises FileNotFoundError."""
        with _told():
            return bytes(obstore.get(self._store, key).bytes())

    def stream(self, key: str) -> Iterator[bytes]:
        """The content in chunks. Raises FileNotFoundError at once, not at the first chunk."""
        with _told():
            result = obstore.get(self._store, key)

        def pass_on() -> Iterator[bytes]:
            # The store may also go away in the middle of a file.
            with _told():
                for chunk in result.stream(min_chunk_size=256 * 1024):
                    yield bytes(chunk)

        return pass_on()

    def has(self, key: str) -> bool:
        try:
            with _told():
                obstore.head(self._store, key)
        except FileNotFoundError:
            return False
        return True

    def list_older(self, folder: str, moment: datetime) -> Iterator[str]:
        """The keys in a folder that were put there before the moment."""
        with _told():
            for some in obstore.list(self._store, prefix=folder):
                yield from (one["path"] for one in some if one["last_modified"] < moment)

    def list_all(self) -> Iterator[str]:
        """The keys of everything that lies here, in no order."""
        with _told():
            for some in obstore.list(self._store):
                yield from (one["path"] for one in some)

    def delete(self, key: str) -> None:
        """Remove the content; nothing happens when it is not there."""
        with self._hold(), suppress(FileNotFoundError), _told():
            obstore.delete(self._store, key)

    def fetch_to(self, key: str, path: Path) -> None:
        """Copy the content into a file."""
        with path.open("wb") as file:
            for chunk in self.stream(key):
                file.write(chunk)


def open_folder(folder: Path) -> Storage:
    """Files in a folder, made when it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    return Storage(LocalStore(prefix=str(folder), mkdir=True))


def open_bucket(
    url: str, *, endpoint: str | None, access_key: str | None, secret_key: str | None, region: str
) -> Storage:
    """Files in an S3-compatible store: `url` is s3://bucket or s3://bucket/prefix."""
    given = {
        "aws_endpoint": endpoint,
        "aws_access_key_id": access_key,
        "aws_secret_access_key": secret_key,
        "aws_region": region,
    }
    config = {name: value for name, value in given.items() if value}
    is_plain = (endpoint or "").startswith("http://")
    store = S3Store.from_url(
        url,
        config=config,  # type: ignore[arg-type]
        client_options={
            "allow_http": is_plain,
            "connect_timeout": timedelta(seconds=3),
            "read_timeout": PATIENCE,
            "timeout": WHOLE_FILE,
        },
        retry_config={"max_retries": 3, "retry_timeout": PATIENCE},
    )
    return Storage(store)

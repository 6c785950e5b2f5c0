"""Files behind one small interface: a folder, an S3-compatible store, or memory for tests."""

from collections.abc import Iterator
from pathlib import Path

import obstore
from obstore.store import ObjectStore, from_url


class Storage:
    """Keys are relative paths of our own making; never a name that somebody sent."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, key: str, content: bytes | Path) -> None:
        """Keep the content under the key, replacing what is there."""
        obstore.put(self._store, key, content)

    def get(self, key: str) -> bytes:
        """The whole content. Raises FileNotFoundError."""
        return bytes(obstore.get(self._store, key).bytes())

    def stream(self, key: str) -> Iterator[bytes]:
        """The content in chunks. Raises FileNotFoundError at once, not at the first chunk."""
        result = obstore.get(self._store, key)
        return (bytes(chunk) for chunk in result.stream(min_chunk_size=256 * 1024))

    def has(self, key: str) -> bool:
        try:
            obstore.head(self._store, key)
        except FileNotFoundError:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove the content; nothing happens when it is not there."""
        try:
            obstore.delete(self._store, key)
        except FileNotFoundError:
            return

    def fetch_to(self, key: str, path: Path) -> None:
        """Copy the content into a file."""
        with path.open("wb") as file:
            for chunk in self.stream(key):
                file.write(chunk)


def open_storage(address: str, **options: str) -> Storage:
    """`address` is a folder, or a URL such as s3://bucket/prefix with options (endpoint, keys, region)."""
    if "://" in address:
        return Storage(from_url(address, config=options or None))
    folder = Path(address)
    folder.mkdir(parents=True, exist_ok=True)
    return Storage(obstore.store.LocalStore(prefix=str(folder), mkdir=True))

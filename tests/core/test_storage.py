"""The same small interface over a folder and over an S3-compatible store."""

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import boto3
import pytest
from moto.server import ThreadedMotoServer

from app.core import storage as storage_module
from app.core.storage import PATIENCE, Storage, StorageAway, open_bucket, open_folder


@pytest.fixture(scope="module")
def bucket() -> Iterator[Storage]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    secrets = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=endpoint, **secrets).create_bucket(Bucket="forum")
    yield open_bucket(
        "s3://forum", endpoint=endpoint, access_key="test", secret_key="test", region="us-east-1"
    )
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return open_folder(tmp_path / "a folder with spaces")
    return request.getfixturevalue("bucket")


def test_what_is_put_can_be_read_streamed_and_fetched(storage: Storage, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4000
    storage.put("decks/1/original", content)
    storage.fetch_to("decks/1/original", tmp_path / "copy")
    assert storage.get("decks/1/original") == content
    assert b"".join(storage.stream("decks/1/original")) == content
    assert (tmp_path / "copy").read_bytes() == content


def test_a_file_on_disk_can_be_put(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"hej")
    storage.put("from-disk", tmp_path / "file")
    assert storage.get("from-disk") == b"hej"


def test_what_is_not_there_says_so(storage: Storage) -> None:
    assert storage.has("nothing") is False
    with pytest.raises(FileNotFoundError):
        storage.get("nothing")
    with pytest.raises(FileNotFoundError):
        storage.stream("nothing")


def test_what_is_deleted_is_gone_and_may_be_deleted_again(storage: Storage) -> None:
    storage.put("gone", b"x")
    storage.delete("gone")
    storage.delete("gone")
    assert storage.has("gone") is False


def test_what_was_put_into_a_folder_before_a_moment_is_listed(storage: Storage) -> None:
    for key in ("old/1", "old/2", "older/3"):
        storage.put(key, b"x")
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert sorted(storage.list_older("old", soon)) == ["old/1", "old/2"]
    assert list(storage.list_older("old", soon - timedelta(hours=1))) == []
    assert list(storage.list_older("nothing", soon)) == []


def test_a_store_that_is_gone_is_told_within_its_patience_and_never_as_a_missing_file() -> None:
    gone = open_bucket(
        "s3://forum",
        endpoint="http://127.0.0.1:9",
        access_key="test",
        secret_key="test",
        region="us-east-1",
    )
    begun = time.monotonic()
    for ask in (lambda: gone.get("a"), lambda: gone.put("a", b"b"), lambda: gone.has("a")):
        with pytest.raises(StorageAway):
            ask()
    assert time.monotonic() - begun < 3 * PATIENCE.total_seconds()


def test_a_store_that_takes_the_connection_and_says_nothing_is_told_within_its_patience(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(storage_module, "PATIENCE", timedelta(seconds=1))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = open_bucket(
            "s3://forum",
            endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}",
            access_key="test",
            secret_key="test",
            region="us-east-1",
        )
        begun = time.monotonic()
        with pytest.raises(StorageAway):
            store.has("a")
    assert time.monotonic() - begun < 10


class _HalfAFile(BaseHTTPRequestHandler):
    """Says that a megabyte comes, and hangs up in the middle of it."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(1024 * 1024))
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Mon, 02 Mar 2026 12:00:00 GMT")
        self.end_headers()
        self.wfile.write(b"x" * 300 * 1024)
        self.server.socket.close()  # nor is it there when it is asked again

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_store_that_goes_away_in_the_middle_of_a_file_is_told_as_away(tmp_path: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), _HalfAFile)
    Thread(target=server.handle_request, daemon=True).start()
    store = open_bucket(
        "s3://forum",
        endpoint=f"http://127.0.0.1:{server.server_port}",
        access_key="test",
        secret_key="test",
        region="us-east-1",
    )
    with pytest.raises(StorageAway):
        store.fetch_to("decks/1/original", tmp_path / "copy")

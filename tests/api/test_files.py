"""Files that programs send: once for each key, as a new version, and refused with a sentence."""

from pathlib import Path

from tests.api.programs import make_key, new_program
from tests.core.documents.samples import make_pdf
from tests.signing_up import add_open_meeting
from tests.site import Site

KEY = {"Idempotency-Key": "oplaeg-2030-1"}


def test_a_file_sent_twice_under_one_key_is_one_version_and_another_file_is_refused(
    site: Site, tmp_path: Path
) -> None:
    with site.unit() as session:
        key = add_open_meeting(session, "12").key
    program = new_program(site, make_key(site, "staff", "write", "staff"))
    made = program.post(f"/api/v1/moeder/{key}/oplaeg", json={"title": "Om data"}, headers=KEY)
    assert (made.status_code, made.json()["page_count"]) == (201, 0)
    path = f"/api/v1/oplaeg/{made.json()['id']}/versioner?filnavn=data.pdf"
    content = make_pdf(tmp_path / "data", [("Data", ["Om data"])]).read_bytes()
    headers = {"Idempotency-Key": "version-2030-1"}
    first, again = (program.post(path, content=content, headers=headers) for _ in range(2))
    assert [one["filename"] for one in first.json()["items"]] == ["data.pdf"]
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    assert program.post(path, content=b"%PDF-", headers=headers).json()["type"].endswith("#key-reused")
    broken = program.post(path, content=b"noget", headers={"Idempotency-Key": "version-2030-2"})
    assert (broken.status_code, broken.json()["reason"]) == (409, "file_not_what_it_says")

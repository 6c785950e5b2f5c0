"""An independent reader of the description asks every door, and holds each answer against what it says."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckFunction, load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from app.core.postgres import Server
from app.settings import Settings
from tests.api.programs import make_key, new_program
from tests.conftest import create_database, make_test_tools, open_as_application
from tests.site import Site

load_all_checks()
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EACH = 3  # cases for each door, of whatever way of making them
QUICK = settings(
    max_examples=EACH,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# What stands in the archive, so that doors with a name in the address lead somewhere.
NAMES: dict[str, dict[str, Any]] = {
    "/indbakke/": {
        "reference": "OE-0012",
        "answer_id": 18,
        "batch_id": 1,
        "note_id": 1,
        "field_id": 1,
        "template_id": 1,
        "request_id": 1,
    },
    "/netvaerk/": {"key": "vestjylland", "organisation_id": 25},
    "/kontakt/": {"request_id": 1},
    "/foelger/": {"word": "moede", "thing_id": 1},
    "/oensker/": {"reference": "OE-0012"},
    "/ideer/": {"reference": "ID-0001", "attachment_id": 1, "request_id": 1},
    "/behov/": {"reference": "BE-0001", "key": "vestjylland-2026", "decider_id": 1},
    "/indspil/": {"reference": "IN-0001"},
    "/interesse/": {"reference": "OE-0012"},
    "/forpligtelser/": {"reference": "F-0002", "indicator_id": 1, "milestone_id": 1, "measurement_id": 1},
    "/moeder/": {
        "key": "12",
        "item_id": 1,
        "task_id": 1,
        "part_id": 1,
        "board_id": 1,
        "card_id": 1,
        "cluster_id": 1,
        "poll_id": 1,
        "question_id": 1,
        "group_id": 1,
        "rival_set_id": 1,
        "invitation_id": 1,
        "registration_id": 1,
        "person_id": 1,
        "comment_id": 1,
        "reason_id": 1,
        "number": 1,
        "way": "skriv",
    },
    "/opsummeringer/": {"summary_id": 1, "sentence_id": 1, "number": 1},
    "/oplaeg/": {"deck_id": 4, "number": 1, "version": 1},
    "/svar/": {"answer_id": 18, "reference": "OE-0012"},
    "/temaer/": {"key": "kdp-2021-2025", "theme": "klima-og-ressourcer", "link_id": 1},
    "/organisationer/": {"organisation_id": 25},
    "/kommuner/": {
        "key": "esbjerg",
        "project_id": 1,
        "assessment_id": 1,
        "policy_key": "esbjerg-digital",
        "number": 1,
        "link_id": 1,
    },
    "/projekter/": {
        "key": "sp-2020-01",
        "kind": "signaturprojekter",
        "name": "sp-2020-01",
        "step_id": 1,
        "barrier_id": 1,
        "word": "jura",
    },
    "/udvalg/": {
        "key": "digitaliseringsudvalget",
        "number": 1,
        "reading_id": 1,
        "member_id": 1,
        "membership_id": 1,
        "meeting_id": 1,
    },
    "/trykproever/": {"test_id": 1, "assessor_id": 1, "criterion_id": 1},
    "/udbud/": {"tender_id": 1, "notice_id": 1, "question_id": 1},
    "/ligebehandling/": {"entry_id": 1},
    "/import/": {"import_id": 1},
}


@pytest.fixture
def filled_site(server: Server, archive_template: str, shared_folder: Path) -> Iterator[Site]:
    """The archive in a database of its own, to be written to."""
    create_database(server, "asked_by_schemathesis", archive_template)
    tools = make_test_tools(open_as_application(server, "asked_by_schemathesis"), shared_folder / "archive")
    with Site(Settings(data=shared_folder / "archive", base_url="http://testserver"), tools) as opened:
        yield opened


def test_every_answer_to_generated_requests_is_as_described(filled_site: Site) -> None:
    programs = [new_program(filled_site)]
    for who, scopes in (("vendor", ("write",)), ("municipality", ("write",)), ("staff", ("write", "staff"))):
        programs.append(new_program(filled_site, make_key(filled_site, who, *scopes)))  # type: ignore[arg-type]
    described = programs[0].get("/api/v1/openapi.json").json()
    schema = schemathesis.openapi.from_dict(described)
    statuses: Counter[int] = Counter()
    faults: list[str] = []
    for result in schema.get_all_operations():
        operation = result.ok()
        names = next((known for part, known in NAMES.items() if part in operation.path + "/"), None)
        ways = [
            operation.as_strategy(GenerationMode.POSITIVE),
            operation.as_strategy(GenerationMode.NEGATIVE),
        ]
        if names and "{" in operation.path:
            wanted = {name: value for name, value in names.items() if f"{{{name}}}" in operation.path}
            ways.append(operation.as_strategy(GenerationMode.POSITIVE, path_parameters=wanted))
        ask_some(st.one_of(ways), programs, statuses, faults)
    assert faults == []
    # Not all is refused: what is right is answered, and written.
    assert {200, 201, 401, 404, 422} <= set(statuses)


def ask_some(
    way: st.SearchStrategy[Case], programs: list[TestClient], statuses: Counter[int], faults: list[str]
) -> None:
    @QUICK
    @given(case=way, program=st.sampled_from(programs))
    def ask(case: Case, program: TestClient) -> None:
        told = case.as_transport_kwargs(base_url="http://testserver")
        told.pop("cookies", None)
        # Whose key it is, is the program's own; and a header may hold any byte.
        headers = dict(told.pop("headers", None) or {})
        sent = {
            name: str(value).encode("utf-8") for name, value in headers.items() if name != "Authorization"
        }
        response = program.request(**told, headers=sent)
        statuses[response.status_code] += 1
        try:
            case.validate_response(response, checks=CHECKS)
        except schemathesis.errors.IncorrectUsage:
            raise
        except BaseExceptionGroup as wrong:
            faults.extend(f"{case.method} {case.path}: {one}"[:600] for one in wrong.exceptions)

    ask()

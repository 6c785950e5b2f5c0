"""Hearings on access and the organisers' own fields, as staff sees to them."""

import io
import re
from datetime import timedelta

import pypdfium2
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.clock import now, today
from app.domain.contributions.ideas import hearing
from app.domain.contributions.ideas.models import AccessRequest, IdeaField
from app.domain.contributions.ideas.schemas import Statement
from app.domain.contributions.schemas import IdeaInput
from app.domain.contributions.service import send_idea
from tests.said import IDEA
from tests.site import Site

WORD, OTHER = "zebrafløjte", "gnaskeværk"


def put_idea(site: Site) -> str:
    secret = {
        "secret_technology": WORD,
        "reason_technology": "Pris",
        "secret_other": OTHER,
        "reason_other": "X",
    }
    with site.unit() as session:
        return send_idea(session, site.people.vendor, IdeaInput.model_validate(IDEA | secret), 90).reference


def note_request(site: Site, reference: str) -> str:
    fields = {"reference": reference, "requester": "Avisen Eksempel", "received_on": today().isoformat()}
    answer = site.browser("staff").post(
        "/indbakke/hoeringer/ny", fields | {"hear_by": (today() + timedelta(7)).isoformat()}
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("?")[0]


def test_staff_notes_a_request_decides_part_by_part_and_gives_out_an_edition(site: Site) -> None:
    path = note_request(site, put_idea(site))
    staff, number = site.browser("staff"), int(path.rpartition("/")[2])
    assert "Avisen Eksempel" in staff.get("/indbakke/hoeringer").text
    assert staff.get(path + "/afgoer").status_code == 303, "the owner has time left"
    said = [
        Statement(part="technology", stance="keep", reason="Konkurrenten"),
        Statement(part="other", stance="agree"),
    ]
    with site.unit() as session:
        version = hearing.state_views(session, site.people.vendor, number, said).version
    page = staff.get(path + "/afgoer").text
    assert WORD in page and OTHER in page and "Konkurrenten" in page
    given = {
        "version": str(version),
        "decision_technology": "keep",
        "reason_technology": "Ja, en hemmelighed",
    }
    wrong = staff.post(path + "/afgoer", given | {"reason_other": "Skrevet her"})
    assert wrong.status_code == 422 and "Vælg, om delen udleveres" in wrong.text
    assert "Skrevet her" in wrong.text and "Ja, en hemmelighed" in wrong.text
    done = staff.post(path + "/afgoer", given | {"decision_other": "release", "reason_other": "Ingen skade"})
    assert done.status_code == 303, done.text
    edition = staff.get(path + "/udgave").text
    assert OTHER in edition and WORD not in edition and "[fortroligt: Pris]" in edition
    paper = staff.get(path + "/udgave.pdf")
    with pypdfium2.PdfDocument(io.BytesIO(paper.content)) as opened:
        words = " ".join(one.get_textpage().get_text_range() for one in opened)
    assert OTHER in words and WORD not in words and "Avisen Eksempel" not in words
    with site.unit() as session:
        verbs = session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)).all()
    # The two looks at the parts, the second of a form that was wrong; the edition as a page and as a file.
    assert (verbs.count("read_confidential"), verbs.count("export"), verbs.count("decide_access")) == (
        2,
        2,
        1,
    )


def test_others_come_to_no_page_of_hearings_and_a_wrong_number_keeps_what_was_typed(site: Site) -> None:
    path = note_request(site, put_idea(site))
    for who in ("vendor", "rival", "municipality", "auditor"):
        pages = (path, path + "/udgave", "/indbakke/hoeringer", "/indbakke/idefelter")
        assert {site.browser(who).get(page).status_code for page in pages} == {403}, who
    given = {"reference": "ID-9999", "requester": "Avisen Eksempel", "received_on": "2026-01-01"}
    answer = site.browser("staff").post("/indbakke/hoeringer/ny", given | {"hear_by": "2026-01-02"})
    assert answer.status_code == 422 and "Skriv idéens nummer" in answer.text
    assert "Vælg en dag efter i dag" in answer.text and 'value="Avisen Eksempel"' in answer.text


def test_a_field_is_added_seen_first_moved_and_taken_off(site: Site) -> None:
    staff, base = site.browser("staff"), "/indbakke/idefelter"
    given = {"kind": "choice", "label": "Personoplysninger?", "lines": "Ja\nNej", "version": "0"}
    seen = staff.post(base + "/nyt", given | {"handling": "vis"})
    assert seen.status_code == 200 and '<option lang="da">Nej</option>' in seen.text
    assert staff.post(base + "/nyt", given | {"lines": "Ja"}).status_code == 422
    assert staff.post(base + "/nyt", given).status_code == 303
    assert (
        staff.post(base + "/nyt", {"kind": "text", "label": "Hvor mange?", "version": "0"}).status_code == 303
    )
    with site.unit() as session:
        first, second = session.scalars(select(IdeaField.id).order_by(IdeaField.position)).all()
    assert staff.post(f"{base}/{second}/flyt", {"way": "op"}).status_code == 303
    page = staff.get(base).text
    assert page.index("Hvor mange?") < page.index("Personoplysninger?")
    changed = staff.post(f"{base}/{first}", given | {"label": "Følsomme data?", "version": "1"})
    assert changed.status_code == 303
    assert staff.post(f"{base}/{first}", given | {"version": "1"}).status_code == 409
    assert staff.post(f"{base}/{first}/tag-af").status_code == 303
    assert "Følsomme data?" not in staff.get(base).text


def test_hearings_are_read_in_pages_those_that_wait_first(site: Site) -> None:
    waiting = int(note_request(site, put_idea(site)).rpartition("/")[2])
    with site.unit() as session:
        idea_id = session.get_one(AccessRequest, waiting).contribution_id
        ended = [
            AccessRequest(
                contribution_id=idea_id,
                requester="Avisen Eksempel",
                received_on=today(),
                hear_by=today() - timedelta(1),
                state="withdrawn",
                opened_at=now(),
                ended_at=now(),
            )
            for _ in range(30)
        ]
        session.add_all(ended)
        session.flush()
        ids = [waiting, *(one.id for one in ended)]
    staff = site.browser("staff")
    pages = [staff.get(f"/indbakke/hoeringer{query}").text for query in ("", "?side=2", "?side=9")]
    shown = [[int(one) for one in re.findall(r'href="/indbakke/hoeringer/(\d+)"', page)] for page in pages]
    assert shown == [ids[:30], ids[30:], ids[:30]]
    assert [(">I gang<" in page, ">Afsluttet<" in page) for page in pages] == [
        (True, True), (False, True), (True, True)
    ]  # fmt: skip

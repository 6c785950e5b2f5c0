"""What a door tells a script of our own pages: taken, come back, or never; and all of it only once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from fastapi import Response
from pydantic import BaseModel
from sqlalchemy import select

from app.core.audit import AuditEntry, record
from app.core.policy import NotAllowed, NotFound, Refused
from app.core.text import Line
from app.http.forms import Form, SentForm
from app.http.limits import TooMany
from app.http.pages import Page
from app.http.visit import AVisit, anyone, only
from tests.site import Site

SCRIPT = {"Accept": "application/json"}


class Words(BaseModel, extra="forbid"):
    words: Line


@dataclass
class WordsPage(Page):
    template: ClassVar[str] = "errors/422.html"
    form: Form
    status: int = 422
    sentence: str = ""


def is_nobody(actor: object) -> bool:
    return False


REFUSALS: dict[str, Exception] = {
    "refused": Refused("stale"),
    "closed": NotAllowed("not_allowed"),
    "gone": NotFound(),
    "often": TooMany(90),
}


@pytest.fixture
def lab(site: Site) -> Iterator[Site]:
    @site.app.post("/test/words", dependencies=[anyone])
    def write(visit: AVisit, form: SentForm) -> Response:
        if before := visit.done_before(form):
            return before
        given = form.read(Words)
        if given is None:
            return visit.page(WordsPage(form=form), 422)
        if given.words in REFUSALS:
            raise REFUSALS[given.words]
        record(visit.session, visit.actor, "test", "thing", 1)
        return visit.taken(form, "/test/done", "saved", id=7, next={"client_id": "x"})

    @site.app.post("/test/closed", dependencies=[only(is_nobody)])
    def closed(visit: AVisit, form: SentForm) -> Response:
        return visit.go("/test/done")

    yield site


def send(site: Site, words: str, key: str | None = None, **headers: str) -> Any:
    fields = {"words": words} | ({"key": key} if key else {})
    return site.browser().post("/test/words", fields, headers=SCRIPT | headers)


def test_what_is_taken_is_told_with_its_facts_and_kept_once(lab: Site) -> None:
    key = str(uuid4())
    first, again = send(lab, "Ja", key), send(lab, "Ja", key)
    path = "/test/done?kvittering=saved"
    assert first.json() == {"ok": True, "path": path, "id": 7, "next": {"client_id": "x"}}
    assert again.json() == {"ok": True, "path": path}
    assert (first.status_code, again.status_code) == (200, 200)
    with lab.unit() as session:
        assert len(session.scalars(select(AuditEntry.id).where(AuditEntry.verb == "test")).all()) == 1


def test_the_form_itself_goes_on_to_a_page_as_always(lab: Site) -> None:
    key = str(uuid4())
    for _ in range(2):
        answer = lab.browser().post("/test/words", {"words": "Ja", "key": key})
        assert (answer.status_code, answer.headers["location"]) == (303, "/test/done?kvittering=saved")


def test_what_is_wrong_is_told_at_its_field_and_nothing_is_kept(lab: Site) -> None:
    answer = send(lab, "010190-1234")
    assert (answer.status_code, answer.json()) == (
        422,
        {"errors": {"words": "Teksten ligner et CPR-nummer. Skriv aldrig CPR-numre her."}},
    )


@pytest.mark.parametrize(("words", "status"), [("refused", 409), ("closed", 403), ("gone", 404)])
def test_what_will_never_be_taken_says_why(lab: Site, words: str, status: int) -> None:
    answer = send(lab, words)
    assert answer.status_code == status
    assert answer.json()["stop"] == answer.json()["detail"]
    assert answer.headers["cache-control"] == "no-store"


def test_what_comes_too_often_is_to_be_sent_again_later(lab: Site) -> None:
    answer = send(lab, "often")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "90")
    assert "stop" not in answer.json()


def test_a_script_is_not_led_to_the_sign_in_page_but_told(lab: Site) -> None:
    answer = lab.browser().post("/test/closed", headers=SCRIPT)
    assert answer.status_code == 401
    assert "Teksten er gemt her" in answer.json()["stop"]


def test_what_somebody_else_wrote_in_this_browser_is_not_sent_as_oneself(lab: Site) -> None:
    vendor = lab.people.vendor
    browser = lab.browser("vendor")
    for who, status in ((f"u{vendor.user_id}", 200), ("u0", 401), (f"a{vendor.user_id}", 401)):
        headers = SCRIPT | {"X-Queue-Who": who}
        assert browser.post("/test/words", {"words": "Ja"}, headers=headers).status_code == status


def test_a_script_of_another_site_is_refused(lab: Site) -> None:
    assert send(lab, "Ja", **{"Sec-Fetch-Site": "cross-site"}).status_code == 403

"""The whole road through the pages: from a card written in a group to an effect that was measured
and judged, and back."""

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.core.clock import today
from app.domain.commitments.models import Commitment, Indicator
from app.domain.contributions.models import Answer, Contribution
from tests.in_room import guest_browser
from tests.said import put_said
from tests.site import Browser, Site
from tests.web.test_boards import open_board
from tests.web.test_boards import send as hang

YEAR = timedelta(days=365)


def send(browser: Browser, path: str, **fields: Any) -> str:
    """Send a form that is taken; where it leads."""
    answer = browser.post(path, fields)
    assert answer.status_code == 303, (path, answer.status_code, re.findall(r"Fejl:.*", answer.text))
    return str(answer.headers["location"]).partition("?")[0]


def test_a_sentence_said_in_a_group_becomes_a_measured_effect_and_is_found_again_from_it(site: Site) -> None:
    meeting, board = open_board(site, visibility="public")
    guest = guest_browser(site, meeting, shown_as="anonymous")
    card = str(hang(guest, board, text="Ingen to kommuner tæller ens").json()["reference"])
    with site.unit() as session:
        wish = put_said(
            session, "oe-tal", title="Tal, man kan stole på", body="Vi tæller ikke ens."
        ).reference
        ids = dict(session.execute(select(Contribution.reference, Contribution.id)).all())  # type: ignore[arg-type]
        organisation_id = site.people.staff.organisation_id
    staff = site.browser("staff")

    gathered = send(staff, "/indbakke/saml", lead_id=ids[wish], contribution_ids=[ids[wish], ids[card]])
    assert gathered == f"/indbakke/{wish}"
    words = {"verdict": "yes", "text": "Vi samler fem tal.", "organisation_ids": [organisation_id]}
    send(staff, "/indbakke/svar/nyt", contribution_ids=ids[wish], handling="klar", **words)
    with site.unit() as session:
        answer = session.scalars(select(Answer)).one()
        answer_id, version = answer.id, answer.version
    deadline = today()
    form = f"/forpligtelser/nyt?svar={answer_id}&indspil={wish}"
    shown = staff.get(form).text
    assert f'name="answer_id" value="{answer_id}"' in shown
    assert re.search(rf'name="references"[^>]*value="{wish}"', shown)
    promise_words = {"title": "Fem fælles tal", "text": "Fem tal, talt ens i alle kommuner."}
    links = {"answer_id": answer_id, "references": wish, "organisation_id": organisation_id}
    assert send(staff, form, deadline=deadline, **promise_words, **links) == f"/indbakke/{wish}"
    with site.unit() as session:
        promise = session.scalars(select(Commitment.reference)).one()
    path = f"/forpligtelser/{promise}"
    send(staff, f"{path}/indikatorer/ny", name="Kommuner, der tæller ens", unit="procent", direction="up",
         baseline_value="20", baseline_on=today() - YEAR, target_value="60", target_on=deadline)  # fmt: skip
    send(staff, f"/indbakke/svar/{answer_id}/udgiv", version=version)
    site.work()
    with site.unit() as session:
        indicator = session.scalars(select(Indicator.id)).one()

    send(staff, f"{path}/indikatorer/{indicator}/maal", measured_on=today(), value="64",
         source_text="Optælling i alle kommuner")  # fmt: skip
    with site.unit() as session:
        version = session.scalars(select(Commitment.version)).one()
    send(
        staff,
        f"{path}/afgoerelse",
        verdict="kept",
        cause="data",
        lesson="Beskriv tallene først.",
        version=version,
    )
    site.work()
    # Whoever comes by finds each from each of the others.
    stranger = site.browser()
    for here in (f"/indspil/{card}", f"/oensker/{wish}", path):
        page = stranger.get(here).text
        assert "64" in page and "Beskriv tallene først." in page, here
        links = set(re.findall(r'href="([^"#?]+)', page))
        assert {f"/indspil/{card}", f"/oensker/{wish}", path} - {here} <= links, here
    with site.unit() as session:
        rows = session.execute(select(Contribution.reference, Contribution.status))
        assert dict(rows.all()) == {wish: "effect_measured", card: "gathered"}

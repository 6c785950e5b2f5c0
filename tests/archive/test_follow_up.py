"""What became of what was said: in the data files, and as it stands once it is loaded."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.archive.loading import read_demo, read_facts, read_follow_up
from app.core.policy import STRANGER, SYSTEM
from app.domain.commitments.models import Commitment
from app.domain.commitments.queries import Filters, list_commitments
from app.domain.contributions.gathering_models import Gathering
from app.domain.contributions.models import Contribution
from app.domain.contributions.sightings import find_gathering
from tests.archive.test_facts import every_object, theme_addresses
from tests.site import Site

FIVE_WISHES = [f"10-indspil-{number}" for number in range(1, 6)]


def find_ids(session: Session, keys: list[str]) -> dict[str, int]:
    rows = session.execute(select(Contribution.key, Contribution.id).where(Contribution.key.in_(keys)))
    return {row.key: row.id for row in rows}


def test_every_row_of_the_follow_up_is_an_example_and_names_nobody_real() -> None:
    facts = read_follow_up()
    rows = [facts, *facts["commitments"]]
    for meeting in [*facts["meetings"], *facts["more"].values()]:
        said = [row for part in ("cards", "wishes", "responses", "decks") for row in meeting.get(part, [])]
        rows += said
    objects = every_object(facts)
    named = {row.get("name") for row in objects} | {row.get("said_by_text_da") for row in objects}
    real = {p["name"] for m in read_facts("meetings")["meetings"] for i in m["agenda"] for p in i["people"]}
    organisations = {row["organisation"] for row in objects if "organisation" in row}
    assert {row["is_example"] for row in rows} == {True}
    assert (named & real) - {None} == set()
    assert organisations <= {row["key"] for row in read_demo()["organisations"]}
    assert {theme for row in objects for theme in row.get("themes", [])} <= theme_addresses()


def test_every_state_that_a_page_can_show_stands_among_the_examples(archive_site: Site) -> None:
    with archive_site.tools.database.unit() as session:
        everything = list_commitments(session, SYSTEM, Filters())
        of_all = list_commitments(session, STRANGER, Filters())
        stored = session.scalars(select(Commitment.is_example).distinct()).all()
    statuses = {row.status for row in everything.rows}
    shown = {"decided", "in_progress", "late", "kept", "partly_kept", "broken", "replaced"}
    assert (statuses, {row.status for row in of_all.rows}) == (shown | {"proposed"}, shown)
    assert stored == [True]


def test_the_five_wishes_of_2020_stand_with_their_like_of_other_years(archive_site: Site) -> None:
    with archive_site.tools.database.unit() as session:
        ids = find_ids(session, FIVE_WISHES)
        seen = {key: find_gathering(session, STRANGER, ids[key]) for key in FIVE_WISHES}
    for key, gathering in seen.items():
        assert gathering is not None, key
        assert gathering.lead.meeting_key == "10" and not gathering.lead.is_example
        assert len(gathering.years) >= 2 and gathering.years[0] == 2020, key
        assert all(one.is_example for one in gathering.sightings if not one.is_lead)


def test_a_wish_is_said_by_a_card_shown_on_a_slide_promised_and_measured(archive_site: Site) -> None:
    with archive_site.tools.database.unit() as session:
        lead_id = find_ids(session, ["eksempel-foraar-2023-oenske-1"])["eksempel-foraar-2023-oenske-1"]
        lead = session.get_one(Contribution, lead_id)
        gathering = find_gathering(session, STRANGER, lead_id)
        title = session.get_one(Gathering, lead_id).title
    assert gathering is not None
    assert (lead.status, title) == ("effect_measured", "Ledelsesinformation, man kan stole på")
    assert len(gathering.sightings) == 4 and len(gathering.years) == 2
    cited = {page.page_title for one in gathering.sightings for page in one.cited}
    assert cited == {"Arket", "Sådan var det før"}

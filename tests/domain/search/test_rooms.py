"""The real sources: who finds what, which words are in the index, what a hit tells, what is read anew."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.events import announce
from app.core.policy import STRANGER, SYSTEM, Actor
from app.domain.bodies.recommending import draft_recommendation, send_recommendation
from app.domain.bodies.schemas import BodyInput, RecommendationInput
from app.domain.bodies.service import make_body
from app.domain.commitments.events import CommitmentsChanged
from app.domain.contributions.events import AnswerChanged, ContributionsChanged
from app.domain.contributions.models import Answer, Contribution
from app.domain.contributions.schemas import AnswerFacts
from app.domain.contributions.service import put_answer, withdraw
from app.domain.groups.events import GroupChanged
from app.domain.meetings.events import MeetingChanged, ProgrammeChanged
from app.domain.meetings.models import Appearance, Meeting, PanelTask
from app.domain.minutes.recording import EditionFacts, put_minutes
from app.domain.organisations.events import OrganisationChanged
from app.domain.organisations.models import Organisation
from app.domain.presentations.events import DeckPagesChanged
from app.domain.presentations.models import SlidePage
from app.domain.projects.events import ProjectChanged
from app.domain.projects.own_projects import register_project
from app.domain.projects.schemas import OwnProjectInput
from app.domain.search import documents
from app.domain.search.models import SearchDocument
from app.domain.search.queries import search, suggest
from app.domain.search.rooms import list_under_meeting
from app.domain.search.schemas import Document, Query, Results
from app.domain.search.service import index_everything, index_objects
from app.domain.search.sources import SOURCES, load_hits, visible_to
from app.domain.strategies.events import StrategyChanged
from app.domain.strategies.models import Theme
from tests.decks import add_deck_row, add_read_deck, add_talk_row, list_waiting
from tests.people import People, add_actor, add_organisation_row, add_people
from tests.promised import add_commitment, add_proposal, add_step
from tests.reading import put_a_project, put_a_strategy, theme
from tests.said import add_group_row, add_idea, add_item_row, add_meeting_row, put_said
from tests.signing_up import attending

EVERYBODY = frozenset(People.__slots__)
STAFF = frozenset({"staff", "admin"})
# The vendor takes part in the published meeting.
PARTICIPANTS = frozenset({"vendor"}) | STAFF
NOBODY: frozenset[str] = frozenset()

# Words that are in no other text and like no other: {word: who finds it}.
WHO_FINDS = {
    "kvadrulle": EVERYBODY,  # a published meeting
    "gydemord": STAFF,  # a draft meeting
    "blomstikke": EVERYBODY,  # an item
    "pjaltevugt": STAFF,  # an item of a draft meeting
    "hvepsetarm": EVERYBODY,  # a page of a deck
    "ruskomsnus": PARTICIPANTS,  # a page for participants
    "fjompenist": STAFF,  # a page for staff
    "knirkemos": STAFF,  # a page of a deck of a draft meeting
    "slibrinom": NOBODY,  # the notes below a page
    "trampelys": EVERYBODY,  # a wish
    "dvaskehop": PARTICIPANTS,  # a wish for participants
    "vimsekugl": frozenset({"municipality", "neighbour"}) | STAFF,  # a wish for municipalities
    "blegrumpf": STAFF,  # a card for staff
    "ormefjank": frozenset({"vendor"}) | STAFF,  # a wish for its own organisation
    "snaskefyr": NOBODY,  # a draft
    "glubskenik": NOBODY,  # a withdrawn wish
    "plaskebov": EVERYBODY,  # the public half of an idea
    "hemmelivip": NOBODY,  # its confidential half
    "fortrulak": NOBODY,  # why that is confidential
    "spurvebask": EVERYBODY,  # a question
    "nodevrang": EVERYBODY,  # a need
    "tudefisk": EVERYBODY,  # an answer
    "mumlepust": NOBODY,  # an answer that is not published
    "grublevat": STAFF,  # an answer of a draft meeting
    "loftegnap": EVERYBODY,  # a promise
    "skridtvask": EVERYBODY,  # a step of it
    "lukkegnal": frozenset({"vendor"}) | STAFF,  # a vendor's, for staff
    "forslagmut": NOBODY,  # one that is only proposed
    "bjergsnak": EVERYBODY,  # approved minutes
    "sumpesnak": STAFF,  # approved minutes of a draft meeting
    "dalsnak": NOBODY,  # minutes that lie open for comments
    "strigelom": EVERYBODY,  # a strategy
    "temavrid": EVERYBODY,  # a theme
    "initjask": EVERYBODY,  # an initiative under it
    "firmaglug": EVERYBODY,  # an organisation
    "byenstrut": EVERYBODY,  # a municipality
    "projekvim": EVERYBODY,  # a project
    "egenbjæf": EVERYBODY,  # a municipality's own project, for all
    "skufferod": NOBODY,  # one that is its own: not even in the index
    "raadslaug": EVERYBODY,  # a committee
    "nikkeskaft": EVERYBODY,  # what it recommends in the open
    "hviskebat": NOBODY,  # what it recommends among its members
}


@pytest.fixture
def out(session: Session) -> Meeting:
    return add_meeting_row(session, "10")


@pytest.fixture
def draft(session: Session) -> Meeting:
    return add_meeting_row(session, "11", is_published=False)


@pytest.fixture
def people(session: Session, out: Meeting, draft: Meeting) -> People:
    """One of each kind; the vendor takes part in the published meeting, the rival in the draft."""
    return attending(attending(add_people(session), out, "vendor"), draft, "rival")


@pytest.fixture
def planted(session: Session, people: People, out: Meeting, draft: Meeting) -> Session:
    """One thing for every word of WHO_FINDS, indexed."""
    out.title, draft.title = "Kvadrulle", "Gydemord"
    add_item_row(session, out, "Blomstikke")
    add_item_row(session, draft, "Pjaltevugt")
    for access, word in (("public", "Hvepsetarm"), ("participants", "Ruskomsnus"), ("staff", "Fjompenist")):
        add_read_deck(session, out, [(word, "")], access=access, title="")
    add_read_deck(session, draft, [("Knirkemos", "")], title="")
    for page in session.scalars(select(SlidePage)):
        page.notes = "Slibrinom"
    plant_contributions(session, people, out.id)
    for key, word, meeting_id, is_out in (
        ("a", "Tudefisk", out.id, True),
        ("b", "Mumlepust", out.id, False),
        ("c", "Grublevat", draft.id, True),
    ):
        answer_row(session, key, word, meeting_id, is_out=is_out)
    add_step(
        session,
        people.staff,
        add_commitment(session, people.staff, title="Loftegnap"),
        date(2027, 1, 1),
        title="Skridtvask",
    )
    add_commitment(session, people.vendor, title="Lukkegnal").visibility = "staff"
    add_proposal(session, people.vendor, title="Forslagmut")
    for number, is_out, word in (("12", True, "Bjergsnak"), ("13", False, "Sumpesnak")):
        plant_minutes(session, number, is_out, word)
    initiatives = [{"key": "i", "name": "Initjask"}]
    put_a_strategy(
        session, name="Strigelom", themes=[theme("temavrid", name="Temavrid", initiatives=initiatives)]
    )
    add_organisation_row(session, "f", "Firmaglug", "vendor")
    add_organisation_row(session, "b", "Byenstrut Kommune", "municipality")
    put_a_project(session, title="Projekvim")
    plant_committee(session, people)
    index_everything(session)
    return session


def plant_committee(session: Session, people: People) -> None:
    """A municipality's own projects, and its committee: one of each for all, and one that is not."""
    house = session.get_one(Organisation, people.municipality.organisation_id)
    boss = add_actor(session, "Berit Boss", house, "admin")
    for title, visibility in (("Egenbjæf", "public"), ("Skufferod", "own")):
        given = {"title": title, "text": title, "visibility": visibility}
        register_project(session, boss, OwnProjectInput.model_validate(given))
    committee = BodyInput.model_validate({"kind": "section_17_4", "name": "Udvalget", "about": "Raadslaug"})
    body = make_body(session, boss, committee)
    for title, visibility in (("Nikkeskaft", "public"), ("Hviskebat", "members")):
        given = {"title": title, "text": title, "visibility": visibility}
        drafted = draft_recommendation(session, boss, body.id, RecommendationInput.model_validate(given))
        send_recommendation(session, boss, drafted.id, drafted.version)


def plant_minutes(session: Session, key: str, is_out: bool, word: str) -> None:
    """Approved minutes with this word; in those before and after it stands another."""
    meeting = add_meeting_row(session, key, is_published=is_out)
    texts = {"review": "Dalsnak", "approved": word}
    editions = [
        EditionFacts(kind=kind, days_after=1, texts={"opening": text})
        for kind, text in (*texts.items(), ("review", "Dalsnak"))
    ]
    put_minutes(session, SYSTEM, meeting.id, datetime(2026, 11, 1, tzinfo=UTC), editions, {})


def plant_contributions(session: Session, people: People, meeting_id: int) -> None:
    vendor_id = people.vendor.organisation_id
    put_said(session, "trampelys", title="Trampelys", meeting_id=meeting_id)
    for visibility, word in (("participants", "Dvaskehop"), ("municipalities", "Vimsekugl")):
        put_said(session, word, title=word, visibility=visibility, meeting_id=meeting_id)
    put_said(session, "s", title="Blegrumpf", visibility="staff", kind="card")
    put_said(session, "o", title="Ormefjank", visibility="own", on_behalf_of_id=vendor_id)
    put_said(session, "d", title="Snaskefyr", status="draft", published_at=None)
    gone = put_said(session, "g", title="Glubskenik")
    withdraw(session, people.staff, gone.id)
    secret = {"secret_technology": "Hemmelivip", "reason_technology": "Fortrulak"}
    add_idea(session, people.vendor, title="Søvn", operations="Plaskebov", **secret)
    put_said(session, "q", title="Spurvebask", kind="question")
    put_said(session, "n", title="Nodevrang", kind="need")


def answer_row(
    session: Session, key: str, words: str, meeting_id: int | None, *, is_out: bool = True, **values: object
) -> Answer:
    given = {
        "key": key,
        "kind": "answer",
        "text": words,
        "meeting_id": meeting_id,
        "published_at": datetime(2026, 11, 10, 11, tzinfo=UTC) if is_out else None,
    }
    return put_answer(session, SYSTEM, AnswerFacts.model_validate(given | values))


# One of each kind that the rules tell apart; all ten are held against them in the tests of each room.
KINDS = frozenset({"stranger", "vendor", "rival", "municipality", "staff", "newcomer"})


def who(people: People, holds: Callable[[Actor], bool]) -> set[str]:
    return {name for name in KINDS if holds(getattr(people, name))}


# --- rights


def test_each_thing_is_found_by_those_who_may_see_it_and_for_others_there_is_nothing(
    planted: Session, people: People
) -> None:
    """Nothing at all for the others: no count, no correction, no other page."""
    results = {
        word: {name: search(planted, getattr(people, name), Query(word)) for name in KINDS}
        for word in WHO_FINDS
    }
    found = {word: {name for name, seen in all_.items() if seen.total == 1} for word, all_ in results.items()}
    assert found == {word: finders & KINDS for word, finders in WHO_FINDS.items()}
    others = [results[word][name] for word in results for name in KINDS - found[word]]
    assert others == [Results()] * len(others)


def test_only_who_finds_a_word_is_offered_it_while_typing(planted: Session, people: People) -> None:
    offered = {
        word: who(people, lambda actor: word in map(str.lower, suggest(planted, actor, word[:4])))  # noqa: B023
        for word in WHO_FINDS
    }
    assert offered == {word: finders & KINDS for word, finders in WHO_FINDS.items()}


def test_a_misspelt_hidden_word_is_not_what_was_meant(planted: Session, people: People) -> None:
    slips = {"fjompenits": STAFF, "pjaltevutg": STAFF, "tranpelys": EVERYBODY, "hemmelivpi": NOBODY}
    corrected = {
        typed: who(people, lambda actor: bool(search(planted, actor, Query(typed)).corrections))  # noqa: B023
        for typed in slips
    }
    assert corrected == {typed: finders & KINDS for typed, finders in slips.items()}


def test_rule_and_loaded_hits_agree_for_everybody(planted: Session, people: People) -> None:
    rows = planted.execute(
        select(SearchDocument.kind, SearchDocument.object_id).order_by(SearchDocument.id)
    ).all()
    wanted: dict[str, list[int]] = {}
    for kind, object_id in rows:
        wanted.setdefault(kind, []).append(object_id)
    assert set(wanted) == set(SOURCES)
    for name, actor in people.all().items():
        statement = select(SearchDocument.kind, SearchDocument.object_id).where(visible_to(actor))
        by_rule = {tuple(row) for row in planted.execute(statement)}
        assert set(load_hits(planted, actor, wanted)) == by_rule, name


def test_what_is_hidden_after_it_was_indexed_is_found_by_nobody(planted: Session, people: People) -> None:
    wish = planted.scalars(select(Contribution).where(Contribution.title == "Trampelys")).one()
    withdraw(planted, people.staff, wish.id)
    planted.flush()
    assert who(people, lambda actor: search(planted, actor, Query("trampelys")).total > 0) == set()


def test_all_kinds_are_loaded_in_one_statement(planted: Session, count_statements: list[str]) -> None:
    rows = planted.execute(
        select(SearchDocument.kind, SearchDocument.object_id).order_by(SearchDocument.id)
    ).all()
    wanted: dict[str, list[int]] = {}
    for kind, object_id in rows:
        wanted.setdefault(kind, []).append(object_id)
    count_statements.clear()
    load_hits(planted, STRANGER, wanted)
    assert len(count_statements) == 1


# --- words


def test_a_meeting_has_its_number_topics_and_hosts_as_words(session: Session) -> None:
    meeting = add_meeting_row(session)
    meeting.introduction, meeting.topics, meeting.topics_en = "Om data.", ["data", "køb"], ["data"]
    session.flush()
    assert list(documents.list_meetings(session, [meeting.id])) == [
        Document(
            "meeting",
            meeting.id,
            "Møde 10",
            "Om data.\ndata; køb",
            "data",
            "10. møde",
            year=2020,
            meeting_id=meeting.id,
        )
    ]


def test_an_item_has_its_people_tasks_and_groups_as_words_and_a_break_has_none(session: Session) -> None:
    meeting = add_meeting_row(session)
    vendor = add_organisation_row(session, "soft", "Soft A/S", "vendor")
    item = add_item_row(session, meeting, "Panel")
    item.summary, item.summary_en = "Hvad nu?", "What now?"
    pause = add_item_row(session, meeting, "Pause")
    pause.kind = "break"
    session.add(PanelTask(item_id=item.id, position=1, title="Tre dilemmaer", text="Nævn dem."))
    session.add(
        Appearance(
            item_id=item.id,
            position=1,
            person_name="Oda Oplæg",
            title="direktør",
            organisation_id=vendor.id,
            organisation_name="Soft A/S",
        )
    )
    add_group_row(session, meeting, item, task="Find ud af det")
    assert list(documents.list_items(session, None)) == [
        Document(
            "item",
            item.id,
            "Panel",
            "Hvad nu?\nTre dilemmaer: Nævn dem.\nGruppe 1: Find ud af det",
            "What now?\ndirektør",
            "Oda Oplæg: Soft A/S",
            year=2020,
            organisation_ids=(vendor.id,),
            meeting_id=meeting.id,
        )
    ]


def test_the_first_page_of_a_deck_also_tells_the_decks_title(session: Session) -> None:
    meeting = add_meeting_row(session)
    item = add_talk_row(session, meeting)
    pages = [("Velkommen", "Velkommen\nOda Oplæg"), ("Mål", "Mål\nTre mål")]
    add_read_deck(session, meeting, pages, item=item, title="Fra mål til effekt", language="en")
    first, second = documents.list_deck_pages(session, None)
    assert (first.title, first.body, first.background, first.names) == (
        "Velkommen",
        "Fra mål til effekt",
        "Oda Oplæg",
        "Oda Oplæg, Eksempelforeningen",
    )
    assert second == Document(
        "deck_page",
        second.object_id,
        "Mål",
        "",
        "Tre mål",
        "Oda Oplæg, Eksempelforeningen",
        language="en",
        year=2020,
        meeting_id=meeting.id,
    )


def test_a_wish_stands_under_its_theme_and_those_above(session: Session) -> None:
    house = add_organisation_row(session, "soft", "Soft A/S", "vendor")
    put_a_strategy(session, themes=[theme("over"), theme("under", parent="over")])
    over, under = session.scalars(select(Theme).order_by(Theme.id))
    said = put_said(
        session,
        "w",
        title="Klar retning",
        body="Vi mangler den.",
        body_en="Missing.",
        said_by_text="Rita",
        on_behalf_of_id=house.id,
        received_at=datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
        theme_ids=[under.id],
    )
    assert list(documents.list_contributions("wish", session, [said.id])) == [
        Document(
            "wish",
            said.id,
            "Klar retning",
            "Vi mangler den.",
            "Missing.",
            f"{said.reference}\nRita\nSoft A/S",
            year=2027,
            theme_ids=(over.id, under.id),
            organisation_ids=(house.id,),
        )
    ]


def test_words_that_the_title_holds_already_are_not_told_twice(session: Session) -> None:
    long = "Et kort, der er så langt, at dets begyndelse er blevet til dets titel og resten ikke kom med"
    said = put_said(session, "k", kind="card", title="Et kort, der er så langt…", body=long)
    (told,) = documents.list_contributions("card", session, [said.id])
    assert told.body == "… at dets begyndelse er blevet til dets titel og resten ikke kom med"


def test_of_an_idea_the_public_half_is_words(session: Session, people: People) -> None:
    idea = add_idea(session, people.vendor, secret_technology="Fløjte", reason_technology="Nøglen")
    (told,) = documents.list_contributions("idea", session, [idea.id])
    assert told.body == (
        "En sensor siger til, når nogen er urolig.\n"
        "Natholdet går runder.\nBeboere på plejecentre.\nEn måtte under madrassen."
    )
    assert "Fløjte" not in str(told) and "Nøglen" not in str(told)


def test_an_answer_has_its_first_words_as_title_and_says_nothing_of_what_it_answers(session: Session) -> None:
    wish = put_said(session, "w", title="Skjult ønske", visibility="staff")
    first = (
        "Vi samler de to udkast, hører leverandørerne, og lægger et katalog frem, så alle kan se det samtidig"
    )
    said = f"{first}. Det sker til foråret."
    answer = answer_row(session, "a", said, None, contribution_ids=[wish.id], said_by_text="Arne")
    (told,) = documents.list_answers(session, [answer.id])
    assert (told.title, told.body) == (f"{first}. Det sker til…", "… foråret.")
    assert (told.names, told.year) == ("Arne", 2026)
    assert wish.reference not in str(told)


def test_a_project_is_found_by_its_theme_and_partners(session: Session) -> None:
    odense = add_organisation_row(session, "odense", "Odense Kommune", "municipality")
    put_a_strategy(session, themes=[theme("ai")])
    ai = session.scalars(select(Theme)).one()
    project = put_a_project(
        session,
        note="Rute.",
        authority="odense",
        authority_text="Odense Kommune",
        partner_texts=["Soft A/S"],
        themes=["plan/ai"],
    )
    assert list(documents.list_projects(session, None)) == [
        Document(
            "project",
            project.id,
            "Projektet sp-1",
            "Rute.",
            "",
            "Odense Kommune\nSoft A/S",
            year=2021,
            theme_ids=(ai.id,),
            organisation_ids=(odense.id,),
        )
    ]


def test_a_municipality_is_no_organisation_in_the_index(session: Session) -> None:
    odense = add_organisation_row(
        session,
        "odense",
        "Odense Kommune",
        "municipality",
        municipality_code="0461",
        region="Region Syddanmark",
    )
    index_objects(session, "organisation", [odense.id])
    index_objects(session, "municipality", [odense.id])
    rows = session.execute(
        select(SearchDocument.kind, SearchDocument.title, SearchDocument.names).order_by(SearchDocument.id)
    ).all()
    assert [tuple(row) for row in rows] == [
        ("municipality", "Odense Kommune", "Region Syddanmark\n0461"),
    ]


# --- what a hit tells


def test_a_page_of_a_deck_tells_its_address_and_who_spoke_as_what_that_day(session: Session) -> None:
    meeting = add_meeting_row(session)
    item = add_talk_row(session, meeting, post="kontorchef", employer="Eksempelforeningen")
    deck = add_read_deck(session, meeting, [("Mål", "")], item=item, title="Oplægget")
    page = session.scalars(select(SlidePage)).one()
    hit = load_hits(session, STRANGER, {"deck_page": [page.id]})["deck_page", page.id]
    assert (hit.title, hit.facts) == (
        "Mål",
        {
            "deck_id": deck.id,
            "revision_id": page.revision_id,
            "number": 1,
            "deck_title": "Oplægget",
            "language": "da",
            "access": "public",
            "meeting": {
                "key": "10",
                "number": 10,
                "title": "Møde 10",
                "title_en": "",
                "held_on": "2020-10-28",
                "date_certainty": "stated",
            },
            "speakers": [
                {
                    "name": "Oda Oplæg",
                    "title": "kontorchef",
                    "title_en": "",
                    "organisation": "Eksempelforeningen",
                    "role": "speaker",
                    "is_former": False,
                }
            ],
            "is_example": False,
        },
    )


def test_an_answer_names_only_those_answered_that_the_reader_may_see(
    session: Session, people: People
) -> None:
    open_one = put_said(session, "o", title="Åbent")
    closed = put_said(session, "c", title="Lukket", visibility="staff")
    answer = answer_row(session, "a", "Ja.", None, contribution_ids=[open_one.id, closed.id])

    def answered(actor: Actor) -> list[str]:
        hit = load_hits(session, actor, {"answer": [answer.id]})["answer", answer.id]
        return [about["title"] for about in hit.facts["answers"]]

    assert (answered(STRANGER), answered(people.staff)) == (["Åbent"], ["Åbent", "Lukket"])


# --- what is read anew


def test_every_event_that_changes_words_has_them_read_anew(session: Session) -> None:
    events = [
        ContributionsChanged("wish", (4, 5)),
        AnswerChanged(6),
        ProgrammeChanged(1, (7, 8)),
        DeckPagesChanged(1, (9,)),
        StrategyChanged(10, (11, 12)),
        ProjectChanged(13),
        OrganisationChanged(14),
        CommitmentsChanged((15, 16)),
    ]
    for event in events:
        announce(session, event)
    assert list_waiting(session, "search.index") == [
        {"kind": "wish", "ids": [4, 5]},
        {"kind": "answer", "ids": [6]},
        {"kind": "item", "ids": [7, 8]},
        {"kind": "deck_page", "ids": [9]},
        {"kind": "strategy", "ids": [10]},
        {"kind": "theme", "ids": [11, 12]},
        {"kind": "project", "ids": [13]},
        {"kind": "organisation", "ids": [14]},
        {"kind": "municipality", "ids": [14]},
        {"kind": "commitment", "ids": [15, 16]},
    ]


def test_all_that_stands_under_a_meeting_follows_its_day(session: Session) -> None:
    meeting = add_meeting_row(session)
    item = add_item_row(session, meeting)
    add_read_deck(session, meeting, [("Mål", "")])
    wish = put_said(session, "w", meeting_id=meeting.id)
    answer = answer_row(session, "a", "Ja.", meeting.id)
    index_everything(session)
    page_id = session.scalars(select(SlidePage.id)).one()
    assert list_under_meeting(session, meeting.id) == {
        "answer": [answer.id],
        "deck_page": [page_id],
        "item": [item.id],
        "meeting": [meeting.id],
        "wish": [wish.id],
    }
    before = list_waiting(session, "search.index")
    meeting.held_on = date(2021, 1, 2)
    announce(session, MeetingChanged(meeting.id))
    waiting = list_waiting(session, "search.index")[len(before) :]
    assert sorted(job["kind"] for job in waiting) == ["answer", "deck_page", "item", "meeting", "wish"]
    for job in waiting:
        index_objects(session, job["kind"], job["ids"])
    years = session.execute(
        select(SearchDocument.kind, SearchDocument.year).order_by(SearchDocument.id)
    ).all()
    assert {row.kind: row.year for row in years} == {
        "meeting": 2021, "item": 2021, "deck_page": 2021, "wish": 2021, "answer": 2026,
    }  # fmt: skip


def test_the_items_of_a_meeting_follow_its_groups(session: Session) -> None:
    meeting = add_meeting_row(session)
    item = add_item_row(session, meeting)
    index_everything(session)
    before = list_waiting(session, "search.index")
    announce(session, GroupChanged(meeting.id, 1))
    assert list_waiting(session, "search.index")[len(before) :] == [{"kind": "item", "ids": [item.id]}]


def test_a_deck_without_pages_is_in_nobodys_way(session: Session) -> None:
    add_deck_row(session, add_meeting_row(session))
    assert list(documents.list_deck_pages(session, None)) == []

"""What programs send to each door in the test of rights: nothing but the right to do so is in the way."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from app.core.clock import today
from tests.access.world import World
from tests.api.bodies_of_meetings import OF_MEETINGS

Body = dict[str, Any]
IDEA = {
    "title": "Fælles øvelse",
    "body": "En dag om året.",
    "problem": "Planerne er ikke prøvet af.",
    "for_whom": "Beredskab.",
    "proposal": "Øv sammen.",
}
NEED = {"title": "Vagtplaner", "body": "Vi kan ikke se, hvem der mangler.", "system_type": "personnel"}
PROMISE = {"title": "Alle grænseflader med prøvedata", "text": "Vi lægger dem ud.", "deadline": "2030-06-01"}
ANSWER = {"verdict": "yes", "text": "Ja, det gør vi.", "reason": "Det er der brug for."}
STEP = {"title": "Første udgave", "due_on": "2030-02-01"}
AIM = {
    "name": "Grænseflader",
    "unit": "stk.",
    "baseline_value": "10",
    "baseline_on": "2026-01-01",
    "target_value": "50",
    "target_on": "2030-01-01",
    "direction": "up",
}
POLL = {"kind": "one", "question": "Hvad først?", "options": ["Data", "Drift"]}
MEETING = {"title": "Dialogmøde", "held_on": "2030-05-01"}
PROJECT = {"title": "Ét login", "text": "Til alle.", "visibility": "public"}
TESTED = {"title": "Ét login", "text": "Til alle.", "strategy_ids": [1]}
RECOMMENDED = {"title": "Begynd med data", "text": "Det haster."}
ROUND = {"title": "Hvad først?", "criteria": [{"name": "Effekt"}]}
BARRIER = {"code": "law", "note": "Uklar hjemmel"}
TENDER = {"title": "Journalsystem", "text": "Til alle."}
BODY = {"kind": "section_17_4", "name": "Et udvalg"}


def _asked_to_press(world: World) -> Body:
    return {"strategy_ids": [1], "assessor_ids": [world.people["S"].user_id]}


def _assessed(world: World) -> Body:
    level = {"dimension_id": world.things["dimension"]["dimension_id"], "level": 3}
    return {"assessed_on": "2026-02-01", "levels": [level]}


def _themes(world: World, name: str) -> Body:
    """The two themes that the forms about a link carry."""
    return {one: int(world.fields[name][one]) for one in ("from_theme_id", "to_theme_id")}


def _version(world: World, name: str) -> Body:
    return {"version": int(world.fields[name]["version"])}


def _of_case(world: World, name: str) -> int:
    """A number that the forms about a case carry."""
    return int(world.fields["case"][name])


def _by_soft(world: World) -> Body:
    return {"organisation_id": world.things["Soft"]["number"]}


def _signed(world: World) -> Body:
    return {"organisation_ids": [world.people["S"].organisation_id]}


# By the door; what names things of the world is made for the thing in the address.
BODIES: dict[tuple[str, str], Body | Callable[[World, str], Body]] = {
    ("POST", "/behov"): NEED,
    ("PUT", "/behov/{reference}"): NEED,
    ("PUT", "/behov/{reference}/egen"): {},
    ("POST", "/behov/{reference}/status"): {"state": "in_progress", "happened_on": today().isoformat()},
    ("POST", "/forpligtelser"): lambda world, _: PROMISE | _by_soft(world),
    ("POST", "/forpligtelser/{reference}/afgoer"): {
        "verdict": "kept",
        "cause": "data",
        "lesson": "Begynd før.",
    },
    ("POST", "/forpligtelser/{reference}/flyt"): {"new_on": "2031-01-01", "reason": "Det tager længere tid."},
    ("POST", "/forpligtelser/{reference}/indikatorer/{indicator_id}/maalinger"): {
        "measured_on": today().isoformat(),
        "value": "12",
        "source_text": "Talt op",
    },
    ("POST", "/forpligtelser/{reference}/afgoer/tilbage"): {"reason": "Tallet var forkert."},
    ("POST", "/forpligtelser/{reference}/erstat"): lambda world, _: {
        "replaced_by_id": world.things["organisers' promise, to follow"]["thing_id"],
        "cause": "law",
        "lesson": "Loven kom imellem.",
    },
    ("POST", "/forpligtelser/{reference}/indikatorer"): AIM,
    ("PUT", "/forpligtelser/{reference}/indikatorer/{indicator_id}"): AIM | {"version": 1},
    ("POST", "/forpligtelser/{reference}/indikatorer/{indicator_id}/maalinger/{measurement_id}/ret"): {
        "measured_on": today().isoformat(),
        "value": "11",
        "source_text": "Talt om",
        "reason": "Talt forkert",
    },
    ("POST", "/forpligtelser/{reference}/milepaele"): STEP,
    ("PUT", "/forpligtelser/{reference}/milepaele/{milestone_id}"): STEP | {"version": 1},
    ("POST", "/forpligtelser/{reference}/milepaele/{milestone_id}/flyt"): {
        "new_on": "2031-01-01",
        "reason": "Det tager længere tid.",
        "version": 1,
    },
    ("POST", "/forpligtelser/{reference}/milepaele/{milestone_id}/naaet"): {"version": 1},
    ("PUT", "/forpligtelser/{reference}"): lambda world, _: (
        PROMISE | _by_soft(world) | {"reason": "Klarere ord"}
    ),
    ("POST", "/ideer"): IDEA,
    ("POST", "/ideer/udkast"): {"title": "Måske"},
    ("PUT", "/ideer/{reference}/udkast"): {"title": "Måske"},
    ("POST", "/indbakke/fordel"): lambda world, _: {
        "contribution_ids": [_of_case(world, "contribution_ids")],
        "status": "under_review",
    },
    ("POST", "/indbakke/svar"): lambda world, _: (
        ANSWER
        | {
            "contribution_ids": [_of_case(world, "contribution_ids")],
            "organisation_ids": [world.people["S"].organisation_id],
        }
    ),
    ("PUT", "/indbakke/svar/{answer_id}"): lambda world, _: ANSWER | _signed(world),
    ("POST", "/indbakke/svar/{answer_id}/ret"): ANSWER | {"why": "Et ord manglede."},
    ("POST", "/indbakke/udgivelser"): {"name": "Efter mødet"},
    ("POST", "/indbakke/udgivelser/{batch_id}/svar"): lambda world, _: {
        "answer_ids": [world.things["prepared answer"]["answer_id"]]
    },
    ("POST", "/indbakke/{reference}/bed-om-mere"): lambda world, _: {
        "question": "Hvor mange?",
        "reply_by": (today() + timedelta(days=7)).isoformat(),
    },
    ("POST", "/indbakke/{reference}/giv-videre"): lambda world, _: {"user_id": _of_case(world, "user_id")},
    ("POST", "/indbakke/{reference}/hovedtekst"): lambda world, _: {"lead_id": _of_case(world, "lead_id")},
    ("POST", "/indbakke/{reference}/noter"): {"text": "Ring til dem"},
    ("POST", "/indbakke/{reference}/saml"): lambda world, _: {
        "member_ids": [_of_case(world, "contribution_ids")]
    },
    ("POST", "/indbakke/{reference}/tag-ud"): lambda world, _: {
        "member_ids": [_of_case(world, "member_ids")]
    },
    ("POST", "/svar/{reference}/fortael-mere"): {"text": "Tre om ugen"},
    ("POST", "/svar/{reference}/svarer-ikke"): {"answer_id": 1, "objection": "Det var ikke det"},
    ("POST", "/ideer/{reference}/send"): IDEA,
    ("POST", "/ideer/{reference}/medunderskrivere"): lambda world, _: {
        "organisation_id": world.people["r"].organisation_id
    },
    ("POST", "/netvaerk"): lambda world, _: {
        "name": "Nyt netværk",
        "organisation_id": world.people["S"].organisation_id,
    },
    ("PUT", "/netvaerk/{key}"): {"name": "Netværket"},
    ("POST", "/netvaerk/{key}/kommuner"): lambda world, _: {
        "organisation_ids": [world.people["k"].organisation_id]
    },
    ("PUT", "/netvaerk/{key}/svar"): {"says_yes": True},
    ("PUT", "/behov/{reference}/kommuner/{organisation_id}"): {"version": 1},
    ("POST", "/behov/{reference}/netvaerk"): lambda world, _: {
        "network_id": 1,
        "organisation_ids": [world.people["k"].organisation_id],
    },
    ("POST", "/behov/{reference}/kontakt"): lambda world, _: {
        "organisation_id": world.people["k"].organisation_id
    },
    ("PUT", "/kontakt/{request_id}"): {"says_yes": True},
    ("PUT", "/interesse/{reference}"): {"kind": "need"},
    ("POST", "/kommuner/{key}/projekter"): PROJECT,
    ("PUT", "/kommuner/{key}/projekter/{project_id}"): PROJECT,
    ("POST", "/moeder"): MEETING,
    ("PUT", "/moeder/{key}"): MEETING,
    ("POST", "/moeder/{key}/indspil"): {"text": "Sagt i salen"},
    ("POST", "/moeder/{key}/aflys"): {"reason": "Salen er væk"},
    ("POST", "/moeder/{key}/udskyd"): {"reason": "Salen er væk"},
    ("POST", "/moeder/{key}/flyt"): {"held_on": "2031-05-02"},
    ("PUT", "/moeder/{key}/program/kladde/raekkefoelge"): {"order": []},
    ("POST", "/moeder/{key}/program/kladde/udgiv"): {},
    ("PUT", "/moeder/{key}/program/{item_id}"): {"kind": "talk", "title": "Om data", "version": 1},
    ("POST", "/moeder/{key}/program/{item_id}/medvirkende"): {"name": "Oda Oplæg"},
    ("PUT", "/moeder/{key}/program/{item_id}/medvirkende/{part_id}"): {"title": "Chef", "version": 1},
    ("POST", "/moeder/{key}/program/{item_id}/opgaver"): {"title": "Nævn tre"},
    ("PUT", "/moeder/{key}/program/{item_id}/opgaver/{task_id}"): {"title": "Nævn to", "version": 1},
    ("POST", "/moeder/{key}/program"): {"kind": "talk", "title": "Et oplæg"},
    ("PUT", "/foelger/mails"): {"wants_mails": False},
    ("PUT", "/foelger/{word}/{thing_id}"): {"pace": "weekly"},
    ("PUT", "/mig/emner"): {"fields": ["health"]},
    ("POST", "/moeder/{key}/afstemninger"): POLL,
    ("PUT", "/moeder/{key}/afstemninger/{poll_id}"): POLL,
    ("PUT", "/moeder/{key}/afstemninger/{poll_id}/ord"): {"word": "Data"},
    ("PUT", "/moeder/{key}/afstemninger/{poll_id}/synlighed"): {"visibility": "public"},
    ("PUT", "/moeder/{key}/spoerg/{item_id}"): {"asks_approval": True},
    ("POST", "/moeder/{key}/spoerg/{item_id}/tag-over"): {"question_id": 1, "text": "Hvornår?"},
    ("POST", "/moeder/{key}/spoerg/{item_id}/{question_id}/besvaret"): {"answer": "Til maj."},
    ("POST", "/moeder/{key}/spoerg/{item_id}/{question_id}/skjul"): {"reason": "Spurgt før"},
    ("POST", "/moeder/{key}/tavler"): lambda world, _: {
        "item_id": world.things["panel"]["item_id"],
        "for_all": True,
    },
    ("PUT", "/moeder/{key}/tavler/{board_id}"): {"dots": 3},
    ("POST", "/moeder/{key}/tavler/{board_id}/flipover"): {"texts": ["Skrevet på papir"]},
    ("POST", "/moeder/{key}/tavler/{board_id}/klynger"): {"name": "Data"},
    ("PUT", "/moeder/{key}/tavler/{board_id}/klynger/{cluster_id}"): {"name": "Data"},
    ("PUT", "/moeder/{key}/tavler/{board_id}/kort/{card_id}"): {},
    ("POST", "/moeder/{key}/tavler/{board_id}/kort/{card_id}/flyt"): lambda world, _: {
        "board_id": world.things["closed board"]["board_id"]
    },
    ("PUT", "/moeder/{key}/tavler/{board_id}/kort/{card_id}/frem"): {"is_chosen": True},
    ("POST", "/moeder/{key}/tavler/{board_id}/luk-ind"): lambda world, name: {
        "cards": [world.things[name]["card_id"]]
    },
    ("POST", "/moeder/{key}/tilmelding"): {},
    ("PUT", "/moeder/{key}/tilmelding"): {},
    ("POST", "/moeder/{key}/tilmelding/byt"): {"email": "anne@soft.example"},
    ("PUT", "/moeder/{key}/tilmelding/liste"): {"is_listed": False},
    ("POST", "/moeder/{key}/tilmelding/plads"): {"accept": True},
    ("POST", "/moeder/{key}/oplaeg"): {"title": "Om data"},
    ("PUT", "/oplaeg/{deck_id}"): {"title": "Om data"},
    ("POST", "/oplaeg/{deck_id}/temaer"): {"judged": [{"number": 0, "theme_id": 1, "fits": True}]},
    ("POST", "/oplaeg/{deck_id}/fjern"): {"why": "Lagt op ved en fejl"},
    ("PUT", "/indspil/{reference}"): {"text": "Sagt i salen"},
    ("POST", "/moeder/{key}/indspil/mange"): {"texts": ["Sagt i salen"]},
    ("POST", "/moeder/{key}/indspil/maerk"): lambda world, _: {
        "contribution_ids": [_of_case(world, "contribution_ids")],
        "aspect": "direction",
    },
    ("POST", "/trykproever"): lambda world, _: TESTED | _asked_to_press(world),
    ("POST", "/trykproever/alene"): TESTED | {"themes": []},
    ("POST", "/trykproever/{test_id}/igen"): lambda world, _: _asked_to_press(world),
    ("PUT", "/trykproever/{test_id}/bedoemmere/{assessor_id}"): lambda world, _: {
        "user_id": world.people["p"].user_id
    },
    ("POST", "/trykproever/{test_id}/enighed"): {"theme_id": 1, "value": "hits", "reason": "Vi talte om det"},
    ("POST", "/trykproever/{test_id}/aflys"): {"reason": "Ikke alligevel"},
    ("POST", "/mig/trykproever/{test_id}/habil"): {"has_conflict": False},
    ("PUT", "/mig/trykproever/{test_id}"): {},
    ("POST", "/udvalg/{key}/indstillinger"): RECOMMENDED,
    ("PUT", "/udvalg/{key}/indstillinger/{number}"): RECOMMENDED,
    ("POST", "/udvalg/{key}/indstillinger/{number}/behandlet"): {"meeting_id": 1},
    ("POST", "/udvalg/{key}/indstillinger/{number}/afgjort"): {
        "outcome": "followed",
        "happened_on": today().isoformat(),
        "text": "Det gør vi",
    },
    ("POST", "/udvalg/{key}/indstillinger/{number}/traek"): {"reason": "Ikke alligevel"},
    ("POST", "/udvalg/{key}/indstillinger/{number}/tag-tilbage"): {"reason": "Ved en fejl"},
    ("POST", "/udvalg/{key}/laeseliste"): {"url": "https://eksempel.example/", "title": "En side"},
    ("PUT", "/udvalg/{key}/laeseliste/raekkefoelge"): lambda world, name: {
        "reading_ids": [world.things[name]["reading_id"]]
    },
    ("PUT", "/udvalg/{key}/laeseliste/{reading_id}/laest"): {"is_read": True},
    ("POST", "/behov/runder"): ROUND,
    ("PUT", "/behov/runder/{key}"): ROUND,
    ("POST", "/behov/runder/{key}/udgiv"): {"reason": "Derfor"},
    ("POST", "/behov/runder/{key}/aflys"): {"reason": "Ikke alligevel"},
    ("PUT", "/behov/runder/{key}/deltagere/{decider_id}"): {},
    ("PUT", "/behov/runder/{key}/min"): {"votes": []},
    ("POST", "/behov/runder/{key}/min/aflever"): {"votes": []},
    ("POST", "/kommuner/{key}/modenhed"): lambda world, _: _assessed(world),
    ("PUT", "/kommuner/{key}/modenhed/{assessment_id}"): lambda world, _: _assessed(world) | {"version": 1},
    ("PUT", "/kommuner/{key}/modenhed/aabning"): {"visibility": "public"},
    ("POST", "/indbakke/idefelter"): {"kind": "text", "label": "Hvor mange?"},
    ("PUT", "/indbakke/idefelter/{field_id}"): {"kind": "text", "label": "Hvor mange?", "version": 1},
    ("PUT", "/indbakke/idefelter/raekkefoelge"): {"field_ids": []},
    ("POST", "/projekter/vej/{kind}/{name}/trin"): {
        "stage": "measured",
        "happened_on": today().isoformat(),
    },
    ("POST", "/projekter/vej/{kind}/{name}/trin/{step_id}/tilbage"): {"reason": "Ved en fejl"},
    ("POST", "/projekter/vej/{kind}/{name}/barriere"): BARRIER,
    ("PUT", "/projekter/vej/{kind}/{name}/barriere/{barrier_id}"): BARRIER | {"version": 1},
    ("POST", "/projekter/vej/{kind}/{name}/barriere/{barrier_id}/loest"): {
        "solved_on": today().isoformat(),
        "solved_note": "Loven kom",
        "version": 1,
    },
    ("POST", "/udbud"): TENDER,
    ("PUT", "/udbud/{tender_id}"): TENDER,
    ("POST", "/udbud/{tender_id}/status"): {"state": "open"},
    ("POST", "/udbud/{tender_id}/bekendtgoerelser"): {"kind": "ski", "url": "https://ski.dk/udbud/1"},
    ("POST", "/udbud/{tender_id}/spoergsmaal"): {"question": "Er skyen tilladt?", "answer": "Ja."},
    ("PUT", "/udbud/{tender_id}/spoergsmaal/{question_id}"): {
        "question": "Er skyen tilladt for alle?",
        "why": "Det var uklart",
        "version": 1,
    },
    ("POST", "/udbud/{tender_id}/knyt"): lambda world, _: {
        "reference": world.things["case to link"]["reference"],
        "question": "Er skyen tilladt for alle?",
    },
    ("POST", "/ligebehandling/noteret/{entry_id}/bed-om-rettelse"): {"text": "Det var en onsdag"},
    ("POST", "/udvalg"): BODY,
    ("PUT", "/udvalg/{key}"): BODY,
    ("POST", "/udvalg/{key}/medlemmer"): {"name": "Oda Oplæg", "source_url": "https://eksempel.example/"},
    ("PUT", "/udvalg/{key}/medlemmer/{member_id}"): {"role": "chair", "version": 1},
    ("POST", "/udvalg/{key}/medlemmer/{member_id}/slut"): {"version": 1},
    ("POST", "/udvalg/{key}/sekretaerer"): lambda world, _: {
        "membership_id": world.people["p"].membership_id
    },
    ("POST", "/udvalg/{key}/moeder"): {"held_on": today().isoformat()},
    ("PUT", "/udvalg/{key}/moeder/{meeting_id}"): {"held_on": today().isoformat(), "version": 1},
    ("POST", "/udvalg/{key}/moeder/{meeting_id}/aflys"): {"version": 1},
    ("PUT", "/kommuner/{key}/politik/kladde"): {"name": "Digital politik"},
    ("POST", "/kommuner/{key}/politik/udgiv"): {},
    ("POST", "/kommuner/{key}/politik/koblinger"): lambda world, _: _themes(world, "own municipality"),
    ("POST", "/temaer/kobling"): lambda world, _: (
        _themes(world, "themes to link") | {"kind": "same", "note": "Også"}
    ),
    ("POST", "/trykproever/kriterier"): {"name": "Nytte"},
    ("PUT", "/trykproever/kriterier/{criterion_id}"): lambda world, name: (
        {"name": "Værdi"} | _version(world, name)
    ),
    ("POST", "/trykproever/kriterier/{criterion_id}/ud"): lambda world, name: _version(world, name),
    ("POST", "/trykproever/kriterier/{criterion_id}/ind"): lambda world, name: _version(world, name),
    ("POST", "/indbakke/{reference}/fordel"): {"status": "under_review"},
    ("PUT", "/indbakke/{reference}/navn"): lambda world, name: {"title": "Ét login"} | _version(world, name),
    ("POST", "/indbakke/skabeloner"): {"title": "Nej tak", "text": "Det gør vi ikke."},
    ("PUT", "/indbakke/skabeloner/{template_id}"): {"title": "Tak", "text": "Mange tak.", "version": 1},
    ("PUT", "/indbakke/svarfrist"): {"at_most_days": 60},
    ("POST", "/indbakke/hoeringer"): lambda world, _: {
        "reference": world.things["hearing"]["reference"],
        "requester": "Avisen",
        "received_on": today().isoformat(),
        "hear_by": (today() + timedelta(days=7)).isoformat(),
    },
    ("POST", "/indbakke/hoeringer/{request_id}/frist"): {"hear_by": "2040-01-01"},
    ("PUT", "/ideer/{reference}/hoering/{request_id}"): {"parts": [{"part": "other", "stance": "agree"}]},
    ("POST", "/import/{import_id}/temaer"): {"words": [{"word": "klima"}]},
    ("PUT", "/organisationer/{organisation_id}"): {"name": "Soft A/S", "kind": "vendor"},
    ("POST", "/oensker"): {"title": "Ét sted at slå op", "body": "Vi leder i fem kataloger."},
} | OF_MEETINGS

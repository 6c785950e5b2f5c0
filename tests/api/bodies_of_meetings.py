"""What programs send to the doors of a meeting's groups, seats, minutes, closing and the like."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from app.core.clock import today
from tests.access.world import World

Body = dict[str, Any]
IN_A_WEEK = (today() + timedelta(days=7)).isoformat()
GROUP = {"name": "Data", "task": "Hvad mangler?"}
KEPT = {"name": "Kommuner", "seats": 1, "kinds": ["municipality"]}
SENTENCE = {"text": "De fleste vil have færre logins."}
MINUTES = "/moeder/{key}/referat"
COMMENT = MINUTES + "/bemaerkninger/{comment_id}"
PLACED = "/moeder/{key}/grupper/{item_id}"
SIGN_UP = "/moeder/{key}/tilmeldinger/{registration_id}"
ASKED = {"people": [{"email": "ny@her.example", "name": "Ny Nielsen"}]}


def _kept_apart(world: World) -> Body:
    return {"organisation_ids": [world.people[who].organisation_id for who in ("v", "r")]}


def _without_slides(world: World) -> Body:
    return {"item_id": world.things["talk"]["item_id"], "has_no_slides": True}


def _themed(world: World, name: str) -> Body:
    given = world.fields[name]
    return {
        "themes": [{"contribution_id": int(given["contribution_ids"]), "theme_id": int(given["theme_id"])}]
    }


OF_MEETINGS: dict[tuple[str, str], Body | Callable[[World, str], Body]] = {
    ("POST", "/moeder/{key}/program/{item_id}/grupper"): GROUP,
    ("PUT", "/moeder/{key}/program/{item_id}/grupper/{group_id}"): GROUP | {"version": 1},
    ("POST", PLACED + "/lav"): {"number": 1},
    ("PUT", PLACED + "/personer"): {"who": ["r1"]},
    ("PUT", PLACED + "/laas"): {"who": ["r1"]},
    ("POST", "/moeder/{key}/grupper/konkurrenter"): lambda world, _: _kept_apart(world),
    ("PUT", "/moeder/{key}/pladser"): {"seats": 40},
    ("POST", "/moeder/{key}/pladser"): KEPT,
    ("PUT", "/moeder/{key}/pladser/{group_id}"): KEPT | {"version": 1},
    ("POST", "/moeder/{key}/tilmeldinger"): {"email": "ny@her.example", "reason": "Glemt"},
    ("POST", SIGN_UP + "/nej"): {"reason": "Fuldt"},
    ("POST", SIGN_UP + "/flyt"): {"reason": "Glemt", "place": 1},
    ("POST", SIGN_UP + "/plads"): {"reason": "Glemt"},
    ("POST", SIGN_UP + "/gruppe"): {"reason": "Glemt"},
    ("POST", SIGN_UP + "/meld-fra"): {"reason": "Syg"},
    ("POST", "/moeder/{key}/invitationer"): ASKED,
    ("POST", "/moeder/{key}/invitationer/tjek"): ASKED,
    ("PUT", "/moeder/{key}/oplaegsholdere/{person_id}"): {"email": "oda@anden.example"},
    ("PUT", "/moeder/{key}/oplaegsholdere/{person_id}/slides"): lambda world, _: _without_slides(world),
    ("PUT", MINUTES): {"sections": [{"place": "opening", "text": "Formanden bød velkommen."}]},
    ("POST", MINUTES + "/ny-udgave"): {"comment_until": IN_A_WEEK},
    ("POST", MINUTES + "/godkend"): {"is_early": True},
    ("POST", MINUTES + "/aabn"): {"reason": "Et navn var forkert"},
    ("PUT", COMMENT): {"decision": "declined", "reply": "Det var ikke sådan"},
    ("POST", COMMENT + "/skjul"): {"reason": "Personoplysninger"},
    ("POST", "/moeder/{key}/afslut/hvorfor"): {"reason": "Sådan blev det"},
    ("POST", "/moeder/{key}/afslut/svarfrister"): {"answer_by": IN_A_WEEK},
    ("POST", "/moeder/{key}/afslut/temaer"): _themed,
    ("POST", "/moeder/{key}/afslut/referat"): {"comment_until": IN_A_WEEK},
    ("PUT", "/moeder/{key}/evaluering/frist"): {"closes_on": IN_A_WEEK},
    ("POST", "/opsummeringer/{summary_id}/saetninger"): SENTENCE,
    ("PUT", "/opsummeringer/{summary_id}/saetninger/{sentence_id}"): SENTENCE,
}

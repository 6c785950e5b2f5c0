"""How a door answers a script of our own pages, such as the queue that sends what was written in the room.

A script asks with `Accept: application/json` and sends the same fields as the form. It is told

    200 {"ok": true, …}         taken, now or the first time it came; committed before the answer leaves
    422 {"errors": {…}}         a sentence for each field; "form" for none of them
    4xx {"stop": "…"}           it will never be taken as it is: 401 (signed out), 403, 404, 409, 413

What a door may add to `ok`, all of it plain JSON:

    reference   "KO-0012", said to whoever wrote it
    next        {"client_id": …, "reference": …, "seal": …}: the hidden fields of the next thing, or a list
    key         "card-12": the data-key of the thing in the live block; it is marked as one's own
    marks       {"dotted": ["card-3", "card-7"]}: all with that mark, instead of those the page knew
    words       {"dots_left": "Du har 2 prikker tilbage."}: for every [data-show="dots_left"] of the page
    say         a sentence to be said instead of «Modtaget»

Anything else (429 and 503 with Retry-After, no answer, an answer that is not ours) is tried again by the
script. So a door must know by the client's own id what it has taken before, and answer that as taken.

The script says in X-Queue-Who who wrote it ("a12": the attendee with id 12, "u5": the user with id 5).
Anybody else is answered as if signed out: what waits in a browser is never sent as somebody else.
"""

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from app.core.policy import Actor
from app.http.forms import Form
from app.http.sentences import add_sentences

FINAL = frozenset({400, 401, 403, 404, 405, 409, 410, 413, 422})
_HEADERS = {"Cache-Control": "no-store", "Vary": "Accept, Cookie"}


def _(text: str) -> str:
    return text


add_sentences(
    {
        "queue_not_known": _("Du er logget ud eller ikke længere med i lokalet. Teksten er gemt her."),
        "queue_no_answer": _("Det kan ikke sendes, som det er."),
    }
)


def is_script(request: Request) -> bool:
    """Whether a script of ours asks, not the browser itself."""
    return "application/json" in request.headers.get("accept", "")


def is_by(request: Request, actor: Actor) -> bool:
    """Whether the visitor is who the script says has written what it sends; true where it says nothing."""
    who = request.headers.get("x-queue-who", "")
    return not who or who == f"u{actor.user_id}" or who in {f"a{seat}" for _, seat in actor.seats}


def taken_response(**facts: Any) -> Response:
    """It is taken. `facts` are plain JSON: id, reference, next (the hidden fields of the next thing)."""
    return JSONResponse({"ok": True} | facts, headers=_HEADERS)


def errors_response(errors: dict[str, str]) -> Response:
    """It came back: a sentence for each field."""
    return JSONResponse({"errors": errors}, 422, headers=_HEADERS)


def stop_response(sentence: str, status: int) -> Response:
    """It will never be taken as it is."""
    return JSONResponse({"stop": sentence}, status, headers=_HEADERS)


def refused_response(form: Form | None, status: int, otherwise: str) -> Response:
    """What a page with a status of 400 or more says, for a script."""
    errors = form.errors if form else {}
    if status == 422 and errors:
        return errors_response(errors)
    return stop_response(next(iter(errors.values()), otherwise), status)

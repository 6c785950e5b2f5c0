"""Handing out files that are made when somebody asks: for every paper alike."""

from datetime import timedelta

from fastapi.responses import PlainTextResponse, Response, StreamingResponse

from app.core.made_files import MadeView, Wanted, ask_for, note_use
from app.http.limits import Limit, count_at_the_door
from app.http.pages import prefixed
from app.http.sentences import add_sentences
from app.http.visit import Visit
from app.identity.codes import name_client
from app.web.entering import client_of
from app.web.report_files import FileLine

MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
ASKED_AN_HOUR = 40
ASKED_BY_STRANGERS_AN_HOUR = 600
AN_HOUR = timedelta(hours=1)
# Seconds until a program, or a page without scripts, asks again.
ASK_AGAIN_AFTER = 3


def _(text: str) -> str:
    return text


add_sentences({"report_file_underway": _("Filen bliver lavet. Spørg igen om et par sekunder.")})


def send_file(visit: Visit, file: FileLine, wanted: Wanted, stamp: str, *, is_for_all: bool) -> Response:
    """The file if it tells what is told now (`stamp`), else it is made: a browser is shown how far it is, a
    program told when to ask again. Who may have it has been asked. `is_for_all`: may be kept on the way."""
    made = file.made
    if made is not None and made.is_fresh(stamp):
        try:
            return _hand_out(visit, made, file, is_for_all=is_for_all)
        except FileNotFoundError:
            # Known and not there, as after a store was put back: made anew.
            stamp = ""
    if made is None or not made.is_underway:
        _ask(visit, wanted, stamp)
    if "text/html" in visit.request.headers.get("accept", ""):
        return visit.go(file.progress_path)
    headers = {"Retry-After": str(ASK_AGAIN_AFTER), "Cache-Control": "no-store"}
    return PlainTextResponse(visit.say("report_file_underway"), 202, headers=headers)


def lead_on(visit: Visit, file: FileLine, response: Response) -> Response:
    """The page that shows how far a file is, which leads to it as soon as it is there, with scripts and
    without; its words are held against the present there."""
    if file.made and file.made.state == "ready":
        response.headers["Refresh"] = f"0; url={prefixed(visit.language, file.path)}"
    return response


def stop_asking(file: FileLine, response: Response) -> Response:
    """The same for the part of the page that is asked for by itself."""
    if not (file.made and file.made.is_underway):
        response.headers["HX-Refresh"] = "true"
    return response


def _hand_out(visit: Visit, made: MadeView, file: FileLine, *, is_for_all: bool) -> Response:
    assert made.file_key is not None
    chunks = visit.kit.storage.stream(made.file_key)
    note_use(visit.session, made)
    headers = {
        "Content-Disposition": f'attachment; filename="{file.filename}"',
        "Content-Length": str(made.size),
        "Content-Security-Policy": "sandbox",
        "Cache-Control": "no-cache" if is_for_all else "no-store",
    }
    return StreamingResponse(chunks, headers=headers, media_type=MEDIA_TYPES[file.ending])


def _ask(visit: Visit, wanted: Wanted, stamp: str) -> None:
    client = visit.actor.user_id or name_client(client_of(visit))
    limits = [Limit(f"papers:{client}", ASKED_AN_HOUR, AN_HOUR)]
    if not visit.actor.is_signed_in:
        limits.append(Limit("papers of strangers", ASKED_BY_STRANGERS_AN_HOUR, AN_HOUR))
    count_at_the_door(visit.session, *limits)
    ask_for(visit.session, wanted, stamp)

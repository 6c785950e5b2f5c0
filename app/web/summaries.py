"""Summaries of meetings and themes: read with what each sentence rests on, and written by staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, cast

from fastapi.responses import Response

from app.core.policy import NotFound, Refused
from app.domain.contributions.blacked import MARK
from app.domain.strategies.queries import find_theme
from app.domain.summaries import queries, service
from app.domain.summaries.policy import may_summarise
from app.domain.summaries.queries import EditionLine, Subject, SummaryLine, SummaryView
from app.domain.summaries.schemas import SentenceInput, VersionInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.web.filters import typed, whole_number
from app.web.meetings import open_meeting, right_address

router = Router()

LIST = "/opsummeringer"
ONE = LIST + "/{summary_id:int}"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "summary_nothing_to_propose": _(
            "Der er ikke sagt noget nyt, som maskinen kan foreslå en sætning af. Skriv den selv."
        ),
        "summary_unknown_source": _(
            "Det kender vi ikke, eller det er skjult: {words}. Skriv numre som OE-0142, F-0007, svar-12 "
            "eller oplaeg-3/14."
        ),
        "summary_too_many_sources": _("En sætning kan højst hvile på {count} ting."),
        "summary_false_quote": _(
            "»{words}« står ikke i noget af det, sætningen hviler på. Ret citatet, eller tag "
            "citationstegnene væk."
        ),
        "summary_full": _("En opsummering kan højst have {count} sætninger."),
        "summary_empty": _("Der er ingen sætninger at udgive."),
        "summary_unsupported": _(
            "Kan ikke udgives endnu. Sætninger uden belæg, som alle kan læse: {count}. De er mærket nedenfor."
        ),
        "summary_not_out": _("Opsummeringen er ikke udgivet."),
        "notice_summary_proposed": _(
            "Forslaget er klar. Læs det igennem, og godkend eller ret hver sætning."
        ),
        "notice_summary_nothing": _("Maskinen har intet at foreslå. Skriv selv den første sætning."),
        "notice_summary_saved": _("Sætningen er gemt."),
        "notice_summary_removed": _("Sætningen er fjernet."),
        "notice_summary_approved": _("Godkendt."),
        "notice_summary_published": _("Opsummeringen er udgivet."),
        "notice_summary_taken_back": _("Taget tilbage. Ingen kan læse opsummeringen, før en ny er udgivet."),
        "notice_summary_discarded": _("Kladden er kasseret."),
    }
)


@dataclass
class SummariesPage(Page):
    template: ClassVar[str] = "summaries/list.html"
    meetings: list[SummaryLine]
    themes: list[SummaryLine]
    may_write: bool
    page: int
    pages: int


@dataclass
class SummaryPage(Page):
    """`subject`: what it is of. `editions`: those that the reader may see."""

    template: ClassVar[str] = "summaries/show.html"
    subject: Subject
    summary: SummaryView
    editions: Sequence[EditionLine]
    is_latest: bool
    may_write: bool


@dataclass
class NoSummaryPage(Page):
    """`path`: of what has none."""

    template: ClassVar[str] = "summaries/none.html"
    title: str
    title_en: str
    path: str
    may_write: bool


@dataclass
class WritePage(Page):
    """`refused_id`: the sentence whose form came back, 0 for the new one, None where none did."""

    template: ClassVar[str] = "summaries/write.html"
    subject: Subject
    draft: SummaryView
    published: SummaryView | None
    form: Form
    refused_id: int | None
    mark: str = MARK


# --- reading


@router.get(LIST, dependencies=[anyone])
def list_all(visit: AVisit) -> Response:
    page = whole_number(typed(visit, "side"), 6) or 1
    found = queries.list_summaries(visit.session, visit.actor, page)
    return visit.page(
        SummariesPage(
            meetings=[one for one in found.rows if one.meeting_key is not None],
            themes=[one for one in found.rows if one.meeting_key is None],
            page=found.page,
            pages=found.pages,
            may_write=may_summarise(visit.actor),
        )
    )


@router.get("/moeder/{key}/opsummering", dependencies=[anyone])
def show_of_meeting(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    if moved := right_address(visit, meeting, key):
        return moved
    found = queries.find_of_meeting(visit.session, visit.actor, meeting.id)
    return _show(visit, found, (meeting.title, meeting.title_en or "", f"/moeder/{meeting.key}"))


@router.get("/temaer/{strategy_key}/{key}/opsummering", dependencies=[anyone])
def show_of_theme(visit: AVisit, strategy_key: str, key: str) -> Response:
    place = find_theme(visit.session, visit.actor, strategy_key, key)
    if place is None:
        raise NotFound
    found = queries.find_of_theme(visit.session, visit.actor, place.theme.id)
    return _show(visit, found, (place.theme.name, place.theme.name_en or "", place.ref.path))


def _show(visit: Visit, found: SummaryView | None, about: tuple[str, str, str]) -> Response:
    may_write = may_summarise(visit.actor)
    if found is None:
        return visit.page(NoSummaryPage(*about, may_write=may_write))
    subject = _open(visit, found.summary_id)
    editions = queries.list_editions(visit.session, visit.actor, found.summary_id)
    wanted = visit.request.query_params.get("udgave", "")
    shown: SummaryView | None = found
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 and int(wanted) != found.number:
        shown = queries.find_edition(visit.session, visit.actor, found.summary_id, int(wanted))
        if shown is None or shown.is_draft:
            raise NotFound
    return visit.page(
        SummaryPage(
            subject=subject,
            summary=shown or found,
            editions=[one for one in editions if one.published_at is not None],
            is_latest=shown is found,
            may_write=may_write,
        )
    )


def _open(visit: Visit, summary_id: int) -> Subject:
    """Raises NotFound for what the visitor may not see."""
    subject = queries.find_subject(visit.session, visit.actor, summary_id)
    if subject is None:
        raise NotFound
    return subject


# --- beginning


@router.post("/moeder/{key}/opsummering/{way}", dependencies=[only(may_summarise)])
def begin_for_meeting(visit: AVisit, key: str, way: str, form: SentForm) -> Response:
    meeting = open_meeting(visit, key)
    return _begin(visit, form, way, meeting_id=meeting.id)


@router.post("/temaer/{strategy_key}/{key}/opsummering/{way}", dependencies=[only(may_summarise)])
def begin_for_theme(visit: AVisit, strategy_key: str, key: str, way: str, form: SentForm) -> Response:
    place = find_theme(visit.session, visit.actor, strategy_key, key)
    if place is None:
        raise NotFound
    return _begin(visit, form, way, theme_id=place.theme.id)


def _begin(
    visit: Visit, form: Form, way: str, *, meeting_id: int | None = None, theme_id: int | None = None
) -> Response:
    """`way`: foreslaa (by the machine) or skriv (with a draft to write in)."""
    if before := visit.done_before(form):
        return before
    if way not in ("foreslaa", "skriv"):
        raise NotFound
    notice = None
    if way == "foreslaa":
        try:
            summary = service.propose_summary(
                visit.session, visit.actor, meeting_id=meeting_id, theme_id=theme_id
            )
            return visit.done(form, f"{LIST}/{summary.id}/skriv", "summary_proposed")
        except Refused:
            notice = "summary_nothing"
    summary = service.begin_summary(visit.session, visit.actor, meeting_id=meeting_id, theme_id=theme_id)
    return visit.done(form, f"{LIST}/{summary.id}/skriv", notice)


# --- writing


@router.get(ONE + "/skriv", dependencies=[only(may_summarise)])
def write(visit: AVisit, summary_id: int) -> Response:
    return visit.page(_write_page(visit, summary_id, visit.blank(), None))


def _write_page(visit: Visit, summary_id: int, form: Form, refused_id: int | None) -> WritePage:
    subject = _open(visit, summary_id)
    draft = queries.find_draft(visit.session, visit.actor, summary_id)
    if draft is None:
        raise NotFound
    return WritePage(
        subject=subject,
        draft=draft,
        published=_find_published(visit, summary_id),
        form=form,
        refused_id=refused_id,
    )


def _find_published(visit: Visit, summary_id: int) -> SummaryView | None:
    out = [one for one in queries.list_editions(visit.session, visit.actor, summary_id) if one.published_at]
    if not out or out[0].taken_back_at is not None:
        return None
    return queries.find_edition(visit.session, visit.actor, summary_id, out[0].number)


def _refused(visit: Visit, summary_id: int, form: Form, refused_id: int | None) -> Response:
    is_stale = form.errors.get("form") == visit.say("stale")
    page = _write_page(visit, summary_id, form, refused_id)
    if is_stale:
        # What is stored now stands beside the form; whoever sends again has seen it.
        form.typed["version"] = [str(page.draft.version)]
    return visit.page(page, 409 if is_stale else 422)


_FIELD_OF = {
    "summary_unknown_source": "sources",
    "summary_too_many_sources": "sources",
    "summary_false_quote": "text",
}


@router.post(ONE + "/saetninger", dependencies=[only(may_summarise)])
def add(visit: AVisit, summary_id: int, form: SentForm) -> Response:
    return _save(visit, summary_id, 0, form)


@router.post(ONE + "/saetninger/{sentence_id:int}", dependencies=[only(may_summarise)])
def edit(visit: AVisit, summary_id: int, sentence_id: int, form: SentForm) -> Response:
    return _save(visit, summary_id, sentence_id, form)


def _save(visit: Visit, summary_id: int, sentence_id: int, form: Form) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(SentenceInput)
    if given is not None:
        session, actor = visit.session, visit.actor
        try:
            if sentence_id:
                row = service.edit_sentence(session, actor, summary_id, sentence_id, given)
            else:
                row = service.add_sentence(session, actor, summary_id, given)
            return visit.done(form, f"{LIST}/{summary_id}/skriv#s-{row.id}", "summary_saved")
        except Refused as refusal:
            form.refuse(_FIELD_OF.get(refusal.code, "form"), refusal.code, **refusal.values)
    return _refused(visit, summary_id, form, sentence_id)


Act = Literal["op", "ned", "fjern", "godkend"]


@router.post(ONE + "/saetninger/{sentence_id:int}/{act}", dependencies=[only(may_summarise)])
def act_on_sentence(visit: AVisit, summary_id: int, sentence_id: int, act: str, form: SentForm) -> Response:
    """op, ned, fjern or godkend."""
    if before := visit.done_before(form):
        return before
    if act not in ("op", "ned", "fjern", "godkend"):
        raise NotFound
    given = form.read(VersionInput)
    back = f"{LIST}/{summary_id}/skriv"
    if given is not None:
        try:
            notice = _act(visit, summary_id, sentence_id, cast(Act, act), given.version)
            return visit.done(form, back if act == "fjern" else f"{back}#s-{sentence_id}", notice)
        except Refused as refusal:
            form.refuse("form", refusal.code, **refusal.values)
    return _refused(visit, summary_id, form, None)


def _act(visit: Visit, summary_id: int, sentence_id: int, act: Act, version: int) -> str | None:
    session, actor = visit.session, visit.actor
    if act == "fjern":
        service.remove_sentence(session, actor, summary_id, sentence_id, version)
        return "summary_removed"
    if act == "godkend":
        service.approve_sentences(session, actor, summary_id, [sentence_id], version)
        return "summary_approved"
    service.move_sentence(session, actor, summary_id, sentence_id, "up" if act == "op" else "down", version)
    return None


@router.post(ONE + "/godkend-alle", dependencies=[only(may_summarise)])
def approve_all(visit: AVisit, summary_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(VersionInput)
    draft = queries.find_draft(visit.session, visit.actor, summary_id)
    if draft is None:
        raise NotFound
    if given is not None:
        try:
            waiting = [one.id for one in draft.sentences if one.origin == "machine"]
            service.approve_sentences(visit.session, visit.actor, summary_id, waiting, given.version)
            return visit.done(form, f"{LIST}/{summary_id}/skriv", "summary_approved")
        except Refused as refusal:
            form.refuse("form", refusal.code, **refusal.values)
    return _refused(visit, summary_id, form, None)


@router.post(ONE + "/foreslaa", dependencies=[only(may_summarise)])
def propose_anew(visit: AVisit, summary_id: int, form: SentForm) -> Response:
    """What nobody has read is proposed anew, by what has been said meanwhile."""
    if before := visit.done_before(form):
        return before
    _open(visit, summary_id)
    try:
        service.propose_anew(visit.session, visit.actor, summary_id)
        return visit.done(form, f"{LIST}/{summary_id}/skriv", "summary_proposed")
    except Refused as refusal:
        form.refuse("form", refusal.code, **refusal.values)
    return _refused(visit, summary_id, form, None)


# --- out and back


@router.post(ONE + "/udgiv", dependencies=[only(may_summarise)])
def publish(visit: AVisit, summary_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    subject, given = _open(visit, summary_id), form.read(VersionInput)
    if given is not None:
        try:
            service.publish_summary(visit.session, visit.actor, summary_id, given.version)
            return visit.done(form, f"{subject.path}/opsummering", "summary_published")
        except Refused as refusal:
            form.refuse("form", refusal.code, **refusal.values)
    return _refused(visit, summary_id, form, None)


@router.post(ONE + "/tag-tilbage", dependencies=[only(may_summarise)])
def take_back(visit: AVisit, summary_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    subject, given = _open(visit, summary_id), form.read(VersionInput)
    if given is None:
        raise NotFound
    service.take_back_summary(visit.session, visit.actor, summary_id, given.version)
    return visit.done(form, f"{subject.path}/opsummering", "summary_taken_back")


@router.post(ONE + "/kasser", dependencies=[only(may_summarise)])
def discard(visit: AVisit, summary_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    subject, given = _open(visit, summary_id), form.read(VersionInput)
    if given is not None:
        try:
            service.discard_draft(visit.session, visit.actor, summary_id, given.version)
            return visit.done(form, f"{subject.path}/opsummering", "summary_discarded")
        except Refused as refusal:
            form.refuse("form", refusal.code, **refusal.values)
    return _refused(visit, summary_id, form, None)

"""Invitations: staff pastes a list, reads what it holds and lays it in the outbox; a link answers one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, get_args

from fastapi.responses import Response
from pydantic import BaseModel, Field

from app.core.clock import today
from app.core.policy import NotFound, Refused
from app.core.text import Line
from app.domain.invitations import service
from app.domain.invitations.checking import Checked, check_list
from app.domain.invitations.links import LinkedInvitation, find_linked
from app.domain.invitations.policy import may_invite, why_not_invite
from app.domain.invitations.queries import PER_PAGE, InvitationLine, count_states, list_invitations
from app.domain.invitations.reading import (
    LARGEST_FILE,
    Mistake,
    ReadList,
    decode,
    read_list,
    write_list,
)
from app.domain.invitations.schemas import MOST_AT_ONCE, Invitee, Language, LeftOut, State
from app.domain.meetings.queries import MeetingView
from app.domain.meetings.schemas import LARGEST_ID
from app.domain.outbox.queries import find_opted_out
from app.domain.outbox.service import opt_in, opt_out
from app.domain.registrations.queries import Booking, get_booking
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.privacy.periods import periods_in_force
from app.web.filters import address_of_page, chosen, count_pages, page_number
from app.web.labels import LABELS
from app.web.mails import mask_address
from app.web.meetings import open_meeting
from app.web.sealed import hide
from app.web.signin import start_page

router = Router()

INVITATIONS = "/moeder/{key}/invitationer"
LINK = "/invitation/{invitation_id:int}/{sealed}"
MOST_PAGES = 1000
# So many new people get a menu of languages each; on longer lists one language is chosen for all.
MOST_MENUS = 300
STATE_WORDS: Mapping[str, State] = {
    "ikke-svaret": "invited",
    "tilmeldt": "signed_up",
    "i-koe": "in_line",
    "nej-tak": "declined",
    "meldt-fra": "left",
    "i-udbakken": "in_outbox",
    "ikke-sendt": "unsent",
    "kom-ikke-frem": "bounced",
    "ingen-mails": "no_mails",
    "trukket-tilbage": "withdrawn",
}


def _(text: str) -> str:
    return text


add_sentences(
    {
        "invite_draft": _("Udgiv mødet, før du inviterer. De inviterede skal kunne se det."),
        "invite_cancelled": _("Mødet er aflyst, så der kan ikke inviteres til det."),
        "invite_postponed": _("Mødet er udskudt. Sæt en ny dato, før du inviterer."),
        "invite_past": _("Mødet er holdt, så der kan ikke inviteres til det."),
        "invitations_sent": _(
            "Nogen er inviteret, så mødets side skal blive stående. "
            "Aflys eller udskyd mødet i stedet, så får de besked."
        ),
        "nobody_given": _("Sæt mindst én mailadresse ind, eller vælg en fil."),
        "nobody_to_invite": _("Der er ikke nogen tilbage på listen at invitere."),
        "nobody_to_remind": _(
            "Der er ingen at minde om det: enten har de svaret, eller der ligger allerede en mail til dem "
            "i udbakken."
        ),
        "list_too_large": _("Listen fylder for meget. Der er plads til {most} MB. Del den i to."),
        "list_no_text": _(
            "Filen er ikke en CSV-fil. Åbn den i regnearket, vælg »Gem som« og »CSV«, og prøv igen. "
            "Du kan også kopiere cellerne og sætte dem ind i feltet."
        ),
        "list_quotes": _(
            "Et anførselstegn i filen mangler sin mage, så rækkerne kan ikke skilles ad. Gem filen på ny som "
            "CSV, eller kopiér cellerne, og sæt dem ind i feltet."
        ),
        "too_many_people": _(
            "Listen har {found} linjer. Der kan inviteres {most} ad gangen. Del den i flere."
        ),
        "notice_invitations_wait": _(
            "Invitationerne ligger i udbakken. Intet er sendt endnu: læs dem, og tryk send."
        ),
        "notice_invitation_withdrawn": _("Invitationen er trukket tilbage, og linket virker ikke længere."),
        "notice_declined": _("Tak for svaret. Du har sagt nej tak."),
        "notice_decline_undone": _("Dit nej tak er fortrudt. Du er stadig inviteret."),
        "notice_no_more_mails": _("Du får ikke flere invitationer, påmindelser og beskeder fra os."),
        "notice_mails_again": _("Du får mails fra os igen."),
    }
)
LABELS["invitation_state"] = {
    "invited": _("Har ikke svaret"),
    "signed_up": _("Tilmeldt"),
    "in_line": _("I køen"),
    "declined": _("Nej tak"),
    "left": _("Har meldt fra"),
    "in_outbox": _("Venter i udbakken"),
    "unsent": _("Ikke sendt"),
    "bounced": _("Kom ikke frem"),
    "no_mails": _("Vil ikke have mails"),
    "withdrawn": _("Trukket tilbage"),
}
LABELS["invitation_mistake"] = {
    "no_address": _("Der er ingen mailadresse."),
    "two_ats": _("Der er to @ i adressen."),
    "nothing_before": _("Der mangler et navn lige før @. Er der kommet et mellemrum ind?"),
    "nothing_after": _("Der mangler noget lige efter @. Er der kommet et mellemrum ind?"),
    "no_ending": _("Der mangler et punktum efter @, for eksempel .dk."),
    "odd_letters": _("Mailadresser skrives uden æ, ø, å og andre særlige bogstaver."),
    "not_address": _("Det er ikke en gyldig mailadresse."),
    "address_too_long": _("Adressen er for lang til at være en mailadresse."),
    "cpr_number": _("Linjen ligner et CPR-nummer. Tag det ud: det må ikke stå her."),
}
# Why somebody is left out; the words stand over the list of those for whom it is so.
LABELS["left_out"] = {
    "double": _("Står på listen mere end én gang"),
    "same_person": _("Samme person med en anden mailadresse på listen"),
    "signed_up": _("Er allerede tilmeldt"),
    "in_line": _("Står allerede i køen"),
    "already_invited": _("Er allerede inviteret"),
    "in_outbox": _("Har allerede en invitation liggende i udbakken"),
    "declined": _("Har sagt nej tak til mødet"),
    "left": _("Har meldt fra til mødet"),
    "bounced": _("Den sidste invitation kom ikke frem"),
    "no_mails": _("Har bedt om ikke at få mails fra os"),
    "closed_account": _("Kontoen er lukket"),
}
LANGUAGES: tuple[Language, ...] = get_args(Language)


class ListInput(BaseModel):
    """A list as it was pasted. Its length is looked at where it is read."""

    people: str = ""
    language: Language = "da"


class ChosenInput(ListInput):
    """The list that was read, what was typed to mend it, and what was chosen: `skip` by address, `languages`
    as »address language«."""

    fixes: str = ""
    skip: Annotated[list[Line], Field(max_length=MOST_AT_ONCE)] = []
    languages: Annotated[list[Line], Field(max_length=MOST_AT_ONCE)] = []


@dataclass
class InvitationsPage(Page):
    """`blocked`: why nobody can be invited, or empty. `filters`: word, state and number of each."""

    template: ClassVar[str] = "planning/invitations.html"
    meeting: MeetingView
    form: Form
    blocked: str
    counts: Mapping[State, int]
    filters: list[tuple[str, State, int]]
    chosen: str
    rows: list[InvitationLine]
    page: int
    pages: int
    href: str
    kept_days: int
    largest_file: int


@dataclass
class CheckPage(Page):
    """`left_out`: those who are not invited, by why. `is_mended`: something wrong was put right."""

    template: ClassVar[str] = "planning/invitation_check.html"
    meeting: MeetingView
    form: Form
    people: str
    checked: Checked
    left_out: Mapping[LeftOut, list[str]]
    mistakes: tuple[Mistake, ...]
    languages: tuple[Language, ...]
    has_menus: bool
    is_mended: bool


@dataclass
class InvitationPage(Page):
    """`closed`: why one cannot sign up, or empty. `masked`: part of the address that was written to."""

    template: ClassVar[str] = "invitations/show.html"
    meeting: MeetingView
    invitation: LinkedInvitation
    path: str
    masked: str
    booking: Booking
    closed: str
    is_off: bool
    has_no_mails: bool


# --- staff: the list


@router.get(INVITATIONS, dependencies=[only(may_invite)])
def show_invitations(visit: AVisit, key: str) -> Response:
    """All who were asked, and how it stands with each; ?svar= shows those in one state."""
    return visit.page(_list_page(visit, open_meeting(visit, key), visit.blank(language="da")))


def _list_page(visit: Visit, meeting: MeetingView, form: Form) -> InvitationsPage:
    counts = count_states(visit.session, meeting.id)
    state = chosen(visit, "svar", STATE_WORDS)
    word = next((word for word, code in STATE_WORDS.items() if code == state), "")
    pages = count_pages(counts.get(state, 0) if state else sum(counts.values()), PER_PAGE)
    page = page_number(visit, pages)
    blocked = why_not_invite(meeting, today())
    return InvitationsPage(
        meeting=meeting,
        form=form,
        blocked=visit.say(blocked) if blocked else "",
        counts=counts,
        filters=[(word, code, counts[code]) for word, code in STATE_WORDS.items() if counts.get(code)],
        chosen=word,
        rows=list_invitations(visit.session, meeting.id, state, page) if counts else [],
        page=page,
        pages=pages,
        href=address_of_page(_path(meeting), svar=word),
        kept_days=periods_in_force().invitations,
        largest_file=LARGEST_FILE,
    )


@router.post(INVITATIONS + "/paamind", dependencies=[only(may_invite)])
def remind(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    try:
        batch = service.remind(visit.session, visit.actor, meeting.id)
    except Refused as refusal:
        form.refuse("form", refusal.code)
        return visit.page(_list_page(visit, meeting, form), 409)
    return visit.done(form, f"/udbakke/{batch.id}", "invitations_wait")


@router.post(INVITATIONS + "/{invitation_id:int}/traek-tilbage", dependencies=[only(may_invite)])
def withdraw(visit: AVisit, key: str, invitation_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    service.withdraw(visit.session, visit.actor, meeting.id, min(invitation_id, LARGEST_ID))
    return visit.done(form, _path(meeting), "invitation_withdrawn")


def _path(meeting: MeetingView) -> str:
    return f"/moeder/{meeting.key}/invitationer"


# --- staff: a list is read, checked and laid in the outbox


@router.get(INVITATIONS + "/tjek", dependencies=[only(may_invite)])
def begin_again(visit: AVisit, key: str) -> Response:
    """The check stands on what was sent to it, so an address that is only opened leads to where it begins."""
    return visit.go(_path(open_meeting(visit, key)))


@router.post(INVITATIONS + "/tjek", dependencies=[only(may_invite)])
def check(visit: AVisit, key: str, form: SentForm) -> Response:
    """What would happen with everybody on the list. Nothing is kept and nothing is sent."""
    meeting = open_meeting(visit, key)
    given = form.read(ChosenInput)
    try:
        found = _read_everything(form, given) if given is not None else None
    except Refused as refusal:
        form.refuse("file" if "file" in form.files else "people", refusal.code, **refusal.values)
        found = None
    if given is None or found is None:
        return visit.page(_list_page(visit, meeting, form), 422)
    return visit.page(_check_page(visit, meeting, given, found, is_mended=bool(given.fixes)))


@router.post(INVITATIONS, dependencies=[only(may_invite)])
def invite(visit: AVisit, key: str, form: SentForm) -> Response:
    """Lay the invitations in the outbox. What was mended and not read yet is shown first."""
    meeting = open_meeting(visit, key)
    given = form.read(ChosenInput)
    if given is None:
        return visit.page(_list_page(visit, meeting, form), 422)
    try:
        found = _read_everything(form, given)
        is_mended = bool(read_list(given.fixes).people)
    except Refused as refusal:
        form.refuse("people", refusal.code, **refusal.values)
        return visit.page(_list_page(visit, meeting, form), 422)
    if is_mended:
        return visit.page(_check_page(visit, meeting, given, found, is_mended=True))
    if before := visit.done_before(form):
        return before
    try:
        people = _choose(found.people, given)
        batch = service.invite(visit.session, visit.actor, meeting.id, people, given.language)
    except Refused as refusal:
        page = _check_page(visit, meeting, given, found)
        page.form.refuse("form", refusal.code)
        return visit.page(page, 409)
    return visit.done(form, f"/udbakke/{batch.id}", "invitations_wait")


def _read_everything(form: Form, given: ChosenInput) -> ReadList:
    """The list out of every field that can hold one. Refused: nobody_given, and as for reading."""
    texts = [given.people, given.fixes]
    if file := form.files.get("file"):
        texts.append(decode(file.file.read(LARGEST_FILE + 1)))
    parts = [read_list(text) for text in texts if text.strip()]
    people = tuple(one for part in parts for one in part.people)
    mistakes = tuple(one for part in parts for one in part.mistakes)
    if not people and not mistakes:
        raise Refused("nobody_given")
    if len(people) > MOST_AT_ONCE:
        raise Refused("too_many_people", most=MOST_AT_ONCE, found=len(people))
    return ReadList(people, mistakes)


def _choose(people: tuple[Invitee, ...], given: ChosenInput) -> list[Invitee]:
    """Those who are not left out, each in the language chosen for them."""
    left_out = set(given.skip)
    languages = _chosen_languages(given)
    return [
        replace(one, language=languages.get(one.email, one.language))
        for one in people
        if one.email not in left_out
    ]


def _chosen_languages(given: ChosenInput) -> dict[str, Language]:
    pairs = (value.rpartition(" ") for value in given.languages)
    known = {language: language for language in LANGUAGES}
    return {email: known[language] for email, _, language in pairs if language in known}


def _check_page(
    visit: Visit, meeting: MeetingView, given: ChosenInput, found: ReadList, *, is_mended: bool = False
) -> CheckPage:
    languages = _chosen_languages(given)
    people = [replace(one, language=languages.get(one.email, one.language)) for one in found.people]
    checked = check_list(visit.session, meeting.id, people, given.language)
    left_out: dict[LeftOut, list[str]] = {}
    for one in checked.omissions:
        left_out.setdefault(one.why, []).append(f"{one.name} <{one.email}>" if one.name else one.email)
    return CheckPage(
        meeting=meeting,
        form=visit.blank(
            language=given.language,
            skip=given.skip,
            fixes="\n".join(mistake.text for mistake in found.mistakes),
        ),
        people=write_list(people),
        checked=checked,
        left_out=left_out,
        mistakes=found.mistakes,
        languages=LANGUAGES,
        has_menus=len(checked.new) <= MOST_MENUS,
        is_mended=is_mended,
    )


# --- whoever holds the link


def _open_link(visit: Visit, invitation_id: int, sealed: str) -> tuple[LinkedInvitation, str]:
    """The invitation and the address of its page. Raises NotFound for a link that works no more."""
    invitation = find_linked(visit.session, min(invitation_id, LARGEST_ID), sealed)
    if invitation is None:
        raise NotFound
    return invitation, f"/invitation/{invitation.id}/{sealed}"


@router.get(LINK, dependencies=[anyone])
def show_invitation(visit: AVisit, invitation_id: int, sealed: str) -> Response:
    """The meeting with the ways to answer. Opening the page changes nothing: scanners of mail open links."""
    invitation, path = _open_link(visit, invitation_id, sealed)
    meeting = open_meeting(visit, invitation.meeting_key)
    booking = get_booking(visit.session, visit.actor, meeting)
    page = InvitationPage(
        meeting=meeting,
        invitation=invitation,
        path=path,
        masked=mask_address(invitation.email),
        booking=booking,
        closed=visit.say(booking.closed) if booking.closed else "",
        is_off=why_not_invite(meeting, today()) is not None,
        has_no_mails=bool(find_opted_out(visit.session, [invitation.email])),
    )
    return hide(visit.page(page))


@router.get(LINK + "/tilmeld", dependencies=[anyone])
def sign_up(visit: AVisit, invitation_id: int, sealed: str) -> Response:
    """On to the sign-up; who is not signed in gets the page for that, with the address filled in."""
    invitation = _open_link(visit, invitation_id, sealed)[0]
    target = f"/moeder/{invitation.meeting_key}/tilmeld"
    if visit.actor.is_signed_in:
        return hide(visit.go(target))
    return hide(visit.page(start_page(visit, visit.blank(email=invitation.email, videre=target))))


@router.post(LINK + "/nej", dependencies=[anyone])
def decline(visit: AVisit, invitation_id: int, sealed: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    invitation, path = _open_link(visit, invitation_id, sealed)
    service.decline(visit.session, visit.actor, invitation.id, sealed)
    return hide(visit.done(form, path, "declined"))


@router.post(LINK + "/fortryd", dependencies=[anyone])
def undo_decline(visit: AVisit, invitation_id: int, sealed: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    invitation, path = _open_link(visit, invitation_id, sealed)
    service.undo_decline(visit.session, visit.actor, invitation.id, sealed)
    return hide(visit.done(form, path, "decline_undone"))


@router.post(LINK + "/mails", dependencies=[anyone])
def choose_mails(visit: AVisit, invitation_id: int, sealed: str, form: SentForm) -> Response:
    """No more mails of the kinds that can be turned off, or (`fortryd`) as before."""
    if before := visit.done_before(form):
        return before
    invitation, path = _open_link(visit, invitation_id, sealed)
    if form.value("fortryd"):
        opt_in(visit.session, invitation.email)
        return hide(visit.done(form, path, "mails_again"))
    opt_out(visit.session, invitation.email)
    return hide(visit.done(form, path, "no_more_mails"))

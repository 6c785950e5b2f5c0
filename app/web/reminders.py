"""Staff's button that lays a reminder with the programme of the day in the outbox."""

from fastapi.responses import Response

from app.core.policy import Refused
from app.domain.registrations.policy import may_manage
from app.domain.registrations.reminding import prepare_reminder
from app.http.doors import Router
from app.http.forms import SentForm
from app.http.sentences import add_sentences
from app.http.visit import AVisit, only
from app.web.meetings import open_meeting

router = Router()


def _(text: str) -> str:
    return text


add_sentences(
    {
        "notice_reminder_prepared": _("Påmindelsen ligger klar. Læs den igennem, før du sender den."),
        "notice_nobody_to_remind": _("Ingen har en plads endnu, så der er ingen at minde om mødet."),
        "notice_nothing_to_remind_of": _(
            "Mødet er holdt, aflyst eller ikke udgivet, så der er intet at minde om."
        ),
    }
)
_NOTICES = {"nobody_to_remind": "nobody_to_remind", "signup_past": "nothing_to_remind_of"}


@router.post("/moeder/{key}/rediger/tilmeldinger/paamindelse", dependencies=[only(may_manage)])
def prepare(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    try:
        batch_id = prepare_reminder(visit.session, visit.actor, meeting.id)
    except Refused as refusal:
        return visit.done(form, f"/moeder/{meeting.key}/rediger/tilmeldinger", _NOTICES[refusal.code])
    return visit.done(form, f"/udbakke/{batch_id}", "reminder_prepared")

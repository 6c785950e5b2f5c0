"""What is asked of whoever sends something: the rules of the dialogue, and not too much at a time."""

from math import ceil

from fastapi.responses import Response

from app.core.policy import Refused
from app.domain.users.consents import current_version, give_consent, has_consented
from app.http.forms import Form
from app.http.limits import TooMany
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import Visit
from app.identity.sending import count_sent


def _(text: str) -> str:
    """Marks a sentence for translation; it is translated when it is shown."""
    return text


add_sentences(
    {
        "rules_first": _("Sæt kryds ved, at du følger dialogens regler."),
        "sent_too_often": _(
            "Der er sendt så meget på kort tid, at vi holder en pause. Prøv igen om {minutes} minutter. "
            "Din tekst står her endnu."
        ),
        "sent_before": _("Den tekst er sendt inden for det seneste døgn. Den har nummer {reference}."),
    }
)


# --- the rules of the dialogue, agreed to in the form in which one first says something


def find_rules(visit: Visit) -> int | None:
    """The version of the rules that the visitor has still to agree to; None where that is done."""
    user_id = visit.actor.user_id
    if user_id is None or has_consented(visit.session, user_id, "dialogue_rules"):
        return None
    return current_version("dialogue_rules")


def take_rules(visit: Visit, form: Form, version: int | None) -> None:
    """Note that the sender agrees to the rules, or put a sentence at the box where that is still missing.

    `version`: as `find_rules` gave it. Only what stood in the form is agreed to: a newer one is asked anew.
    """
    if version is None:
        return
    if form.value("rules") == str(version):
        give_consent(visit.session, visit.actor, "dialogue_rules")
    else:
        form.typed.pop("rules", None)
        form.refuse("rules", "rules_first")


# --- not too much at a time


def count_sending(visit: Visit) -> None:
    """Count one wish or idea. Raises TooMany. What is refused later is not counted: nothing of it is kept."""
    count_sent(visit.session, visit.actor)


def show_brake(visit: Visit, page: Page, stop: TooMany) -> Response:
    """The form's page with everything typed in it, and when it may be sent again."""
    response = visit.page(page, 429)
    response.headers["Retry-After"] = str(stop.retry_after)
    return response


def refuse_for_now(form: Form, stop: TooMany) -> None:
    form.refuse("form", "sent_too_often", minutes=ceil(stop.retry_after / 60))


def take_repetition(form: Form, refusal: Refused) -> str | None:
    """Put the refusal of a text that was sent before into the form; the number of the first, to link to."""
    if refusal.code != "sent_before":
        return None
    form.refuse("form", refusal.code, **refusal.values)
    return str(refusal.values["reference"])

"""What tonight's forgetting would do, and what the last nights did; for admins. Nothing is done from here."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.http.doors import Router
from app.http.pages import Page
from app.http.visit import AVisit, only
from app.privacy.nights import RunView, forecast_all, list_runs
from app.privacy.periods import periods_in_force
from app.privacy.policy import may_see_retention
from app.privacy.retention import Forecast
from app.web.labels import LABELS

router = Router()


def _(text: str) -> str:
    return text


LABELS["retention"] = {
    "needs": _("Mad og adgangsforhold"),
    "bin": _("Papirkurven"),
    "decks": _("Oplæg, der er taget ned"),
    "codes": _("Koder på mail"),
    "challenges": _("Forsøg med adgangsnøgle"),
    "flows": _("Login på vej hos en udbyder"),
    "proofs": _("Beviser for mailadresser"),
    "spent_tokens": _("Brugte beskeder om log ud hos en udbyder"),
    "sessions": _("Sessioner"),
    "keys": _("API-nøgler, der er udløbet eller trukket tilbage"),
    "identities": _("Login hos en udbyder uden konto"),
    "copies": _("Kopier af egne data"),
    "mails": _("Mails"),
    "letters": _("Breve fra udbakken"),
    "forms": _("Formularer, der er sendt"),
    "counts": _("Tællere mod misbrug"),
    "consents": _("Samtykker, der er trukket tilbage"),
    "registrations": _("Tilmeldinger"),
    "invitations": _("Invitationer"),
    "attendees": _("Hvem der var til stede på møder"),
    "room_words": _("Hvem der skrev hvad i lokalet"),
    "minutes_comments": _("Navne ved bemærkninger til referater"),
    "evaluation_remarks": _("Det, deltagere skrev til arrangørerne i evalueringer"),
    "speakers": _("Oplægsholderes mailadresser"),
    "speaker_words": _("Det, oplægsholdere selv skrev til programmet"),
    "speaker_consents": _("Oplægsholderes samtykker, der er trukket tilbage"),
    "reports": _("Ordene i anmeldelser"),
    "objections": _("Ordene i svar på afgørelser"),
    "accounts_warned": _("Konti, der advares, fordi de ikke bruges"),
    "accounts": _("Konti, der ikke bruges"),
    "log": _("Revisionslog"),
    "log_addresses": _("Adresser i revisionsloggen"),
}


@dataclass
class RetentionPage(Page):
    template: ClassVar[str] = "duties/retention.html"
    forecasts: list[Forecast]
    runs: list[RunView]


@router.get("/administration/opbevaring", dependencies=[only(may_see_retention)])
def show_retention(visit: AVisit) -> Response:
    forecasts = forecast_all(visit.session, periods_in_force())
    return visit.page(RetentionPage(forecasts=forecasts, runs=list_runs(visit.session)))

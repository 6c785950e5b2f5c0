"""Sentences of hearings on access, and of the organisers' own fields: what was refused, and what was done."""

from typing import Final

from app.core.policy import Refused
from app.http.forms import Form
from app.http.sentences import add_sentences


def _(text: str) -> str:
    return text


add_sentences(
    {
        # A request for access.
        "date_in_future": _("Dagen ligger ude i fremtiden. Vælg i dag eller en dag, der er gået."),
        "date_past": _("Vælg en dag efter i dag, så der er tid til at svare."),
        "hearing_no_idea": _("Skriv idéens nummer, for eksempel ID-0012."),
        "not_sent": _(
            "Idéen er en kladde og ikke sendt til nogen myndighed, så der er intet at få aktindsigt i."
        ),
        "nothing_confidential": _("Idéen har ingen fortrolige dele. Alle kan allerede læse det hele."),
        "hearing_ended": _("Høringen er slut, så her kan ikke ændres mere."),
        "hearing_runs": _(
            "Ejeren har til {hear_by} til at svare og har ikke svaret på alle dele endnu. Afgør det derefter."
        ),
        "not_later": _("Vælg en dag, der ligger senere end den, ejeren har fået."),
        "unknown_part": _("Den del er ikke med i høringen."),
        "parts_missing": _("Der er dele, der ikke er afgjort. Afgør hver enkelt."),
        "hearing_choose": _("Vælg, om delen udleveres eller holdes tilbage."),
        "hearing_why": _("Skriv begrundelsen. Den skal kunne stå i afgørelsen."),
        "notice_hearing_opened": _(
            "Høringen er begyndt, og ejeren har fået besked. Hvem der spurgte, står ikke i den."
        ),
        "notice_hearing_moved": _("Ejeren har fået længere tid og besked om det."),
        "notice_hearing_decided": _("Det er afgjort, og ejeren har fået besked. Udgaven kan hentes her."),
        "notice_hearing_withdrawn": _("Anmodningen er lukket, og ejeren har fået besked."),
        # The organisers' own fields.
        "too_many_fields": _("Der er plads til {most} felter. Tag et andet af først."),
        "kind_answered": _(
            "Der er svaret på feltet, så dets slags kan ikke ændres. Tag det af, og lav et nyt."
        ),
        "options_missing": _("Skriv mindst to forskellige muligheder, én på hver linje."),
        "notice_idea_field_saved": _("Feltet er gemt og står i formularen fra nu af."),
        "notice_idea_field_gone": _("Feltet er taget af formularen. Det, der er svaret, bliver stående."),
        "notice_idea_field_back": _("Feltet står i formularen igen."),
        "notice_idea_field_moved": _("Rækkefølgen er gemt."),
    }
)

_FIELDS: Final = {
    "date_past": "hear_by",
    "not_later": "hear_by",
    "not_sent": "reference",
    "nothing_confidential": "reference",
    "kind_answered": "kind",
}
# What somebody else did first.
_OVERTAKEN: Final = frozenset({"stale", "hearing_ended"})


def take_refusal(form: Form, refusal: Refused) -> int:
    """Put a refusal at the field that it is about; the status of the page that shows it."""
    form.refuse(_FIELDS.get(refusal.code, "form"), refusal.code, **refusal.values)
    return 409 if refusal.code in _OVERTAKEN else 422

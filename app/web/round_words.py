"""What is said of rounds of priorities: refusals, receipts, and where a refusal stands."""

from typing import Final

from app.core.policy import Refused
from app.http.forms import Form
from app.http.sentences import SENTENCES, add_sentences


def _(text: str) -> str:
    return text


add_sentences(
    {
        # Of the models themselves, by pydantic's name for what is wrong.
        "past_day": _("Dagen har været. Skriv en dag, der kommer."),
        "points_of_method": _("Skriv, hvor mange point hver skal fordele, når der prioriteres med point."),
        "round_unknown_round": _("Den forrige runde skal være udgivet og høre til samme sted."),
        "round_unknown_need": _(
            "Et af behovene kan ikke være med: det er taget tilbage, i gang eller ikke åbent for alle dem,"
            " der må se runden. Vælg igen."
        ),
        "round_opened": _("Runden er åbnet, så behov og kriterier står fast."),
        "round_not_open": _("Runden er ikke åben."),
        "round_too_few_needs": _("Vælg mindst to behov, før runden åbnes."),
        "round_without_deciders": _("Vælg mindst én, der skal prioritere."),
        "round_without_votes": _("Ingen har afleveret endnu, så der er ikke noget at tælle op."),
        "round_still_open": _("{count} har ikke afleveret. Vent på dem, eller til fristen er gået."),
        "round_not_closed": _("Runden skal tælles op, før den kan udgives."),
        "round_published": _("Resultatet er allerede udgivet."),
        "round_cancelled": _("Runden er allerede aflyst."),
        "round_decider_handed_in": _("Der er allerede afleveret. Tag det tilbage, før det ændres."),
        "round_decider_twice": _("Personen er allerede med."),
        "round_decider_sees_too_little": _(
            "Et af behovene er kun for kommuner, og en af dem, der skal prioritere, er ikke fra en kommune."
        ),
        "round_unknown_vote": _("Behovene er ændret. Genindlæs siden, og prøv igen."),
        "round_votes_missing": _("{criterion}: alle behov skal have en plads, eller pointene skal deles ud."),
        "round_votes_not_in_order": _("{criterion}: brug hver plads én gang, fra 1 og uden huller."),
        "round_votes_not_handed_in": _("Der er ikke afleveret noget."),
        "round_points_left": _("{criterion}: du mangler at fordele {count} point."),
        "round_points_over": _("{criterion}: du har fordelt {count} point for meget."),
        "round_other_owner": _("En runde kan ikke flyttes til andre. Lav en ny i stedet."),
        "round_unknown_network": _("Du handler ikke for det netværk."),
        "round_not_of_house": _("En af dem, der skal prioritere, er ikke længere med. Vælg igen."),
        "round_stale": _("Runden er ændret i mellemtiden. Det, du skrev, står her endnu: gem igen."),
        "round_without_criteria": _("Skriv mindst ét kriterium."),
        "notice_round_made": _("Runden er gemt. Kun I, der holder den, kan se den, til den åbnes."),
        "notice_round_saved": _("Runden er gemt."),
        "notice_round_opened": _("Runden er åben. De, der skal prioritere, har fået en mail."),
        "notice_round_closed": _("Stemmerne er talt op. Skriv, hvorfor rækkefølgen er sådan, og udgiv den."),
        "notice_round_published": _("Rækkefølgen er udgivet med begrundelsen."),
        "notice_round_cancelled": _("Runden er aflyst."),
        "notice_round_replaced": _("Der er skiftet ud i dem, der prioriterer."),
        "notice_round_kept": _("Gemt. Kun du kan se det. Det tæller først, når du afleverer."),
        "notice_round_handed_in": _("Tak. Du har afleveret. Du kan tage det tilbage, til runden er talt op."),
        "notice_round_taken_back": _("Du kan ændre det igen. Husk at aflevere."),
    }
)

# The field of a form at which a refusal stands; the others stand at its top.
REFUSED_AT: Final = {
    "unknown_need": "need_ids",
    "round_too_few_needs": "need_ids",
    "not_of_house": "decider_ids",
    "round_without_deciders": "decider_ids",
    "decider_sees_too_little": "decider_ids",
    "unknown_round": "follows_id",
    "unknown_network": "network_id",
}


def take_refusal(form: Form, refusal: Refused, at: str | None = None) -> None:
    """The sentence of a refusal, at the field that it is about, or `at` another. Each has a name of ours, as
    codes of the room are words that other rooms may use as well."""
    named = refusal.code if refusal.code.startswith("round_") else f"round_{refusal.code}"
    code = named if named in SENTENCES else refusal.code
    form.refuse(at or REFUSED_AT.get(refusal.code, "form"), code, **refusal.values)

"""Sentences of ideas: what was refused in writing, signing along and attaching, and what was done."""

from collections.abc import Mapping
from typing import Final

from app.core.policy import Refused
from app.http.forms import Form
from app.http.sentences import add_sentences


def _(text: str) -> str:
    return text


add_sentences(
    {
        # The form.
        "cost_order": _("Spændet slutter, før det begynder. Skriv det mindste beløb først."),
        "decimal_parsing": _("Skriv et tal, for eksempel 12,5 eller 1.250.000."),
        "extra_unknown": _("Et af sekretariatets spørgsmål er taget af, siden du åbnede siden. Send igen."),
        "extra_choice": _("Vælg en af mulighederne."),
        "extra_number": _("Skriv et tal, for eksempel 12,5 eller 1.250.000."),
        "extra_required": _("Sekretariatet beder om et svar her, åbent eller fortroligt."),
        # What is being typed.
        "typed_gone": _("Formularen er sendt eller smidt væk i et andet vindue, så her gemmes ikke mere."),
        "typed_elsewhere": _(
            "Der er skrevet videre i et andet vindue, så det her er ikke gemt. Kopiér din tekst, "
            "og genindlæs siden."
        ),
        "typed_too_much": _("Et af felterne er så langt, at det ikke kan gemmes. Gør det kortere."),
        "typed_saved": _("Gemt kl. {time}. Kun du kan se det."),
        "too_many_typed": _(
            "Du er i gang med {most} idéer. Send eller smid nogle af dem væk, før du begynder på en ny."
        ),
        "notice_idea_thrown_away": _("Det, du var ved at skrive, er smidt væk."),
        # Signing along.
        "unknown_signer": _(
            "Den organisation kan ikke spørges. Vælg en anden, der er bekræftet, og som ikke er jeres egen."
        ),
        "signer_asked": _("Den organisation er spurgt allerede."),
        "too_many_signers": _("Der er plads til {most} medunderskrivere."),
        "notice_signer_asked": _("Spurgt. Organisationens bekræftede medlemmer kan svare nu."),
        "notice_signer_gone": _("Taget af. Organisationen kan ikke længere læse den fortrolige del."),
        "notice_signing_yes": _("Tak. Jeres organisation står nu med bag idéen."),
        "notice_signing_no": _("Svaret er noteret. Jeres organisation står ikke med bag idéen."),
        # Files.
        "too_many_files": _("Der er plads til {most} bilag. Fjern et, før du lægger et nyt ved."),
        "file_in_hearing": _(
            "Nogen har bedt om aktindsigt i bilaget. Det kan ikke fjernes, mens det bliver afgjort, "
            "eller når det er afgjort, at det udleveres."
        ),
        "notice_idea_attached": _("Bilaget er lagt ved."),
        "notice_idea_detached": _("Bilaget er fjernet. Der står kun, at det har ligget her."),
        # A hearing.
        "hearing_over": _(
            "Fristen er gået, så sekretariatet afgør det nu. Ring, hvis noget vigtigt mangler."
        ),
        "hearing_say": _("Vælg for mindst én del, om den skal holdes tilbage."),
        "hearing_reason": _("Skriv, hvorfor delen skal holdes tilbage. Uden grund kan det ikke vægtes."),
        "notice_hearing_said": _("Tak. Sekretariatet har jeres svar. Det kan ændres, til fristen er gået."),
        # Resting.
        "not_out": _("Det kan først siges om en idé, der er sendt og åben for alle."),
        "rests": _("Idéen hviler allerede."),
        "notice_idea_confirmed": _("Tak. Idéen gælder stadig, og det står der nu."),
        "notice_idea_rested": _("Idéen hviler. I kan vække den, når I vil."),
    }
)

_FIELDS: Final[Mapping[str, str]] = {
    "unknown_theme": "theme_ids",
    "extra_choice": "field_{field_id}",
    "extra_number": "field_{field_id}",
    "extra_required": "field_{field_id}",
    "reason_missing": "reason_field_{field_id}",
}


def refuse_idea(form: Form, refusal: Refused) -> None:
    """Put a refusal at the field of the idea's form that it is about."""
    field = _FIELDS.get(refusal.code, "form").format_map({"field_id": refusal.values.get("field_id")})
    form.refuse(field, refusal.code, **refusal.values)

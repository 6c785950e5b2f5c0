"""Sentences for people, by code: what is wrong with a field, and why something was refused."""

from app.core import i18n


def _(text: str) -> str:
    """Marks a sentence for translation; it is translated when it is shown."""
    return text


SENTENCES: dict[str, str] = {
    "missing": _("Udfyld feltet."),
    "string_too_short": _("Udfyld feltet."),
    "string_too_long": _("Teksten er for lang. Der er plads til {max_length} tegn."),
    "string_pattern_mismatch": _("Feltet er ikke skrevet på den rigtige måde."),
    "string_type": _("Skriv en tekst."),
    "unstorable_text": _("Teksten indeholder et tegn, som ikke kan gemmes. Fjern det, og prøv igen."),
    "cpr_number": _("Teksten ligner et CPR-nummer. Skriv aldrig CPR-numre her."),
    "int_parsing": _("Skriv et helt tal."),
    "int_type": _("Skriv et helt tal."),
    "greater_than_equal": _("Tallet skal være mindst {ge}."),
    "less_than_equal": _("Tallet må højst være {le}."),
    "date_from_datetime_parsing": _("Skriv datoen som år-måned-dag, for eksempel 2027-03-18."),
    "date_parsing": _("Skriv datoen som år-måned-dag, for eksempel 2027-03-18."),
    "date_type": _("Skriv datoen som år-måned-dag, for eksempel 2027-03-18."),
    "time_parsing": _("Skriv klokkeslættet som 13:30."),
    "literal_error": _("Vælg en af mulighederne."),
    "enum": _("Vælg en af mulighederne."),
    "list_type": _("Vælg mindst én."),
    "too_short": _("Vælg mindst én."),
    "too_long": _("Der er valgt for mange."),
    "bool_parsing": _("Sæt kryds, eller lad være."),
    "email": _("Skriv en mailadresse, for eksempel navn@kommune.dk."),
    "url": _("Skriv en adresse, der begynder med https://."),
    "cvr": _("CVR-nummeret består ikke kontrollen. Det har otte cifre."),
    "value_error": _("Feltet er ikke udfyldt rigtigt."),
    "stale": _(
        "Siden er ændret af en anden, siden du åbnede den. Din tekst står her endnu: sammenlign, og gem igen."
    ),
    "too_many": _("Prøv igen om {minutes} min."),
    "no_key": _("Formularen er ikke fuldstændig. Genindlæs siden, og send igen."),
    "not_allowed": _("Det har du ikke adgang til at gøre."),
    "not_found": _("Det findes ikke, eller du har ikke adgang til det."),
}

# These fit a field of any name, and so do not say which one they stand at.
_OF_THE_FORM = ("stale", "too_many", "no_key", "not_allowed", "not_found")
_OF_ANY_FIELD = frozenset(text for code, text in SENTENCES.items() if code not in (*_OF_THE_FORM, "cvr"))


def add_sentences(sentences: dict[str, str]) -> None:
    """Let a door add the sentences of its subject. A code has one sentence, whichever door came first."""
    taken = {code for code, text in sentences.items() if SENTENCES.get(code, text) != text}
    if taken:
        raise ValueError(f"codes that have another sentence already: {', '.join(sorted(taken))}")
    SENTENCES.update(sentences)


def sentence(language: str, code: str, **values: object) -> str:
    """The sentence in the reader's language; an unknown code gives the general one."""
    text = SENTENCES.get(code) or SENTENCES["value_error"]
    return i18n.catalogue(language).gettext(text).format_map(_Known(values))


def fits_any_field(code: str) -> bool:
    """Whether the sentence of a code says what is wrong without saying where."""
    return (SENTENCES.get(code) or SENTENCES["value_error"]) in _OF_ANY_FIELD


class _Known(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return ""

"""Sentences of equal treatment and of tenders: what was refused and why, and what was done."""

from typing import Final

from app.core.policy import Refused
from app.http.forms import Form
from app.http.sentences import SENTENCES, add_sentences


def _(text: str) -> str:
    return text


add_sentences(
    {
        # What is noted.
        "ledger_happened_later": _("Dagen er ikke kommet endnu. Notér mødet, når det er holdt."),
        "ledger_unknown_organisation": _("En af organisationerne findes ikke længere. Vælg en anden."),
        "ledger_unknown_name": _(
            "Vi kender ingen organisation, der hedder »{word}«. "
            "Skriv navnet, som det står på listen, eller CVR."
        ),
        "ledger_met_organiser": _(
            "Arrangørerne er dem, der noterer. Skriv dem, I mødte, og jer selv under »Hvem fra jer?«."
        ),
        "ledger_unknown_staff": _("Vælg kolleger, der er eller har været i sekretariatet."),
        "ledger_unknown_tender": _("Udbuddet findes ikke længere. Vælg et andet."),
        "ledger_unknown_meeting": _("Mødet findes ikke længere. Vælg et andet."),
        "ledger_unknown_contribution": _("Der er intet bidrag med det nummer. Skriv det som OE-0142."),
        "ledger_unknown_deck": _("Der er intet oplæg med det nummer. Det står i oplæggets adresse."),
        "ledger_no_organisation": _("Skriv mindst én, som I mødte."),
        "handout_empty": _("Skriv, hvad der blev udleveret, vælg en fil, eller skriv oplæggets nummer."),
        "ledger_handout_title": _("Giv det udleverede en titel."),
        "ledger_choose_again": _("Vælg filen igen: browseren husker den ikke, når noget andet skal rettes."),
        "ledger_nothing_changed": _("Der er ikke ændret noget, så der er ikke noget at rette."),
        # Corrections that are asked for.
        "ledger_asked_before": _(
            "I har allerede bedt om en rettelse her. Svaret kommer senest den dag, der står."
        ),
        "ledger_request_answered": _(
            "En kollega har besvaret anmodningen. Siden viser, hvordan den står nu."
        ),
        # Gaps.
        "ledger_no_gap": _(
            "Det står ikke længere på listen over huller: en anden har lukket det, eller det er åbent."
        ),
        "ledger_address_missing": _(
            "Skriv adressen, hvor alle kan læse det. Kun tekster og filer kan udgives direkte her."
        ),
        "ledger_published_later": _("Dagen er ikke kommet endnu. Vælg den dag, alle fik det."),
        "ledger_gap_open": _("Det er allerede åbnet igen og står på listen over huller."),
        # Tenders.
        "notice_address": _(
            "Adressen passer ikke til slagsen. Den skal begynde med https:// og ligge på TED, udbud.dk "
            "eller SKI, alt efter hvad du har valgt; vælg »Andet«, hvis den ligger et andet sted."
        ),
        "tender_tender_not_out": _(
            "Udbuddet er ikke udgivet endnu. Udgiv det først: ellers er der ikke noget sted, "
            "alle kan læse svaret."
        ),
        "tender_tender_closed": _("Udbuddet er afsluttet, så der kan ikke stilles flere spørgsmål til det."),
        "tender_not_out": _(
            "Bidraget er ikke sendt, er trukket tilbage eller skjult, så det kan ikke knyttes."
        ),
        "tender_linked_before": _("Bidraget er allerede knyttet til et udbud."),
        "tender_shared_before": _("Svaret er delt med alle, så bidraget kan ikke løsnes igen."),
        "tender_unknown_entry": _("Mødet, som spørgsmålet kom fra, findes ikke. Vælg et andet."),
        "tender_answer_elsewhere": _("Svaret er givet på bidraget. Ret det der, så retter det sig også her."),
        "tender_answer_missing": _("Skriv svaret."),
        "tender_notice_known": _("Den adresse står der allerede."),
        "tender_names_asker": _(
            "Alle skal læse det, men det nævner den, der spurgte. Skriv det, så ingen kan se, hvem det var."
        ),
        "tender_holds_confidential": _(
            "Alle skal læse det, men det gentager noget fortroligt. Skriv det uden."
        ),
        "tender_choose": _("Vælg et udbud."),
        # What was done.
        "notice_ledger_noted": _("Mødet er noteret og forseglet. Dem, I mødte, kan læse det nu."),
        "notice_ledger_corrected": _("Rettelsen er skrevet. Det kan stadig læses, som det stod."),
        "notice_ledger_answered": _("Anmodningen er besvaret, og de får besked."),
        "notice_ledger_asked": _("Jeres anmodning er modtaget. Dagen for svaret står herunder."),
        "notice_ledger_published": _("Hullet er lukket: alle har fået det samme."),
        "notice_ledger_justified": _("Hullet er lukket med en begrundelse."),
        "notice_ledger_reopened": _("Det står på listen over huller igen."),
        "notice_ledger_exported": _("Udtrækket er lavet, nummereret og dateret. Det ændrer sig ikke mere."),
        "notice_tender_added": _("Udbuddet er gemt. Kun sekretariatet ser det, til du udgiver det."),
        "notice_tender_saved": _("Udbuddet er gemt."),
        "notice_tender_published": _("Udbuddet er udgivet. Alle kan læse det nu."),
        "notice_tender_turned": _("Udbuddets status er ændret."),
        "notice_tender_notice": _("Bekendtgørelsen er skrevet på."),
        "notice_tender_notice_gone": _("Adressen er taget af."),
        "notice_tender_question": _("Spørgsmålet og svaret er delt med alle."),
        "notice_tender_question_saved": _("Rettelsen er gemt. Det kan stadig læses, som det stod."),
        "notice_tender_linked": _("Bidraget er knyttet til udbuddet: svaret går til alle på samme tid."),
        "notice_tender_unlinked": _("Bidraget er løsnet fra udbuddet."),
    }
)

# The field that a refusal is about, where it is about one.
_FIELDS: Final = {
    "happened_later": "happened_on",
    "unknown_organisation": "organisations",
    "met_organiser": "organisations",
    "unknown_staff": "staff_ids",
    "unknown_tender": "tender_id",
    "unknown_meeting": "meeting_id",
    "unknown_contribution": "reference",
    "address_missing": "url",
    "published_later": "published_on",
    "notice_known": "url",
    "unknown_entry": "entry_id",
    "answer_missing": "answer",
    "answer_elsewhere": "answer",
    "names_asker": "question",
    "holds_confidential": "question",
}
# What somebody else did first.
OVERTAKEN: Final = frozenset(
    {"stale", "request_answered", "no_gap", "gap_open", "linked_before", "shared_before"}
)


def take_refusal(form: Form, refusal: Refused, room: str = "ledger", **fields: str) -> int:
    """Put a refusal at the field that it is about; the status of the page that shows it. `room`: whose words
    come first, ledger or tender. `fields`: {code: field} where the form calls a field otherwise."""
    code = refusal.code
    field = fields.get(code) or _FIELDS.get(code, "form")
    named = next(
        (one for one in (f"{room}_{code}", f"ledger_{code}", f"tender_{code}") if one in SENTENCES), code
    )
    form.refuse(field, named, **refusal.values)
    return 409 if code in OVERTAKEN else 422

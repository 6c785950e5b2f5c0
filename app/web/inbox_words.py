"""Sentences of the inbox, of answers and of what is gathered: what was refused and why, and what was done."""

from typing import Final

from app.core.policy import Refused
from app.http.forms import Form
from app.http.sentences import add_sentences


def _(text: str) -> str:
    return text


add_sentences(
    {
        # Who looks after what.
        "claimed": _("{who} har sagen. Tal med {who}, eller vent, til den er givet fri."),
        "not_on_staff": _("Vælg en kollega, der er i sekretariatet nu."),
        "inbox_choose_some": _("Sæt kryds ved mindst ét bidrag."),
        "inbox_choose_some_answers": _("Sæt kryds ved mindst ét svar."),
        "inbox_choose_change": _("Vælg, hvad der skal ske med dem, du har sat kryds ved."),
        # What a tender's questions are answered with goes to all of them.
        "names_asker": _(
            "Svaret er knyttet til et udbud og går til alle, men det nævner den, der spurgte ({reference})."
            " Skriv det uden navnet."
        ),
        "holds_confidential": _(
            "Svaret er knyttet til et udbud og går til alle, men det gentager noget fortroligt ({reference})."
            " Skriv det uden."
        ),
        # The question to the asker.
        "asked_already": _("Afsenderen er allerede spurgt. Tag spørgsmålet tilbage, før du stiller et nyt."),
        "not_open": _(
            "Det kan ikke besvares her: det er ikke udgivet, eller også er det lovet, i gang eller samlet."
        ),
        "nobody_to_ask": _("Ingen har sendt det selv, så der er ikke nogen at spørge."),
        "reply_by_past": _("Vælg en dag efter i dag."),
        "reply_by_too_late": _("Uret må højst stå stille i {most} dage. Vælg en tidligere dag."),
        "not_asked": _("Der er ikke noget ubesvaret spørgsmål til afsenderen."),
        "objected_before": _("I har allerede én gang skrevet, at svaret ikke svarer på det."),
        # Answers.
        "answer_begun": _("Der er allerede et svar på vej. Skriv videre på det, eller smid det væk."),
        "answer_published": _("Svaret er udgivet. Ret det i stedet, så kan alle se, hvordan det stod."),
        "answer_not_published": _("Svaret er ikke udgivet endnu. Skriv videre på det i stedet."),
        "again_by_missing": _("»Senere« skal have en dag for det endelige svar, og kun »senere«."),
        "again_by_past": _("Vælg en dag efter i dag."),
        "inbox_again_by_past_of": _(
            "Dagen for det endelige svar på {reference} er gået. Ret svaret, og vælg en dag efter i dag."
        ),
        "inbox_reason_missing": _("Skriv begrundelsen. Kun et klart ja kan stå uden."),
        "inbox_reason_missing_of": _("Svaret på {reference} mangler en begrundelse."),
        "inbox_choose_signer": _("Vælg, hvem der svarer."),
        "verdict_missing": _("Svaret havde en afgørelse. Vælg ja, delvist, nej eller senere."),
        "nothing_changed": _("Der er ikke ændret noget."),
        "template_known": _("Der er en skabelon med det navn. Find et andet."),
        # Answers that go out together.
        "batch_published": _("Svarene er allerede udgivet. Der er ikke udgivet noget igen."),
        "batch_empty": _("Der er ingen svar i udgivelsen endnu."),
        "batch_full": _("Der er plads til {most} svar i en udgivelse."),
        "not_ready": _("Gør alle svar klar først. Kladder: {count}."),
        "inbox_batch_name": _("Svar {day}"),
        # What says the same.
        "gather_few": _("Vælg mindst to, der siger det samme."),
        "gather_many": _("Der er plads til {most} under én hovedtekst."),
        "gather_kind": _("{reference} er en idé. Idéer er hver deres projekt og samles ikke."),
        "gather_state": _("{reference} er ikke udgivet eller er trukket tilbage, så den kan ikke samles."),
        "gathered_already": _("En af dem er allerede samlet med andre. Tag den ud der først."),
        "lead_gathered": _("Hovedteksten er selv samlet under en anden. Vælg den anden som hovedtekst."),
        "gathers_others": _(
            "En af dem er hovedtekst for en anden samling. To samlinger kan ikke lægges sammen: "
            "fortryd den ene, og saml så alle på én gang."
        ),
        "lead_narrower": _(
            "{reference} kan læses af flere end hovedteksten. Vælg en hovedtekst, som alle kan læse."
        ),
        "lead_answered": _("Hovedteksten er besvaret, så den bliver ved med at stå forrest."),
        "inbox_choose_lead": _("Vælg den tekst, der skal stå forrest."),
        # The rule of the clock.
        "at_least_days_too_many": _("Der kan ikke være flere dage mindst end højst."),
        # What was done.
        "notice_inbox_claimed": _("Sagen er din."),
        "notice_inbox_released": _("Sagen er givet fri."),
        "notice_inbox_handed": _("Sagen er givet videre."),
        "notice_inbox_sorted": _("Det er gjort. Du kan fortryde det øverst på siden."),
        "notice_inbox_sorted_one": _("Det er gemt. Det kan fortrydes øverst i indbakken."),
        "notice_inbox_unsorted": _("Fordelingen er fortrudt. Det, andre har ændret imens, står ved magt."),
        "notice_inbox_noted": _("Noten er gemt. Kun sekretariatet ser den."),
        "notice_inbox_note_gone": _("Noten er fjernet."),
        "notice_inbox_asked": _("Afsenderen bliver spurgt, og uret står stille til den dag."),
        "notice_inbox_ask_taken_back": _("Spørgsmålet er taget tilbage, og uret går igen."),
        "notice_inbox_draft": _("Kladden er gemt. Kun sekretariatet ser den."),
        "notice_inbox_ready": _("Svaret er klar til at blive udgivet."),
        "notice_inbox_discarded": _("Kladden er smidt væk."),
        "notice_inbox_in_batch": _("Svaret er lagt i udgivelsen."),
        "notice_inbox_out_of_batch": _("Svaret venter og kommer ikke med i udgivelsen."),
        "notice_inbox_batch_ready": _("Alle svar i udgivelsen er klar."),
        "notice_inbox_batch_gone": _("Udgivelsen er opgivet. Svarene ligger her endnu."),
        "notice_inbox_published": _("Svarene er udgivet for alle på samme tid. Besked er på vej."),
        "notice_inbox_one_published": _("Svaret er udgivet for alle. Besked er på vej."),
        "notice_inbox_corrected": _("Rettelsen er udgivet. Den gamle tekst kan stadig læses."),
        "notice_inbox_template": _("Skabelonen er gemt."),
        "notice_inbox_template_gone": _("Skabelonen er taget af listen. Svar, der begyndte med den, består."),
        "notice_inbox_rule": _("Reglen gælder for alt, der sendes fra nu af."),
        "notice_inbox_gathered": _("De er samlet, og forfatterne får besked. Det kan fortrydes herunder."),
        "notice_inbox_split": _("De er taget ud af samlingen og står, som de stod før."),
        "notice_inbox_ungathered": _("Samlingen er fortrudt. Alle står, som de stod før."),
        "notice_inbox_new_lead": _("En anden tekst står nu forrest."),
        "notice_inbox_named": _("Samlingens navn og resumé er gemt."),
    }
)

_FIELDS: Final = {
    "not_on_staff": "user_id",
    "reply_by_past": "reply_by",
    "reply_by_too_late": "reply_by",
    "again_by_past": "again_by",
    "reason_missing": "reason",
    "unknown_organisation": "organisation_ids",
    "verdict_missing": "verdict",
    "template_known": "title",
    "answer_by_past": "answer_by",
    "unknown_theme": "theme_ids",
}
# What somebody else did first, or what is in a state that the page did not show.
_OVERTAKEN: Final = frozenset(
    {
        "claimed",
        "stale",
        "asked_already",
        "answer_begun",
        "answer_published",
        "batch_published",
        "gathered_already",
        "lead_gathered",
        "gathers_others",
        "lead_answered",
        "not_asked",
        "not_open",
    }
)


def take_refusal(form: Form, refusal: Refused) -> int:
    """Put a refusal at the field that it is about; the status of the page that shows it."""
    field = _FIELDS.get(refusal.code, "form")
    code = refusal.code
    if code == "reason_missing":
        code = "inbox_reason_missing_of" if "reference" in refusal.values else "inbox_reason_missing"
    if code == "again_by_past" and "reference" in refusal.values:
        code = "inbox_again_by_past_of"
    if "reference" in refusal.values:
        field = "form"
    form.refuse(field, code, **refusal.values)
    return 409 if refusal.code in _OVERTAKEN else 422


def move_missing_day(form: Form) -> None:
    """That "later" has no day, or another verdict has one, is said at the day."""
    if "form" in form.errors:
        form.errors.setdefault("again_by", form.errors.pop("form"))

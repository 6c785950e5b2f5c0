"""What the pages of pressure tests say, and how their many small fields are read."""

from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.core.policy import Refused
from app.domain.pressure_tests.schemas import CriterionScore, ThemeAssessment
from app.http.forms import Form
from app.http.sentences import add_sentences

M = TypeVar("M", bound=BaseModel)


def _(text: str) -> str:
    """Marks a sentence for translation; it is translated when it is shown."""
    return text


REFUSALS = {
    "unknown_strategy": _("En af strategierne findes ikke længere. Vælg igen."),
    "strategy_without_themes": _("{name} har ingen temaer at trykprøve imod. Vælg en anden strategi."),
    "too_many_themes": _("Der er for mange temaer i alt. Vælg færre strategier: højst {count} temaer."),
    "two_assessors": _("Vælg to bedømmere."),
    "own_words": _("Kun en kommune kan trykprøve noget, som ikke er en idé eller et projekt her."),
    "no_criteria": _("Der er ingen kriterier at give point efter. Tag krydset af."),
    "assessor_twice": _("Vælg to forskellige, og ingen, der allerede har været bedømmer i prøvningen."),
    "assessor_unknown": _("En af bedømmerne kan ikke vælges længere. Vælg en anden."),
    "assessor_own": _("{name} står selv bag det, der skal prøves, og kan ikke bedømme det. Vælg en anden."),
    "assessor_cannot_read": _("{name} har ikke adgang til at læse idéen. Vælg en anden."),
    "unknown_theme": _("Et af temaerne er ikke med i prøvningen længere. Genindlæs siden."),
    "unknown_criterion": _("Et af kriterierne er ikke med i prøvningen. Genindlæs siden."),
    "assessment_incomplete": _(
        "Der mangler {count}, før du er færdig: hvert tema og kriterium skal have et svar og en grund."
    ),
    "test_not_settled": _("Prøvningen har ikke noget resultat endnu."),
    "test_retested": _("Der er allerede en nyere trykprøvning af det."),
    "test_done": _("Prøvningen er afsluttet eller aflyst, så der kan ikke bedømmes mere."),
    "test_settled": _("Prøvningen har fået sit resultat, så den kan ikke aflyses."),
    "test_by_one": _(
        "En prøvning, som én har lavet alene, kan ikke vises til andre. Trykprøv igen med to bedømmere."
    ),
    "test_published": _("Prøvningen er udgivet. Tag den tilbage først."),
    "assessor_finished": _("Bedømmeren er færdig, så det kan ikke ændres."),
    "already_declared": _("Du har allerede svaret på, om du er inhabil."),
    "not_declared": _("Sig først, om du har en interesse i det."),
    "conflict_without_words": _("Skriv kort, hvad din interesse i det er."),
    "nothing_to_agree": _("Bedømmerne er enige om temaet, så der er intet at drøfte."),
    "one_subject": _("Vælg, hvad der skal trykprøves: en idé, et projekt eller noget af jeres eget."),
    "criteria_full": _("Der er ikke plads til flere kriterier: højst {count}. Tag et ud først."),
    "reason_missing": _("Skriv, hvorfor prøvningen aflyses."),
}
add_sentences(
    {f"press_{code}": text for code, text in REFUSALS.items()}
    | {
        "press_no_value": _("Vælg, om det rammer."),
        "press_no_score": _("Giv point fra 1 til 5."),
        "press_no_reason": _("Skriv en linje om hvorfor."),
        "press_subject_unseen": _("Det findes ikke længere. Vælg noget andet."),
        "press_stale": _(
            "Du har gemt noget i et andet vindue i mellemtiden. Dine felter står her, som du har "
            "udfyldt dem: se dem efter, og gem igen."
        ),
        "notice_press_begun": _("Trykprøvningen er sat i gang. Bedømmerne har fået en mail."),
        "notice_press_begun_own": _("Trykprøvningen er sat i gang. Kun I kan se den."),
        "notice_press_alone": _("Her er resultatet. Kun I kan se det."),
        "notice_press_replaced": _("Den nye bedømmer har fået en mail."),
        "notice_press_free": _("Tak. Nu kan du bedømme."),
        "notice_press_conflict": _("Tak, fordi du sagde det. Der udpeges en anden i dit sted."),
        "notice_press_saved": _("Gemt. Ingen andre ser det, før alle er færdige."),
        "notice_press_finished": _("Tak. Din bedømmelse er afgivet."),
        "notice_press_result": _("Tak. Alle er færdige, og her er resultatet."),
        "notice_press_agreed": _("Det, I blev enige om, er skrevet ned. De to bedømmelser bliver stående."),
        "notice_press_published": _("Udgivet. Alle, der kan læse det, der er prøvet, kan se resultatet."),
        "notice_press_taken_back": _("Taget tilbage. Resultatet er ikke længere åbent."),
        "notice_press_opened": _("Sekretariatet kan nu se prøvningen og udgive den."),
        "notice_press_closed": _("Nu er prøvningen igen kun for jer."),
        "notice_press_cancelled": _("Prøvningen er aflyst."),
        "notice_press_criterion": _("Kriteriet er gemt. Prøvninger, der er i gang, beholder deres."),
        "notice_press_retired": _("Kriteriet er ikke med i nye prøvninger."),
        "notice_press_brought_back": _("Kriteriet er med i nye prøvninger igen."),
    }
)

# The field that a refusal belongs to.
FIELDS = {
    "unknown_strategy": "strategy_ids",
    "strategy_without_themes": "strategy_ids",
    "too_many_themes": "strategy_ids",
    "two_assessors": "assessor_ids",
    "assessor_twice": "assessor_ids",
    "assessor_unknown": "assessor_ids",
    "assessor_own": "assessor_ids",
    "assessor_cannot_read": "assessor_ids",
    "own_words": "subject",
    "one_subject": "subject",
    "no_criteria": "with_criteria",
    "conflict_without_words": "note",
    "reason_missing": "reason",
}


def take_refusal(form: Form, refusal: Refused, **fields: str) -> None:
    """Put the sentence of a refusal where it belongs; `fields` name another field for a code."""
    code = refusal.code
    field = fields.get(code) or FIELDS.get(code, "form")
    name = f"press_{code}" if code in REFUSALS else code
    form.refuse(field, name, **refusal.values)


def read_fits(form: Form, theme_ids: Iterable[int], *, whole: bool) -> list[ThemeAssessment]:
    """What was said of each theme, in the fields fit-ID and why-ID. `whole`: each needs both; what lacks has
    a sentence at its field. The other fields that are wrong have theirs."""
    read = []
    for theme_id in theme_ids:
        fit, why = f"fit-{theme_id}", f"why-{theme_id}"
        raw = {"theme_id": theme_id, "value": form.value(fit) or None, "reason": form.value(why)}
        one = _read(form, ThemeAssessment, raw, {"value": fit, "reason": why})
        if one is None:
            continue
        if whole and one.value is None:
            form.refuse(fit, "press_no_value")
        if whole and not one.reason:
            form.refuse(why, "press_no_reason")
        read.append(one)
    return read


def read_scores(form: Form, criterion_ids: Iterable[int], *, whole: bool) -> list[CriterionScore]:
    """The same of the criteria, in the fields score-ID and score-why-ID."""
    read = []
    for criterion_id in criterion_ids:
        score, why = f"score-{criterion_id}", f"score-why-{criterion_id}"
        raw = {"criterion_id": criterion_id, "score": form.value(score) or None, "reason": form.value(why)}
        one = _read(form, CriterionScore, raw, {"score": score, "reason": why})
        if one is None:
            continue
        if whole and one.score is None:
            form.refuse(score, "press_no_score")
        if whole and not one.reason:
            form.refuse(why, "press_no_reason")
        read.append(one)
    return read


def _read(form: Form, model: type[M], raw: dict[str, Any], fields: dict[str, str]) -> M | None:
    try:
        return model.model_validate(raw)
    except ValidationError as wrong:
        for error in wrong.errors(include_url=False, include_input=False):
            field = fields.get(str(error["loc"][0]), "form") if error["loc"] else "form"
            form.refuse(field, error["type"], **error.get("ctx", {}))
        return None

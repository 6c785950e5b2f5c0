"""Writing a municipality's own policy: a draft, its publishing, who writes, what its themes are part of."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from app.core.policy import Actor, NotFound, Refused, require
from app.domain.organisations.models import Organisation
from app.domain.strategies.crosswalk import ThemeLinkView, link_themes, list_links, unlink_themes
from app.domain.strategies.own_policy import (
    DraftView,
    PolicyChange,
    WriterView,
    choose_writer,
    compare_editions,
    discard_policy_draft,
    find_policy_draft,
    list_writers,
    publish_policy,
    read_policy,
    save_policy_draft,
    unchoose_writer,
)
from app.domain.strategies.policy import (
    OWN_LEVEL,
    may_choose_writers,
    may_read_own_policy,
    may_write_policy,
)
from app.domain.strategies.queries import (
    StrategyChoices,
    StrategyView,
    ThemeRef,
    find_themes,
    list_strategies,
    list_theme_choices,
    list_themes,
    walk,
)
from app.domain.strategies.schemas import PolicyDraftInput, PolicyPublishInput, ThemeLinkInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.filters import typed, whole_number
from app.web.own_policy import PLACE, find_policy_of, get_own_municipality, list_policies
from app.web.plan_pages import Difference, compare

router = Router()

# So many empty themes stand in a form that nothing has been written in.
FIRST_THEMES: Final = 3
MOST_THEMES: Final = 40
_PART = re.compile(r"theme-(\d{1,2})-(key|name|description|target_groups|markers)")
_ACT = re.compile(r"(op|ned|fjern)-(\d{1,2})")


def _(text: str) -> str:
    return text


add_sentences(
    {
        "policy_without_name": _("Politikken mangler et navn."),
        "policy_without_owner": _("Skriv, hvem der har godkendt politikken."),
        "policy_period": _("Politikken kan ikke slutte, før den begynder."),
        "policy_without_themes": _("Skriv mindst ét tema."),
        "theme_without_name": _("Et af temaerne mangler et navn."),
        "theme_named_twice": _("To temaer hedder det samme. Giv dem hver sit navn."),
        "policy_draft_stale": _(
            "En kollega har gemt kladden, siden du åbnede den."
            " Din tekst står her endnu: sammenlign, og gem igen."
        ),
        "policy_too_many_themes": _("Der er plads til 40 temaer."),
        "policy_theme_gone": _("Et af temaerne er ikke i politikken længere. Genindlæs siden."),
        "policy_choose_joint": _("Vælg et af jeres temaer og det fælles tema, som det er en del af."),
        "policy_draft_gone": _("Der er ingen kladde længere. En kollega har udgivet eller kasseret den."),
        "notice_policy_saved": _("Kladden er gemt. Kun jeres egne kan se den."),
        "notice_policy_published": _("Politikken er udgivet. Den forrige udgave kan stadig læses."),
        "notice_policy_discarded": _("Kladden er kasseret. Det, der er udgivet, er ikke rørt."),
        "notice_policy_writer": _("Nu kan kollegaen skrive politikken og jeres projekter."),
        "notice_policy_no_writer": _("Kollegaen kan ikke længere skrive politikken."),
        "notice_policy_linked": _("Temaet er knyttet til det fælles tema."),
        "notice_policy_unlinked": _("Temaet er ikke længere knyttet til det fælles tema."),
    }
)

REFUSED_AT: Final = {
    "policy_without_name": "name",
    "policy_without_owner": "owner",
    "policy_period": "period_to",
}
SENTENCES: Final = {"unknown_theme": "policy_theme_gone", "stale": "policy_draft_stale"}


class WriterInput(BaseModel):
    """Somebody of the own municipality, by the membership."""

    model_config = ConfigDict(extra="forbid")

    membership_id: int = Field(ge=1, le=2**63 - 1)


@dataclass
class WritePage(Page):
    """`policy` is None for a new one; `parts`: the numbers of the themes in the form, in their order."""

    template: ClassVar[str] = "own_policy/write.html"
    municipality: Organisation
    policy: StrategyView | None
    draft: DraftView | None
    form: Form
    parts: list[int]
    action: str
    differences: Sequence[Difference] = ()


@dataclass
class PublishPage(Page):
    template: ClassVar[str] = "own_policy/publish.html"
    municipality: Organisation
    policy: StrategyView | None
    draft: DraftView
    form: Form
    changes: list[PolicyChange]
    write: str


@dataclass
class WritersPage(Page):
    template: ClassVar[str] = "own_policy/writers.html"
    municipality: Organisation
    writers: list[WriterView]


@dataclass
class LinksPage(Page):
    """`own`: the themes of the own policies; `joint`: the themes of joint strategies, to choose from."""

    template: ClassVar[str] = "own_policy/links.html"
    municipality: Organisation
    own: list[ThemeRef]
    links: list[ThemeLinkView]
    joint: list[StrategyChoices]
    form: Form


# --- writing


@router.get(PLACE + "/skriv", dependencies=[only(may_read_own_policy)])
def write_page(visit: AVisit, key: str) -> Response:
    municipality, policy, draft = _find_draft(visit, key)
    words = draft.words if draft is not None else _begin_from(visit, policy)
    form = visit.blank(**_fields_of(words), version=draft.version if draft else 0)
    parts = list(range(1, (len(words.themes) or FIRST_THEMES) + 1))
    return visit.page(_write_page(municipality, policy, draft, form, parts))


def _find_draft(visit: Visit, key: str) -> tuple[Organisation, StrategyView | None, DraftView | None]:
    """The municipality, the policy that is to be replaced (None for a new one) and what is written of it."""
    municipality = get_own_municipality(visit, key)
    require(may_write_policy(visit.session, visit.actor))
    word = typed(visit, "politik")
    policy = find_policy_of(visit, municipality, word) if word else None
    return municipality, policy, find_policy_draft(visit.session, visit.actor, policy.id if policy else None)


def _begin_from(visit: Visit, policy: StrategyView | None) -> PolicyDraftInput:
    found = read_policy(visit.session, visit.actor, policy.id) if policy else None
    return found or PolicyDraftInput()


def _address(municipality: Organisation, policy: StrategyView | None, word: str) -> str:
    query = f"?politik={policy.key}" if policy else ""
    return f"/kommuner/{municipality.key}/politik/{word}{query}"


def _write_page(
    municipality: Organisation,
    policy: StrategyView | None,
    draft: DraftView | None,
    form: Form,
    parts: list[int],
    differences: Sequence[Difference] = (),
) -> WritePage:
    return WritePage(
        municipality=municipality,
        policy=policy,
        draft=draft,
        form=form,
        parts=parts,
        action=_address(municipality, policy, "skriv"),
        differences=differences,
    )


def _fields_of(words: PolicyDraftInput) -> dict[str, object]:
    """The words as the form has them: what is a list, one a line."""
    fields: dict[str, object] = {
        "name": words.name,
        "owner": words.owner,
        "period_from": words.period_from,
        "period_to": words.period_to,
        "facts": "\n".join(words.facts),
        "source_urls": "\n".join(words.source_urls),
    }
    for number, theme in enumerate(words.themes, 1):
        fields |= {
            f"theme-{number}-key": theme.key,
            f"theme-{number}-name": theme.name,
            f"theme-{number}-description": theme.description,
            f"theme-{number}-target_groups": "\n".join(theme.target_groups),
            f"theme-{number}-markers": "\n".join(theme.markers),
        }
    return fields


@router.post(PLACE + "/skriv", dependencies=[only(may_read_own_policy)])
def save_draft(visit: AVisit, form: SentForm, key: str) -> Response:
    """Every button of the form keeps what is written; then it moves a theme, adds one, or goes on."""
    if before := visit.done_before(form):
        return before
    municipality, policy, draft = _find_draft(visit, key)
    parts = _list_parts(form)
    act = form.value("do")
    words = _read_words(form, _arrange(parts, act), keeps_empty=act == "tilfoej")
    if words is None:
        return visit.page(_write_page(municipality, policy, draft, form, parts), 422)
    version = whole_number(form.value("version"), digits=9) or 0
    try:
        save_policy_draft(visit.session, visit.actor, policy.id if policy else None, words, version)
    except Refused as refusal:
        form.refuse("form", SENTENCES.get(refusal.code, refusal.code), **refusal.values)
        if refusal.code != "stale":
            return visit.page(_write_page(municipality, policy, draft, form, parts), 422)
        now = _fields_of(draft.words) if draft else {}
        differences = compare(form, now | {"version": draft.version if draft else 0})
        return visit.page(_write_page(municipality, policy, draft, form, parts, differences), 409)
    if act == "udgiv":
        return visit.done(form, _address(municipality, policy, "udgiv"))
    place = _place_after(act, len(words.themes))
    return visit.done(form, _address(municipality, policy, "skriv") + place, "policy_saved")


def _list_parts(form: Form) -> list[int]:
    numbers = {int(found[1]) for name in form.typed if (found := _PART.fullmatch(name))}
    return sorted(numbers)


def _arrange(parts: list[int], act: str) -> list[int]:
    """The themes in the order that the button asks for."""
    found = _ACT.fullmatch(act)
    if found is None or int(found[2]) not in parts:
        return parts
    order, at = list(parts), parts.index(int(found[2]))
    if found[1] == "fjern":
        del order[at]
    else:
        other = at - 1 if found[1] == "op" else at + 1
        if 0 <= other < len(order):
            order[at], order[other] = order[other], order[at]
    return order


def _place_after(act: str, themes: int) -> str:
    """Where the form is looked at after that."""
    if act == "tilfoej":
        return f"#tema-{themes}"
    found = _ACT.fullmatch(act)
    if found is None:
        return ""
    number = int(found[2]) + {"op": -1, "ned": 1, "fjern": 0}[found[1]]
    return f"#tema-{max(1, min(number, themes))}" if themes else ""


def _read_words(form: Form, parts: list[int], *, keeps_empty: bool) -> PolicyDraftInput | None:
    """What is written, or None with a sentence at each field. Themes without a word are left out, unless one
    is to be added: then a last one stands empty."""
    themes: list[dict[str, Any]] = []
    numbers: list[int] = []
    for number in parts:
        theme = {
            "key": form.value(f"theme-{number}-key") or None,
            "name": form.value(f"theme-{number}-name"),
            "description": form.value(f"theme-{number}-description"),
            "target_groups": _lines(form.value(f"theme-{number}-target_groups")),
            "markers": _lines(form.value(f"theme-{number}-markers")),
        }
        if any(theme.values()):
            themes.append(theme)
            numbers.append(number)
    if keeps_empty:
        themes.append({})
        numbers.append(0)
    if len(themes) > MOST_THEMES:
        form.refuse("form", "policy_too_many_themes")
        return None
    raw: dict[str, Any] = {
        "name": form.value("name"),
        "owner": form.value("owner"),
        "period_from": form.value("period_from").strip() or None,
        "period_to": form.value("period_to").strip() or None,
        "facts": _lines(form.value("facts")),
        "source_urls": _lines(form.value("source_urls")),
        "themes": themes,
    }
    try:
        return PolicyDraftInput.model_validate(raw)
    except ValidationError as wrong:
        for error in wrong.errors(include_url=False, include_input=False):
            place = error["loc"]
            name = str(place[0]) if place else "form"
            if name == "themes" and len(place) > 2:
                name = f"theme-{numbers[int(place[1])]}-{place[2]}"
            values = error.get("ctx", {})
            # As in Form.read: a text of ours says "too_long" as a list would.
            is_text = values.get("field_type") == "Value"
            form.refuse(name, f"string_{error['type']}" if is_text else error["type"], **values)
        return None


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


@router.get(PLACE + "/udgiv", dependencies=[only(may_read_own_policy)])
def publish_page(visit: AVisit, key: str) -> Response:
    municipality, policy, draft = _find_draft(visit, key)
    if draft is None:
        raise NotFound("policy_draft_gone")
    return visit.page(_publish_page(visit, municipality, policy, draft, visit.blank(version=draft.version)))


def _publish_page(
    visit: Visit,
    municipality: Organisation,
    policy: StrategyView | None,
    draft: DraftView,
    form: Form,
) -> PublishPage:
    now = read_policy(visit.session, visit.actor, policy.id) if policy else None
    return PublishPage(
        municipality=municipality,
        policy=policy,
        draft=draft,
        form=form,
        changes=compare_editions(now, draft.words) if now else [],
        write=_address(municipality, policy, "skriv"),
    )


@router.post(PLACE + "/udgiv", dependencies=[only(may_read_own_policy)])
def publish(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    municipality, policy, draft = _find_draft(visit, key)
    if draft is None:
        raise NotFound("policy_draft_gone")
    given = form.read(PolicyPublishInput)
    status = 422
    if given is not None:
        try:
            publish_policy(visit.session, visit.actor, draft.id, given)
            return visit.done(form, f"/kommuner/{municipality.key}/politik", "policy_published")
        except Refused as refusal:
            form.refuse("form", SENTENCES.get(refusal.code, refusal.code), **refusal.values)
            status = 409 if refusal.code == "stale" else 422
    return visit.page(_publish_page(visit, municipality, policy, draft, form), status)


@router.post(PLACE + "/kasser", dependencies=[only(may_read_own_policy)])
def discard(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    municipality, policy, draft = _find_draft(visit, key)
    if draft is None:
        raise NotFound("policy_draft_gone")
    version = whole_number(form.value("version"), digits=9) or 0
    try:
        discard_policy_draft(visit.session, visit.actor, draft.id, version)
    except Refused as refusal:
        again = visit.blank(version=draft.version)
        again.refuse("form", SENTENCES.get(refusal.code, refusal.code))
        return visit.page(_publish_page(visit, municipality, policy, draft, again), 409)
    return visit.done(form, f"/kommuner/{municipality.key}/politik", "policy_discarded")


# --- who writes


@router.get(PLACE + "/skribenter", dependencies=[only(may_choose_writers)])
def show_writers(visit: AVisit, key: str) -> Response:
    municipality = get_own_municipality(visit, key)
    return visit.page(
        WritersPage(municipality=municipality, writers=list_writers(visit.session, visit.actor))
    )


@router.post(PLACE + "/skribenter/vaelg", dependencies=[only(may_choose_writers)])
def choose(visit: AVisit, form: SentForm, key: str) -> Response:
    return _change_writers(visit, form, key, choose_writer, "policy_writer")


@router.post(PLACE + "/skribenter/fravaelg", dependencies=[only(may_choose_writers)])
def unchoose(visit: AVisit, form: SentForm, key: str) -> Response:
    return _change_writers(visit, form, key, unchoose_writer, "policy_no_writer")


def _change_writers(
    visit: Visit, form: Form, key: str, verb: Callable[[Session, Actor, int], None], notice: str
) -> Response:
    if before := visit.done_before(form):
        return before
    municipality = get_own_municipality(visit, key)
    given = form.read(WriterInput)
    if given is None:
        raise NotFound
    verb(visit.session, visit.actor, given.membership_id)
    return visit.done(form, f"/kommuner/{municipality.key}/politik/skribenter", notice)


# --- what the themes are part of


@router.get(PLACE + "/koblinger", dependencies=[only(may_read_own_policy)])
def show_links(visit: AVisit, key: str) -> Response:
    municipality = get_own_municipality(visit, key)
    require(may_write_policy(visit.session, visit.actor))
    form = visit.blank(from_theme_id=whole_number(typed(visit, "fra")))
    return visit.page(_links_page(visit, municipality, form))


def _links_page(visit: Visit, municipality: Organisation, form: Form) -> LinksPage:
    themes = [
        theme.id
        for policy in list_policies(visit, municipality)
        for theme in walk(list_themes(visit.session, policy.id))
    ]
    named = find_themes(visit.session, themes) if themes else {}
    links = list_links(visit.session, themes) if themes else []
    return LinksPage(
        municipality=municipality,
        own=[named[theme_id] for theme_id in themes],
        links=[link for link in links if link.kind == "part_of" and link.theme.id in named],
        joint=_list_joint(visit),
        form=form,
    )


def _list_joint(visit: Visit) -> list[StrategyChoices]:
    own = {one.key for one in list_strategies(visit.session, visit.actor) if one.level == OWN_LEVEL}
    choices = list_theme_choices(visit.session)
    return [one for one in choices if one.themes and one.themes[0].strategy_key not in own]


@router.post(PLACE + "/koblinger", dependencies=[only(may_read_own_policy)])
def add_link(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    municipality = get_own_municipality(visit, key)
    require(may_write_policy(visit.session, visit.actor))
    form.typed["kind"] = ["part_of"]
    given = form.read(ThemeLinkInput) if form.value("from_theme_id") and form.value("to_theme_id") else None
    status = 422
    if given is None and not form.errors:
        form.refuse("to_theme_id", "policy_choose_joint")
    elif given is not None:
        try:
            link_themes(visit.session, visit.actor, given)
            return visit.done(form, f"/kommuner/{municipality.key}/politik/koblinger", "policy_linked")
        except Refused as refusal:
            form.refuse("to_theme_id", SENTENCES.get(refusal.code, refusal.code), **refusal.values)
            status = 409
    return visit.page(_links_page(visit, municipality, form), status)


@router.post(PLACE + "/koblinger/{link_id:int}/fjern", dependencies=[only(may_read_own_policy)])
def remove_link(visit: AVisit, form: SentForm, key: str, link_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    municipality = get_own_municipality(visit, key)
    unlink_themes(visit.session, visit.actor, link_id)
    return visit.done(form, f"/kommuner/{municipality.key}/politik/koblinger", "policy_unlinked")

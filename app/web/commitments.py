"""Commitments as everybody reads them: the list, one of them, and the plan of four years on a time line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from fastapi.responses import Response

from app.core import i18n
from app.core.clock import today
from app.core.policy import Actor, NotFound
from app.domain.commitments import queries
from app.domain.commitments.policy import (
    may_commit,
    may_decide,
    may_edit,
    may_report,
    may_withdraw,
)
from app.domain.commitments.queries import (
    CommitmentLine,
    CommitmentView,
    Filters,
    Listing,
    Plan,
    Planned,
)
from app.domain.contributions.queries import Choice
from app.domain.follow_through.chain import Chain, find_chain_of_commitment
from app.domain.strategies.crosswalk import ThemeLinkView, mean_theme, name_links
from app.domain.strategies.queries import ThemeRef, find_theme_ids, find_themes
from app.http.doors import Router
from app.http.forms import Form
from app.http.pages import Page, prefixed
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.web import filters
from app.web.commitment_drawing import Bar, PlanAxis, PlannedDay, ProgressDrawing, draw_progress, list_days
from app.web.contributions import Group
from app.web.following import FollowState, find_follow
from app.web.labels import LABELS, label

router = Router()

LIST = "/forpligtelser"
PLAN = "/forpligtelser/plan"
MOST_PAGES = 100_000
FIRST_YEAR, LAST_YEAR = 1990, 2200


def _(text: str) -> str:
    """Marks a sentence for translation; it is translated when it is shown."""
    return text


add_sentences(
    {
        "commitment_published": _(
            "Løftet er udgivet, så det kan ikke trækkes tilbage. Giv det i stedet en afgørelse."
        ),
        "commitment_unpublished": _("Løftet er ikke udgivet endnu. Det kan først ske, når det er."),
        "commitment_judged": _("Løftet er afgjort eller trukket tilbage, så det kan ikke længere ændres."),
        "commitment_not_judged": _("Løftet har ingen afgørelse, der kan tages tilbage."),
        "commitment_owner_fixed": _(
            "Et udgivet løfte skifter ikke ejer. Lav et nyt, og lad det erstatte dette."
        ),
        "commitment_stays_public": _(
            "Løftet er udgivet, så alle bliver ved med at kunne læse det. Giv det en afgørelse, "
            "eller lad et nyt løfte erstatte det."
        ),
        "deadline_same": _("Det er den dag, der gælder nu. Vælg en anden."),
        "deadline_past": _("Vælg en dag, der ikke er gået."),
        "deadline_needs_reason": _(
            "Dagen er lovet alle. Brug »Flyt dagen«, så den gamle dag bliver stående."
        ),
        "replacement_itself": _("Et løfte kan ikke erstatte sig selv."),
        "replacement_not_open": _("Kun et løfte, der er udgivet og ikke afgjort, kan træde i stedet."),
        "replacement_hidden": _(
            "Alle kan læse dette løfte, og det kan ikke erstattes af et, som kun I kan læse."
        ),
        "milestone_published": _(
            "Milepælen er lovet alle, så den kan ikke tages af. Flyt dens dag i stedet."
        ),
        "milestone_words_fixed": _(
            "Milepælen er lovet alle, så dens ord ligger fast. Tilføj en ny milepæl, "
            "hvis noget andet skal nås."
        ),
        "milestone_done": _("Milepælen er nået, så dens dag ligger fast."),
        "done_in_future": _("Vælg en dag, der er kommet."),
        "too_many_milestones": _("Der er ikke plads til flere milepæle på løftet."),
        "too_many_indicators": _("Der er ikke plads til flere indikatorer på løftet."),
        "too_many_measurements": _("Der er ikke plads til flere målinger på indikatoren."),
        "indicator_measured": _(
            "Der er målt på indikatoren, så målet ligger fast: det flyttes ikke derhen, "
            "hvor man er kommet til."
        ),
        "indicator_days": _("Målet skal ligge efter udgangspunktet."),
        "indicator_way": _(
            "Målet skal ligge på den side af udgangspunktet, som du har valgt: over eller under."
        ),
        "measured_in_future": _("Der kan ikke være målt på en dag, der ikke er kommet."),
        "measured_before_baseline": _("Dagen ligger før udgangspunktet. Mål på dagen eller senere."),
        "measured_already": _("Der er allerede et tal for den dag. Ret det i stedet."),
        "measured_corrected": _("Tallet er rettet i mellemtiden. Siden viser det nye."),
        "number": _("Skriv et tal, for eksempel 12,5."),
        "number_either_way": _(
            "Det kan læses på to måder. Skriv 1234, hvis det er tusinder, eller 1,234, hvis det er decimaler."
        ),
        "number_out_of_range": _("Tallet er for stort."),
        "number_too_fine": _("Skriv højst fire decimaler."),
        "notice_promise_proposed": _(
            "Gemt. Sekretariatet ser på det og udgiver det; indtil da ser kun I selv det."
        ),
        "notice_promise_drafted": _("Gemt som forslag. Ingen andre ser det, før du udgiver det."),
        "notice_promise_saved": _("Rettelsen er gemt."),
        "notice_promise_published": _("Udgivet. Løftet kan læses af alle, det er for."),
        "notice_promise_begun": _("Det er noteret, at arbejdet er i gang."),
        "notice_promise_moved": _("Dagen er flyttet. Den gamle dag og grunden bliver stående."),
        "notice_promise_judged": _("Afgørelsen er gemt, og alle kan læse den."),
        "notice_promise_unjudged": _("Afgørelsen er taget tilbage, og løftet er åbent igen."),
        "notice_promise_replaced": _(
            "Løftet er erstattet. Det nye har overtaget det, som løftet handlede om."
        ),
        "notice_promise_withdrawn": _("Forslaget er trukket tilbage. Det kan fortrydes."),
        "notice_promise_restored": _("Forslaget er tilbage."),
        "notice_promise_step_saved": _("Milepælen er gemt."),
        "notice_promise_step_done": _("Milepælen er nået."),
        "notice_promise_step_open": _("Krydset er taget af milepælen igen."),
        "notice_promise_step_removed": _("Milepælen er taget af."),
        "notice_promise_aim_saved": _("Indikatoren er gemt."),
        "notice_promise_aim_removed": _("Indikatoren er taget af."),
        "notice_promise_measured": _("Målingen er gemt."),
        "notice_promise_corrected": _("Tallet er rettet. Det gamle kan stadig læses."),
    }
)


# --- the list


# Facet: its name in the address, and the words over its menu.
FACETS = {
    "owner": ("ejer", _("Hvem har lovet")),
    "theme": ("tema", _("Tema")),
    "status": ("status", _("Status")),
    "year": ("aar", _("År")),
    "meeting": ("moede", _("Møde")),
}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The menus over a list, and those in use with addresses without them. `chips`: the statuses as (words,
    count, address, chosen); `keep`: the one that is chosen, which the menus carry along."""

    groups: list[Group]
    active: list[tuple[str, str]]
    chips: list[tuple[str, int, str, bool]]
    keep: list[tuple[str, str]]
    pager: str


@dataclass
class CommitmentsPage(Page):
    """`ways`: the links of the crosswalk through which a row stands under the theme, by its id; `proposed`:
    how many proposals the reader sees."""

    template: ClassVar[str] = "commitments/list.html"
    listing: Listing
    bar: Narrowing
    ways: Mapping[int, tuple[ThemeLinkView, ...]]
    may_commit: bool
    proposed: int
    plan: str
    calendar: str
    feed: str


@dataclass
class ProposedPage(Page):
    """Proposals that wait for staff; others see their own."""

    template: ClassVar[str] = "commitments/proposed.html"
    form: Form
    rows: list[CommitmentLine]
    may_decide: bool


@dataclass(frozen=True, slots=True)
class Rights:
    """What this reader may do with a commitment."""

    edit: bool = False
    report: bool = False
    decide: bool = False
    withdraw: bool = False
    restore: bool = False

    @property
    def any(self) -> bool:
        return self.edit or self.report or self.decide or self.restore


@dataclass
class CommitmentPage(Page):
    """`form`: the one that came back; `drawings`: of the indicators, by id; `today`: as a field has it;
    `chain`: from what was said to the effect."""

    template: ClassVar[str] = "commitments/show.html"
    commitment: CommitmentView
    rights: Rights
    drawings: Mapping[int, ProgressDrawing]
    form: Form
    today: str
    chain: Chain
    follow: FollowState


@dataclass(frozen=True, slots=True)
class Stretch:
    """What stands under one heading of the plan on this page; `total`: how many stand there in all."""

    name: str
    name_en: str
    path: str
    total: int
    rows: list[tuple[Planned, Bar]]


@dataclass
class PlanPage(Page):
    """`by`: what it is ordered by, of `orders` (code, address, chosen); `theme`: whose plan it is."""

    template: ClassVar[str] = "commitments/plan.html"
    plan: Plan
    axis: PlanAxis
    stretches: list[Stretch]
    days: list[PlannedDay]
    groups: list[Group]
    active: list[tuple[str, str]]
    orders: list[tuple[str, str, bool]]
    by: str
    theme: ThemeRef | None
    ways: Mapping[int, tuple[ThemeLinkView, ...]]
    earlier: str
    later: str
    keep: list[tuple[str, str]]
    calendar: str
    page_address: str


def read_filters(visit: Visit) -> Filters:
    """What the address asks for; what cannot be is passed over."""
    status = filters.typed(visit, "status")
    return Filters(
        owner_id=filters.whole_number(filters.typed(visit, "ejer")),
        theme=filters.typed(visit, "tema") or None,
        status=status if status in LABELS["commitment_status"] else None,
        year=filters.whole_number(filters.typed(visit, "aar"), 4),
        meeting=filters.typed(visit, "moede") or None,
    )


def in_address(asked: Filters) -> dict[str, object]:
    """The filters as they stand in an address."""
    return {
        "ejer": asked.owner_id,
        "tema": asked.theme,
        "status": asked.status,
        "aar": asked.year,
        "moede": asked.meeting,
    }


@router.get(LIST, dependencies=[anyone])
def list_commitments(visit: AVisit) -> Response:
    asked = read_filters(visit)
    session, actor = visit.session, visit.actor
    listing = queries.list_commitments(session, actor, asked, filters.page_number(visit, MOST_PAGES))
    chosen = in_address(asked)
    proposed = [one for one in listing.choices.get("status", ()) if one.value == "proposed"]
    narrowed = {"ejer": asked.owner_id, "tema": asked.theme}
    return visit.page(
        CommitmentsPage(
            listing=listing,
            bar=_make_bar(visit, listing, chosen),
            ways=name_links(session, listing.via),
            may_commit=may_commit(actor),
            proposed=proposed[0].count if proposed else 0,
            plan=filters.address(prefixed(visit.language, PLAN), **narrowed),
            calendar=filters.address("/forpligtelser.ics", **chosen),
            feed=filters.address("/forpligtelser.atom", **chosen),
        )
    )


def _make_bar(visit: Visit, listing: Listing, chosen: Mapping[str, object]) -> Narrowing:
    base = prefixed(visit.language, LIST)
    groups = [
        _group(visit.language, facet, chosen, listing.choices.get(facet, ()), listing.unlisted.get(facet, 0))
        for facet in FACETS
        if facet != "status"
    ]
    status = _group(visit.language, "status", chosen, listing.choices.get("status", ()))
    chips = [
        (
            words,
            count,
            filters.address(base, **{**chosen, "status": None if value == chosen["status"] else value}),
            value == chosen["status"],
        )
        for value, words, count in status.options
    ]
    active = [
        (words_of(group), filters.address(base, **{**chosen, group.name: None}))
        for group in (*groups, status)
        if group.chosen
    ]
    keep = [("status", status.chosen)] if status.chosen else []
    return Narrowing(groups, active, chips, keep, filters.address_of_page(base, **chosen))


def _group(
    language: str, facet: str, chosen: Mapping[str, object], choices: Iterable[Choice], unlisted: int = 0
) -> Group:
    name, words = FACETS[facet]
    options = [(one.value, _choice_words(language, facet, one), one.count) for one in choices]
    if facet == "status":
        known = list(LABELS["commitment_status"])
        options.sort(key=lambda option: known.index(option[0]))
    value = str(chosen[name] or "")
    if value and value not in {option[0] for option in options}:
        # Chosen, yet nothing is left of it: it must be seen to be let go.
        options.insert(0, (value, _choice_words(language, facet, Choice(value, value, value, 0)), 0))
    return Group(name, i18n.catalogue(language).gettext(words), value, options, unlisted)


def _choice_words(language: str, facet: str, choice: Choice) -> str:
    if facet == "status":
        return label(language, "commitment_status", choice.value)
    return choice.label_en if language == "en" else choice.label


def words_of(group: Group) -> str:
    return next(words for value, words, _count in group.options if value == group.chosen)


# --- what waits for staff


@router.get(LIST + "/foreslaaede", dependencies=[only(may_commit)])
def list_proposed(visit: AVisit) -> Response:
    return visit.page(make_proposed_page(visit, visit.blank()))


def make_proposed_page(visit: Visit, form: Form) -> ProposedPage:
    rows = queries.list_proposed(visit.session, visit.actor)
    return ProposedPage(form, rows, may_decide(visit.actor))


# --- the plan


ORDERS: Final[dict[str, queries.PlanOrder]] = {"organisation": "organisation", "tema": "theme", "aar": "year"}


@router.get(PLAN, dependencies=[anyone])
def show_plan(visit: AVisit) -> Response:
    session, actor = visit.session, visit.actor
    asked = read_filters(visit)
    first = filters.whole_number(filters.typed(visit, "fra"), 4)
    year = first if first is not None and FIRST_YEAR <= first <= LAST_YEAR else today().year
    word = filters.typed(visit, "efter")
    by: queries.PlanOrder = ORDERS.get(word, "organisation")
    meaning = mean_theme(session, asked.theme) if asked.theme else None
    plan = queries.list_plan(
        session,
        actor,
        year,
        organisation_id=asked.owner_id,
        meaning=meaning,
        order=by,
        page=filters.page_number(visit, MOST_PAGES),
    )
    axis = PlanAxis(plan.years)
    kept = {"ejer": asked.owner_id, "tema": asked.theme}
    order = {"efter": word if word in ORDERS and by != "organisation" else None}
    begin = {"fra": year if year != today().year else None}
    base = prefixed(visit.language, PLAN)
    theme = _find_theme(visit, asked.theme)
    menus = queries.list_plan_choices(session, actor, year, organisation_id=asked.owner_id, theme=asked.theme)
    groups = []
    for facet in ("owner", "theme"):
        menu = menus.get(facet, queries.Menu())
        groups.append(_group(visit.language, facet, kept, menu.choices, menu.unlisted))
    return visit.page(
        PlanPage(
            plan=plan,
            axis=axis,
            stretches=_order(plan, axis, by),
            days=list_days(plan),
            groups=groups,
            active=[
                (words_of(group), filters.address(base, **{**kept, **order, **begin, group.name: None}))
                for group in groups
                if group.chosen
            ],
            orders=[
                (
                    code,
                    filters.address(base, **kept, **begin, efter=name if code != "organisation" else None),
                    code == by,
                )
                for name, code in ORDERS.items()
            ],
            by=by,
            theme=theme,
            ways=name_links(session, plan.via),
            earlier=filters.address(base, **kept, **order, fra=year - 1),
            later=filters.address(base, **kept, **order, fra=year + 1),
            keep=[(name, str(value)) for name, value in (order | begin).items() if value],
            calendar=filters.address("/forpligtelser.ics", **kept),
            page_address=filters.address_of_page(base, **kept, **order, **begin),
        )
    )


def _find_theme(visit: Visit, theme: str | None) -> ThemeRef | None:
    if not theme or "/" not in theme:
        return None
    ids = find_theme_ids(visit.session, [theme])
    return next(iter(find_themes(visit.session, ids.values()).values()), None) if ids else None


def _order(plan: Plan, axis: PlanAxis, by: str) -> list[Stretch]:
    """The commitments of a page under their headings."""
    placed: dict[tuple[str, str, str], list[tuple[Planned, Bar]]] = {}
    for one in plan.rows:
        line, tag = one.line, one.theme
        if by == "organisation":
            head = (line.organisation, "", path_of_organisation(line))
        elif by == "year":
            head = (str(line.deadline.year), "", "")
        else:
            head = (tag.name, tag.name_en or "", tag.path) if tag else ("", "", "")
        placed.setdefault(head, []).append((one, axis.draw(one)))
    return [Stretch(*head, rows[0][0].beside, rows) for head, rows in placed.items()]


def path_of_organisation(line: CommitmentLine) -> str:
    if line.organisation_kind == "municipality":
        return f"/kommuner/{line.organisation_key}"
    return f"/organisationer/{line.organisation_id}"


# --- one commitment


def find_commitment(visit: Visit, reference: str) -> CommitmentView:
    """The commitment as the reader may see it. Raises NotFound."""
    found = queries.find_commitment(visit.session, visit.actor, reference)
    if found is None:
        raise NotFound
    return found


@router.get(LIST + "/{reference}", dependencies=[anyone])
def show_commitment(visit: AVisit, reference: str) -> Response:
    return visit.page(make_page(visit, find_commitment(visit, reference), visit.blank()))


def make_page(visit: Visit, commitment: CommitmentView, form: Form) -> CommitmentPage:
    return CommitmentPage(
        commitment=commitment,
        rights=find_rights(visit.actor, commitment),
        drawings={one.id: draw_progress(one) for one in commitment.indicators},
        form=form,
        today=today().isoformat(),
        chain=find_chain_of_commitment(visit.session, visit.actor, commitment),
        follow=find_follow(visit, "commitment", commitment.line.id),
    )


def find_rights(actor: Actor, commitment: CommitmentView) -> Rights:
    reports = may_report(actor, commitment)
    return Rights(
        edit=may_edit(actor, commitment),
        report=reports and commitment.line.stored_status != "withdrawn",
        decide=may_decide(actor),
        withdraw=may_withdraw(actor, commitment),
        restore=reports and commitment.line.stored_status == "withdrawn",
    )

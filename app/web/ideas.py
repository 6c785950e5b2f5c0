"""Ideas for signature projects: the list, one idea with what stands around it, its confidential half."""

from dataclasses import dataclass, replace
from typing import ClassVar

from fastapi.responses import Response

from app.core.asking import beside, nothing, read
from app.core.policy import NotFound, Refused, is_person
from app.domain.contributions import queries, service
from app.domain.contributions.ideas.attachments import AttachmentView, attachments_of, list_attachments
from app.domain.contributions.ideas.extras import AnswerLine, answers_of_idea, name_fields
from app.domain.contributions.ideas.hearing import RequestView, requests_for
from app.domain.contributions.ideas.policy import (
    may_attach,
    may_be_heard,
    may_confirm_idea,
    may_open_access_requests,
    may_read_secrets,
)
from app.domain.contributions.ideas.redacting import Redacted, redacted
from app.domain.contributions.ideas.resting import (
    Standing,
    confirm_idea,
    count_resting,
    rest_idea,
    standing_of,
)
from app.domain.contributions.ideas.secrets import EXTRA
from app.domain.contributions.ideas.signing import SignerView, find_signed, signers_of
from app.domain.contributions.policy import may_edit_draft, may_send
from app.domain.contributions.queries import ContributionView, IdeaView, Listing
from app.domain.contributions.schemas import SECRET_PARTS
from app.domain.pipeline.service import Thing
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone, only
from app.web.contributions import (
    Around,
    FilterBar,
    interest_form,
    look_around,
    make_filter_bar,
    path_of,
    read_filters,
)
from app.web.filters import page_number, typed
from app.web.held import Held, look_at_held, show_mark
from app.web.life import Life, life_of
from app.web.pipeline import Way, way_of
from app.web.pressure_marks import TestsOf, tests_of
from app.web.sending import find_rules
from app.web.tile_maps import TileMap, find_tile_map
from app.web.wishes import (
    MOST_PAGES,
    bring_back,
    find_said,
    show_receipt,
    take_back,
)

router = Router()


@dataclass
class IdeasPage(Page):
    """`resting`: how many rest, as far as the reader sees them; `shows_resting`: those alone are listed."""

    template: ClassVar[str] = "ideas/list.html"
    listing: Listing
    bar: FilterBar
    may_send: bool
    resting: int
    shows_resting: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around an idea besides what every contribution has, as this reader sees it.

    `secret_files`: how many confidential files go with it. `has_confidential` and `secret_files` are told
    only to who may read them.
    """

    signers: list[SignerView]
    files: list[AttachmentView]
    secret_files: int
    answers: list[AnswerLine]
    standing: Standing | None
    has_confidential: bool
    requests: list[RequestView]
    may_edit: bool
    may_attach: bool
    may_confirm: bool
    may_be_heard: bool
    may_hear: bool
    is_own: bool


@dataclass
class IdeaPage(Page):
    template: ClassVar[str] = "ideas/show.html"
    idea: ContributionView
    details: IdeaView | None
    surroundings: Surroundings
    around: Around
    form: Form
    held: Held
    rules: int | None
    life: Life
    tests: TestsOf
    way: Way | None
    country: TileMap | None


@dataclass(frozen=True, slots=True)
class SecretPart:
    part: str
    label: str
    text: str
    reason: str


@dataclass
class ConfidentialPage(Page):
    """`is_open`: whether the reader sees the idea itself too; who signs a draft does not."""

    template: ClassVar[str] = "ideas/confidential.html"
    reference: str
    title: str
    language: str
    is_open: bool
    parts: list[SecretPart]
    files: list[AttachmentView]


@dataclass
class RedactedPage(Page):
    template: ClassVar[str] = "ideas/redacted.html"
    idea: ContributionView
    edition: Redacted


# --- the list


@router.get("/ideer", dependencies=[anyone])
def list_ideas(visit: AVisit) -> Response:
    shows_resting = typed(visit, "hviler") == "ja"
    asked = replace(read_filters(visit), resting=shows_resting)
    page = page_number(visit, MOST_PAGES)
    found = queries.list_ideas(visit.session, visit.actor, asked, page)
    bar = make_filter_bar(visit, "/ideer", asked, found, keep={"hviler": "ja"} if shows_resting else {})
    return visit.page(
        IdeasPage(
            listing=found.listing,
            bar=bar,
            may_send=may_send(visit.actor),
            resting=count_resting(visit.session, visit.actor),
            shows_resting=shows_resting,
        )
    )


# --- one idea


@router.get("/ideer/{reference}", dependencies=[anyone])
def show_idea(visit: AVisit, reference: str) -> Response:
    idea = queries.find_contribution(visit.session, visit.actor, reference)
    if idea is None:
        return show_mark(visit, reference)
    if idea.kind != "idea" or idea.reference != reference:
        return visit.go(path_of(idea))
    return visit.page(make_idea_page(visit, idea))


def make_idea_page(visit: Visit, idea: ContributionView, form: Form | None = None, **forms: Form) -> IdeaPage:
    """The page of an idea; `form` is a municipality's mark that was refused, `forms` those of its life."""
    actor = visit.actor
    hears = may_open_access_requests(actor) or may_be_heard(actor, idea)
    interests, details, signers, files, answers, standing, requests, life, tests, way = read(
        visit.session,
        beside(
            queries.interests_in(actor, idea.id),
            queries.details_of_idea(idea.id),
            signers_of(actor, idea.id),
            attachments_of(actor, idea.id),
            answers_of_idea(idea.id),
            standing_of(actor, idea.id) if idea.status != "draft" else nothing(None),
            requests_for(actor, idea.id) if hears else nothing([]),
            life_of(visit, idea, **forms),
            tests_of(visit, idea=(idea.id, idea.reference)),
            way_of(visit, Thing("idea", idea.id), idea.reference),
        ),
    )
    around = look_around(actor, idea, interests)
    signed = {one.organisation_id for one in signers if one.answer == "yes"}
    reads = may_read_secrets(actor, idea, signed)
    return IdeaPage(
        idea=idea,
        details=details,
        surroundings=Surroundings(
            signers=signers,
            files=[one for one in files if one.access == "public"],
            secret_files=sum(one.access == "confidential" and one.removed_at is None for one in files),
            answers=answers,
            standing=standing,
            has_confidential=reads and details is not None and details.has_confidential,
            requests=requests,
            may_edit=may_edit_draft(actor, idea),
            may_attach=may_attach(actor, idea),
            may_confirm=may_confirm_idea(actor, idea),
            may_be_heard=may_be_heard(actor, idea),
            may_hear=may_open_access_requests(actor),
            is_own=around.is_own,
        ),
        around=around,
        form=form or interest_form(visit, around),
        held=look_at_held(visit, idea),
        rules=find_rules(visit) if around.may_mark else None,
        life=life,
        tests=tests,
        way=way,
        country=find_tile_map(visit, idea.id) if around.interests else None,
    )


@router.get("/ideer/{reference}/fortrolig", dependencies=[only(is_person)])
def show_confidential(visit: AVisit, reference: str) -> Response:
    """The confidential half on a page of its own, so that each reading is one that was asked for."""
    idea = queries.find_contribution(visit.session, visit.actor, reference)
    line = idea or find_signed(visit.session, visit.actor, reference)
    if line is None:
        raise NotFound
    idea_id = idea.id if idea else line.contribution_id
    secret = service.read_confidential(visit.session, visit.actor, idea_id)
    files = list_attachments(visit.session, visit.actor, idea_id)
    return visit.page(
        ConfidentialPage(
            reference=line.reference,
            title=line.title,
            language=line.language,
            is_open=idea is not None,
            parts=name_secrets(visit, secret.parts, secret.reasons),
            files=[one for one in files if one.access == "confidential"],
        )
    )


def name_secrets(visit: Visit, parts: dict[str, str], reasons: dict[str, str]) -> list[SecretPart]:
    """The confidential parts in the order of the form; `label` is empty for the fixed ones."""
    own = [int(part.removeprefix(EXTRA)) for part in parts if part.startswith(EXTRA)]
    labels = {f"{EXTRA}{number}": words for number, words in name_fields(visit.session, own).items()}
    ordered = [part for part in (*SECRET_PARTS, *labels) if part in parts]
    return [SecretPart(part, labels.get(part, ""), parts[part], reasons.get(part, "")) for part in ordered]


@router.get("/ideer/{reference}/renset", dependencies=[only(is_person)])
def show_redacted(visit: AVisit, reference: str) -> Response:
    """What a stranger would get of it, for those who may read the whole."""
    idea = find_said(visit, reference)
    edition = redacted(visit.session, visit.actor, idea.id)
    return visit.page(RedactedPage(idea=idea, edition=edition))


@router.get("/ideer/{reference}/kvittering", dependencies=[only(is_person)])
def idea_receipt(visit: AVisit, reference: str) -> Response:
    return show_receipt(visit, reference, "idea")


# --- does it still hold?


@router.post("/ideer/{reference}/gaelder", dependencies=[only(is_person)])
def stand_by_idea(visit: AVisit, form: SentForm, reference: str) -> Response:
    return _change_standing(visit, form, reference, is_awake=True)


@router.post("/ideer/{reference}/hvil", dependencies=[only(is_person)])
def lay_to_rest(visit: AVisit, form: SentForm, reference: str) -> Response:
    return _change_standing(visit, form, reference, is_awake=False)


def _change_standing(visit: Visit, form: Form, reference: str, *, is_awake: bool) -> Response:
    if before := visit.done_before(form):
        return before
    idea = find_said(visit, reference)
    try:
        (confirm_idea if is_awake else rest_idea)(visit.session, visit.actor, idea.id)
    except Refused as refusal:
        form.refuse("form", refusal.code)
        return visit.page(make_idea_page(visit, idea, form), 422)
    return visit.done(form, path_of(idea), "idea_confirmed" if is_awake else "idea_rested")


@router.post("/ideer/{reference}/traek-tilbage", dependencies=[only(is_person)])
def withdraw_idea(visit: AVisit, form: SentForm, reference: str) -> Response:
    return take_back(visit, form, reference)


@router.post("/ideer/{reference}/fortryd", dependencies=[only(is_person)])
def restore_idea(visit: AVisit, form: SentForm, reference: str) -> Response:
    return bring_back(visit, form, reference)

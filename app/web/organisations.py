"""Everybody who has a part in the forum, by kind, and what each has said, signed and taken part in."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.asking import beside, read
from app.core.policy import NotFound
from app.domain.commitments.queries import CommitmentLine, promised_by
from app.domain.contributions.of_organisations import MOST_ANSWERS, answers_signed_by
from app.domain.contributions.queries import AnswerView, Listing, said_on_behalf_of
from app.domain.meetings.queries import SpokenPart, spoken_for
from app.domain.organisations import queries
from app.domain.organisations.models import Organisation
from app.domain.organisations.policy import may_edit, may_see
from app.domain.projects.queries import ProjectCard, projects_of
from app.domain.users.of_organisations import confirmed_in
from app.domain.users.policy import may_look_after
from app.http.doors import Router
from app.http.pages import Page, prefixed
from app.http.visit import AVisit, Visit, anyone
from app.web.filters import (
    Menu,
    address,
    address_of_page,
    chosen,
    count_pages,
    make_menu,
    page_number,
    typed,
    whole_number,
)
from app.web.following import FollowState, follow_of

router = Router()

CONTRIBUTIONS = 10
PROMISES = 6
MOST_PAGES = 100_000
ANSWERS = "svar"
# The kinds in the order of the list, with their words in the address.
KINDS = dict(
    zip(
        ("foreninger", "indkoebsfaellesskaber", "brancheorganisationer", "leverandoerer", "konsulenthuse",
         "myndigheder", "regioner", "kommuner", "andre"),
        queries.KINDS,
        strict=True,
    )
)  # fmt: skip


@dataclass
class OrganisationsPage(Page):
    """`shown` by kind; `page_address` ends so that a page number can follow."""

    template: ClassVar[str] = "organisations/list.html"
    shown: list[tuple[str, list[Organisation]]]
    menu: Menu
    words: str
    total: int
    page: int
    pages: int
    page_address: str
    without_kind: str
    without_words: str


@dataclass
class OrganisationPage(Page):
    """`more_answers` and `more_said`: the addresses of the pages of both lists, up to the number."""

    template: ClassVar[str] = "organisations/show.html"
    organisation: Organisation
    projects: list[ProjectCard]
    spoken: list[SpokenPart]
    answers: list[AnswerView]
    answer_page: int
    answer_pages: int
    contributions: Listing
    more_answers: str
    more_said: str
    promises: list[CommitmentLine]
    follow: FollowState
    voices: int
    may_edit: bool
    may_look_after: bool


def find_organisation(visit: Visit, number: str) -> Organisation:
    """The one with this number that the visitor may see. Raises NotFound."""
    organisation_id = whole_number(number)
    organisation = queries.get_organisation(visit.session, organisation_id) if organisation_id else None
    if organisation is None or not may_see(visit.actor, organisation):
        raise NotFound
    return organisation


@router.get("/organisationer", dependencies=[anyone])
def list_organisations(visit: AVisit) -> Response:
    words = typed(visit, "q")
    kind = chosen(visit, "slags", KINDS)
    counts = queries.count_by_kind(visit.session, words, visit.actor)
    total = counts.get(kind, 0) if kind else sum(counts.values())
    pages = count_pages(total, queries.PER_PAGE)
    page = page_number(visit, pages)
    rows = queries.list_organisations(visit.session, kind, words, page, visit.actor)
    menu = make_menu("slags", KINDS, kind, counts)
    return visit.page(
        OrganisationsPage(
            shown=[
                (code, [row for row in rows if row.kind == code])
                for code in dict.fromkeys(r.kind for r in rows)
            ],
            menu=menu,
            words=words,
            total=total,
            page=page,
            pages=pages,
            page_address=address_of_page("/organisationer", q=words, slags=menu.chosen),
            without_kind=address("/organisationer", q=words),
            without_words=address("/organisationer", slags=menu.chosen),
        )
    )


@router.get("/organisationer/{number}", dependencies=[anyone])
def show_organisation(visit: AVisit, number: str) -> Response:
    session, actor = visit.session, visit.actor
    organisation = find_organisation(visit, number)
    if organisation.kind == "municipality":
        return visit.go(f"/kommuner/{organisation.key}")
    answer_page, page = page_number(visit, MOST_PAGES, ANSWERS), page_number(visit, MOST_PAGES)
    projects, spoken, (answers, answer_count), contributions, promises, follow, voices = read(
        session,
        beside(
            projects_of(actor, organisation.id),
            spoken_for(actor, organisation.id),
            answers_signed_by(actor, organisation.id, answer_page),
            said_on_behalf_of(actor, organisation.id, page=page, per_page=CONTRIBUTIONS),
            promised_by(actor, organisation.id, PROMISES + 1),
            follow_of(visit, "organisation", organisation.id),
            confirmed_in(organisation.id),
        ),
    )
    answer_pages = count_pages(answer_count, MOST_ANSWERS)
    answer_page = answer_page if answer_page <= answer_pages else 1
    base = prefixed(visit.language, f"/organisationer/{organisation.id}")
    return visit.page(
        OrganisationPage(
            organisation=organisation,
            projects=projects,
            spoken=spoken,
            answers=answers,
            answer_page=answer_page,
            answer_pages=answer_pages,
            contributions=contributions,
            more_answers=address_of_page(
                base, ANSWERS, side=contributions.page if contributions.page > 1 else ""
            ),
            more_said=address_of_page(base, **{ANSWERS: answer_page if answer_page > 1 else ""}),
            promises=promises,
            follow=follow,
            voices=voices,
            may_edit=may_edit(actor, organisation),
            may_look_after=may_look_after(actor, organisation.id),
        )
    )

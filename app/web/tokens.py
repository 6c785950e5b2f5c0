"""One's own keys for programs: made, shown once, ended."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from fastapi.responses import Response
from pydantic import BaseModel, StringConstraints

from app.core.policy import NotFound, Refused, Scope, is_person
from app.core.text import Line
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.identity.policy import may_give_staff_scope, may_make_tokens
from app.identity.tokens import LIFETIMES, MOST, TokenView, end_token, list_tokens, make_token
from app.web.entering import require_fresh

router = Router()

PATH = "/mit/noegler"
LONGEST_NAME = 60


def _(text: str) -> str:
    return text


add_sentences(
    {
        "too_many_tokens": _("Du har {most} nøgler, og flere kan der ikke være. Luk en, du ikke bruger."),
        "notice_token_shown": _(
            "Nøglen er lavet og er vist én gang. Nåede du ikke at gemme den, så luk den."
        ),
        "notice_token_ended": _("Nøglen er lukket og virker ikke længere."),
    }
)


class TokenInput(BaseModel):
    """`access`: every key reads; some write too. `staff`: with what only staff sees."""

    name: Annotated[Line, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
    access: Literal["read", "write"]
    staff: bool = False
    days: Literal["7", "30", "90", "365"]

    @property
    def scopes(self) -> frozenset[Scope]:
        chosen: set[Scope] = {"read", self.access}
        return frozenset(chosen | {"staff"}) if self.staff else frozenset(chosen)


@dataclass
class TokensPage(Page):
    template: ClassVar[str] = "own/tokens.html"
    form: Form
    tokens: list[TokenView]
    may_make: bool
    may_give_staff: bool
    lifetimes: tuple[int, ...]
    most: int


@dataclass
class NewTokenPage(Page):
    """Holds the secret: it is rendered once, into the answer to the form, and goes nowhere else."""

    template: ClassVar[str] = "own/token_made.html"
    secret: str
    name: str


def _tokens_page(visit: Visit, form: Form) -> TokensPage:
    return TokensPage(
        form=form,
        tokens=list_tokens(visit.session, visit.actor.user_id or 0),
        may_make=may_make_tokens(visit.actor),
        may_give_staff=may_give_staff_scope(visit.actor),
        lifetimes=LIFETIMES,
        most=MOST,
    )


@router.get(PATH, dependencies=[only(is_person)])
def show_tokens(visit: AVisit) -> Response:
    return visit.page(_tokens_page(visit, visit.blank(access="read", days="90")))


@router.post(PATH, dependencies=[only(may_make_tokens)])
def add_token(visit: AVisit, form: SentForm) -> Response:
    """Show the new key on this very answer: a redirect would need it kept, and a reload must not show it."""
    if before := visit.done_before(form):
        return before
    given = form.read(TokenInput)
    if given is None:
        return visit.page(_tokens_page(visit, form), 422)
    if given.staff:
        require_fresh(visit, PATH)
    try:
        secret = make_token(visit.session, visit.actor, given.name, given.scopes, int(given.days))
    except Refused as refusal:
        form.refuse("form", refusal.code, **refusal.values)
        return visit.page(_tokens_page(visit, form), 422)
    return visit.done_here(form, NewTokenPage(secret=secret, name=given.name), PATH, "token_shown")


@router.post(f"{PATH}/{{token_id:int}}/luk", dependencies=[only(is_person)])
def close_token(visit: AVisit, token_id: int, form: SentForm) -> Response:
    """End one; a key of somebody else is not there."""
    if before := visit.done_before(form):
        return before
    if not end_token(visit.session, visit.actor, token_id):
        raise NotFound
    return visit.done(form, PATH, "token_ended")

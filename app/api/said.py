"""What wishes, ideas and needs have in common: the facts of each, interest, answers, taking back."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from app.api.answers import Out, ThemeOut, answer, answer_list, read_part
from app.api.paging import Asked, Key, ThemeKey, Words, Year
from app.core.policy import NotFound
from app.domain.contributions import queries
from app.domain.contributions.queries import ContributionView, Filters
from app.domain.contributions.schemas import Aspect, Kind, OwnWords, Status
from app.domain.users.consents import current_version, give_consent, has_consented
from app.http.problems import Faulty
from app.http.sentences import add_sentences, sentence
from app.http.visit import Visit
from app.identity.sending import count_sent


def _(text: str) -> str:
    """Marks a sentence for translation; it is translated when it is shown."""
    return text


add_sentences(
    {
        "api_rules": _(
            "Første gang skal du være med på dialogens regler. Læs dem på siden, og send rules: {version}."
        ),
    }
)

PATHS: Mapping[str, str] = {
    "wish": "/oensker/",
    "idea": "/ideer/",
    "need": "/behov/",
    "card": "/indspil/",
    "question": "/indspil/",
}
Reference = Annotated[str, Field(min_length=1, max_length=20)]


class SaidOut(Out):
    """Something that was said, with who said it for whom, and how far it has come."""

    id: int
    kind: Kind
    reference: str
    title: str
    body: str
    body_en: str
    language: str
    aspect: Aspect | None
    status: Status
    visibility: str
    said_by: str
    on_behalf_of: str
    on_behalf_of_id: int | None
    meeting_key: str | None
    meeting_title: str | None
    received_at: datetime
    answer_by: date | None
    is_late: bool
    published_at: datetime | None
    source_url: str | None
    certainty_note: str
    is_sender_confirmed: bool
    is_waiting: bool
    is_example: bool
    answer_count: int
    interest_count: int
    version: int
    themes: list[ThemeOut]
    page: str = Field("", description="The address of its page.")


def as_said(visit: Visit, view: ContributionView) -> dict[str, Any]:
    """The facts of a contribution, for SaidOut and what is built on it."""
    found = SaidOut.model_validate(view)
    found.page = visit.kit.site.base_url + PATHS[view.kind] + view.reference
    return {name: getattr(found, name) for name in SaidOut.model_fields}


class SaidAsked(Asked):
    """The filters of a list of contributions, as on its page."""

    tema: ThemeKey | None = Field(None, description="A theme, as strategy-key/theme-key.")
    aspekt: Aspect | None = None
    moede: Key | None = Field(None, description="The key of the meeting at which it was said.")
    aar: Year | None = Field(None, description="The year in which it was said.")
    status: Status | None = None
    organisation: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    q: Words = Field("", description="Every one of these words, whole or in part.")
    frist: Annotated[str, Field(pattern="^overskredet$")] | None = Field(
        None, description="`overskredet`: only what should have been answered and is not."
    )
    svar: Annotated[str, Field(pattern="^ja$")] | None = Field(
        None, description="`ja`: only what has a published answer, however far it has come since."
    )


AskedSaid = Annotated[SaidAsked, Query()]


def read_filters(asked: SaidAsked) -> Filters:
    return Filters(
        theme=asked.tema,
        aspect=asked.aspekt,
        meeting=asked.moede,
        year=asked.aar,
        status=asked.status,
        organisation_id=asked.organisation,
        q=asked.q,
        late=asked.frist is not None,
        answered=asked.svar is not None,
    )


def answer_said(visit: Visit, asked: SaidAsked, kind: str, filters: Filters) -> Any:
    """A part of the list of one kind."""
    session, actor = visit.session, visit.actor
    part = read_part(
        visit,
        asked,
        lambda after, most: queries.read_contributions(session, actor, (kind,), filters, after, most),
    )
    return answer_list(visit, asked, part, [SaidOut(**as_said(visit, one)) for one in part.rows])


def find_said(visit: Visit, reference: str, *kinds: str) -> ContributionView:
    """The contribution with this number, of one of the kinds. Raises NotFound."""
    found = queries.find_contribution(visit.session, visit.actor, reference)
    if found is None or (kinds and found.kind not in kinds):
        raise NotFound
    return found


def show_said(visit: Visit, reference: str, kind: str) -> tuple[SaidOut, int]:
    """One of a kind without more than all have, and its version."""
    found = find_said(visit, reference, kind)
    return SaidOut(**as_said(visit, found)), found.version


def answer_one(visit: Visit, reference: str, kind: str) -> Any:
    return show_one(visit, find_said(visit, reference, kind))


def show_one(visit: Visit, found: ContributionView) -> Any:
    return answer(visit, SaidOut(**as_said(visit, found)), version=found.version)


# --- sending


class Agreeing(OwnWords):
    """What is sent to the forum. `rules`: the version of the rules of the dialogue that the sender agrees to,
    asked for once; a refusal says which."""

    rules: int | None = Field(None, ge=1, le=10_000, description="Of the rules of the dialogue: the version.")


def take_rules(visit: Visit, rules: int | None) -> None:
    """Note that the sender agrees to the rules. Raises Faulty where that is still missing."""
    user_id = visit.actor.user_id
    if user_id is None or has_consented(visit.session, user_id, "dialogue_rules"):
        return
    version = current_version("dialogue_rules")
    if rules != version:
        words = sentence(visit.language, "api_rules", version=version)
        raise Faulty("invalid", [{"loc": ["body", "rules"], "type": "rules_first", "detail": words}])
    give_consent(visit.session, visit.actor, "dialogue_rules")


def count_sending(visit: Visit) -> None:
    """The same measure as on the pages. Raises TooMany."""
    count_sent(visit.session, visit.actor)

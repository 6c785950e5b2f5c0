"""The story of one contribution, to be taken along: all that everybody may read of what became of it.

A paper leaves the house, so it is told as a stranger reads it, whoever asks; and nobody is named in it but
speakers, as a paper in a case system cannot be made to forget (docs/decisions/0037).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import day_of, now
from app.core.i18n import DEFAULT, LANGUAGES
from app.core.made_files import Wanted
from app.core.policy import STRANGER
from app.domain.answering.publishing import list_editions
from app.domain.contributions.models import AnswerEdition, Contribution
from app.domain.contributions.queries import ContributionView, find_contributions
from app.domain.contributions.sightings import GatheringName, Sighting, find_name
from app.domain.follow_through.chain import Chain, find_chain_of_contribution

# The name of the paper, lasting as it stands in the database; and the folder of its words.
STORY: Final = "contribution_story"
FOLDER: Final = "stories"

_NO_TIME: Final = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Earlier:
    """How an answer stood until a day, and why it was corrected."""

    verdict: str | None
    text: str
    reason: str
    why: str
    until: date


@dataclass(frozen=True, slots=True)
class Story:
    """`earlier`: {answer id: how it stood before, the oldest first}. `years`: in which it was said."""

    about: ContributionView
    name: GatheringName | None
    chain: Chain
    earlier: Mapping[int, tuple[Earlier, ...]]
    language: str
    made_at: datetime

    @property
    def years(self) -> list[int]:
        return sorted({one.year for one in self.chain.said})

    @property
    def stamp(self) -> str:
        """Changes when anything that the story tells does, and with nothing else."""
        told = replace(self, made_at=_NO_TIME)
        today_s = (self.about.is_late, [one.line.status for one in self.chain.promises])
        return sha256(repr((told, today_s)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Happened:
    """Something of the story on its day. `what`: said, answered, corrected, promised, measured or judged.

    `code`: what of it has a word: the kind of what was said or answered, the verdict, or the status.
    """

    day: date
    what: str
    code: str
    reference: str
    path: str
    who: str
    words: str
    value: Decimal | None = None
    unit: str = ""
    source: str = ""
    is_example: bool = False


def story_file(contribution_id: int, form: str, language: str) -> Wanted:
    """The story as a file."""
    return Wanted(STORY, contribution_id, form, {"language": language})


def read_language(choices: Mapping[str, Any]) -> str:
    """The language that a file was asked for in."""
    language = str(choices.get("language", DEFAULT))
    return language if language in LANGUAGES else DEFAULT


def find_story(session: Session, contribution_id: int, language: str = DEFAULT) -> Story | None:
    """The story as everybody may read it; None where not everybody may."""
    about = find_contributions(session, STRANGER, [contribution_id]).get(contribution_id)
    chain = find_chain_of_contribution(session, STRANGER, contribution_id) if about else None
    if about is None or chain is None:
        return None
    lead = next((one for one in chain.said if one.is_lead), None)
    editions = list_editions(session, STRANGER, [one.id for one in chain.answers])
    return Story(
        about=_without_account(about),
        name=find_name(session, lead.id) if lead else None,
        chain=replace(chain, said=tuple(map(_unnamed, chain.said))),
        earlier={answer_id: tuple(map(_earlier, found)) for answer_id, found in editions.items()},
        language=language,
        made_at=now(),
    )


def find_contribution_id(session: Session, reference: str) -> int | None:
    """By its number, in any case."""
    wanted = reference.strip().upper()[:20]
    return session.scalar(select(Contribution.id).where(Contribution.reference == wanted))


def _unnamed(said: Sighting) -> Sighting:
    return replace(said, said_by="") if said.is_by_account else said


def _without_account(about: ContributionView) -> ContributionView:
    is_named = about.said_by_person_id is not None or bool(about.said_by_text)
    return replace(about, said_by=about.said_by if is_named else "", entered_by="")


def _earlier(edition: AnswerEdition) -> Earlier:
    until = day_of(edition.replaced_at)
    assert until is not None
    return Earlier(edition.verdict, edition.text, edition.reason, edition.why, until)


def list_happened(story: Story, path_of: Mapping[str, str]) -> Sequence[Happened]:
    """Everything of the story in the order of its days. `path_of`: {kind: folder} of contributions."""
    return sorted(_happened(story, path_of), key=lambda one: one.day)


def _happened(story: Story, path_of: Mapping[str, str]) -> Iterator[Happened]:
    chain = story.chain
    for one in chain.said:
        who = ", ".join(part for part in (one.said_by, one.role_title, one.organisation) if part)
        source = " ".join(page.path for page in one.cited)
        yield Happened(
            one.said_on,
            "said",
            one.kind,
            one.reference,
            path_of[one.kind] + one.reference,
            who,
            one.body or one.title,
            source=source or one.source_url or "",
            is_example=one.is_example,
        )
    for answer in chain.answers:
        day = day_of(answer.published_at)
        about = chain.place_of(answer)
        if day is None:
            continue
        path = f"{path_of[about.kind]}{about.reference}#svar-{answer.id}" if about else ""
        reference = about.reference if about else ""
        who = ", ".join(answer.organisations) or answer.said_by_text
        words = "\n\n".join(part for part in (answer.text, answer.reason) if part)
        code = answer.verdict or answer.kind
        yield Happened(day, "answered", code, reference, path, who, words, is_example=answer.is_example)
        for old in story.earlier.get(answer.id, ()):
            yield Happened(
                old.until, "corrected", code, reference, path, who, old.why, is_example=answer.is_example
            )
    for promise in chain.promises:
        line = promise.line
        promised = day_of(line.published_at)
        if promised is not None:
            yield Happened(
                promised,
                "promised",
                line.status,
                line.reference,
                line.path,
                line.organisation,
                f"{line.title}. {promise.text}",
                is_example=line.is_example,
            )
        for indicator in promise.indicators:
            for measured in indicator.measurements:
                yield Happened(
                    measured.measured_on,
                    "measured",
                    "",
                    line.reference,
                    line.path,
                    line.organisation,
                    indicator.name,
                    measured.value,
                    indicator.unit,
                    " ".join(part for part in (measured.source_text, measured.source_url) if part),
                    line.is_example,
                )
        judged = day_of(line.verdict_at)
        if judged is not None:
            yield Happened(
                judged,
                "judged",
                line.stored_status,
                line.reference,
                line.path,
                line.organisation,
                promise.lesson,
                is_example=line.is_example,
            )

"""A draft of what stands in the minutes under one item, put together from what is on record.

Minutes are written in Danish, whatever language the page is read in, so these words are not translated. A
draft is laid in the field for who writes the minutes to read, and is saved by nobody else.
"""

from collections.abc import Iterable, Iterator, Mapping

from app.core.text import shorten
from app.domain.boards.record import BestOfBoard
from app.domain.contributions.queries import ContributionView
from app.domain.meetings.queries import PartView, TaskView
from app.domain.minutes.material import Material
from app.domain.minutes.queries import Section
from app.domain.panels.queries import QuestionView
from app.domain.polls.queries import PollView

LONGEST_QUOTE = 300
MOST_WISHES = 10
_ROLES = {
    "speaker": "Oplæg ved",
    "panellist": "I panelet:",
    "moderator": "Ordstyrer:",
    "host": "Vært:",
}


def draft_for(section: Section, material: Mapping[int | None, Material]) -> str:
    """The draft of a section; empty where nothing is on record."""
    if section.part == "item":
        found = material.get(section.item_id) if section.item_id is not None else None
    else:
        found = material.get(None) if section.part == "closing" else None
    return "\n\n".join(_write(found)) if found is not None else ""


def _write(material: Material) -> Iterator[str]:
    if material.item is not None:
        if who := "\n".join(_name_people(material.item.people)):
            yield who
        if tasks := "\n".join(_name_task(task) for task in material.item.tasks):
            yield tasks
    if material.wishes:
        yield "\n".join(("Ønsker, der blev sagt:", *map(_tell_wish, material.wishes[:MOST_WISHES])))
    for best in material.best:
        yield _tell_best(best)
    if material.cards:
        yield f"Der blev skrevet {material.cards} indspil ned. De kan læses under mødets indspil."
    if material.answered:
        yield "Spørgsmål og svar:\n" + "\n".join(map(_tell_question, material.answered))
    for poll in material.polls:
        if poll.result is not None and poll.result.voters:
            yield _tell_poll(poll)


def _name_people(people: Iterable[PartView]) -> Iterator[str]:
    by_role: dict[str, dict[str, None]] = {}
    for part in people:
        by_role.setdefault(part.role, {})[_name(part)] = None
    for role, names in by_role.items():
        if known := [name for name in names if name]:
            yield f"{_ROLES.get(role, 'Medvirkende:')} {'; '.join(known)}."


def _name(part: PartView) -> str:
    title = _small_first(part.title)
    if part.is_former and title:
        title = f"forhenværende {title}"
    return ", ".join(filter(None, (part.name, title, part.organisation_name)))


def _small_first(title: str) -> str:
    """A title begins with a small letter in a sentence, unless it is an abbreviation."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def _name_task(task: TaskView) -> str:
    words = " – ".join(filter(None, (task.title, task.text)))
    return f"Opgave: {words}"


def _tell_best(best: BestOfBoard) -> str:
    group = best.group_name or "Alle"
    head = f"»{group}« satte frem:" if best.is_chosen else f"»{group}« gav flest prikker til:"
    lines = [
        f"– {shorten(card.title, LONGEST_QUOTE)} ({card.reference}{_count_dots(card.dots)})"
        for card in best.cards
    ]
    return "\n".join((head, *lines))


def _tell_wish(wish: ContributionView) -> str:
    return f"– {shorten(wish.title, LONGEST_QUOTE)} ({wish.reference})"


def _count_dots(dots: int) -> str:
    return f", {dots} {'prik' if dots == 1 else 'prikker'}" if dots else ""


def _tell_question(question: QuestionView) -> str:
    asked = f"– »{shorten(question.text, LONGEST_QUOTE)}« ({question.reference})"
    return f"{asked}\n  Svar: {question.answer}" if question.answer else f"{asked}\n  Besvaret i salen."


def _tell_poll(poll: PollView) -> str:
    assert poll.result is not None
    if poll.kind == "words":
        told = ", ".join(f"{line.text} ({line.number})" for line in poll.result.lines)
    else:
        told = "; ".join(f"{line.text}: {line.number}" for line in poll.result.lines)
    average = f" Gennemsnit: {poll.result.average:.1f}.".replace(".", ",", 1) if poll.result.average else ""
    return f"Afstemning: »{poll.question}« {poll.result.voters} stemte. {told}.{average}"

"""The mail about what people follow: one for all that is new at their pace, each line with why it is told.

What stands there is asked for as a stranger when the mail is written: whatever has been hidden or taken back
since it happened is left out, and where nothing is left there is no mail.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.policy import STRANGER
from app.core.text import shorten
from app.domain.commitments.followed import Followed, name_followed
from app.domain.commitments.news import find_figures, find_lines, find_moves
from app.domain.contributions.models import AnswerEdition
from app.domain.contributions.queries import find_answers, find_contributions
from app.domain.following.events import NewsDue
from app.domain.following.models import ABOUT
from app.domain.following.news import NewsItem, list_news_due
from app.domain.meetings.calendar import CalendarMeeting, get_in_calendar
from app.domain.strategies.crosswalk import themes_meaning_each
from app.domain.strategies.queries import find_themes
from app.domain.users.models import User
from app.notices.answers import path_of, stop_address
from app.notices.post import Post, Receiver, language_of

MOST = 50
LETTERS = 300


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the mail. `thing`: a contribution, answer, commitment or meeting; `detail`: the moved day,
    the figure, or why an answer was corrected. `because`: what is followed; `through`: the names of themes
    through which, by the crosswalk, something is found under a followed theme."""

    what: str
    about: str
    thing: Any
    detail: Any
    path: str
    because: tuple[Followed, ...]
    through: tuple[str, ...] = ()


def tell_news(post: Post, due: NewsDue) -> None:
    """One mail with all that waits for somebody at a pace; none where nothing of it can be read any more."""
    row = post.session.execute(
        select(User.email, User.name, User.language).where(User.id == due.user_id)
    ).one_or_none()
    if row is None:
        return
    to = Receiver(row.email, row.name, row.language)
    lines = _find_lines(post.session, list_news_due(post.session, due.news_ids))
    if not lines:
        return
    post.send(
        to,
        "news",
        unsubscribe=stop_address(post, due.user_id, to),
        unsubscribe_from="following",
        is_bulk=True,
        pace=due.pace,
        lines=lines[:MOST],
        more=max(0, len(lines) - MOST),
        words_of=_words_in(language_of(to)),
    )


def _words_in(language: str) -> Callable[[Any, str], str]:
    """(thing, field) -> its words in the language if there are any, else as they were written; shortened."""

    def read(thing: Any, field: str) -> str:
        own = getattr(thing, f"{field}_{language}", "") if language != "da" else ""
        return shorten(own or getattr(thing, field) or "", LETTERS)

    return read


def _find_lines(session: Session, news: list[NewsItem]) -> list[Line]:
    things = _Things(session, news)
    lines = (things.describe(one) for one in news)
    return [line for line in lines if line is not None]


class _Things:
    """All that the news are about, read at once, as everybody may read it now."""

    def __init__(self, session: Session, news: list[NewsItem]) -> None:
        self._session = session
        self._contributions = find_contributions(session, STRANGER, _ids(news, "contribution"))
        self._answers = find_answers(session, STRANGER, _ids(news, "answer"))
        self._commitments = find_lines(session, STRANGER, _ids(news, "commitment"))
        self._meetings = {one: get_in_calendar(session, one) for one in _ids(news, "meeting")}
        self._moves = find_moves(session, _details(news, "moved"))
        self._figures = find_figures(session, _details(news, "measured"))
        self._corrections = self._find_corrections(news)
        followed: dict[str, list[int]] = {}
        for one in news:
            for because in one.because:
                followed.setdefault(because.kind, []).append(because.thing_id)
        self._followed = name_followed(session, STRANGER, followed)
        self._meaning = themes_meaning_each(session, followed.get("theme", ()))

    def _find_corrections(self, news: list[NewsItem]) -> dict[tuple[int, int], str]:
        rows = self._session.execute(
            select(AnswerEdition.answer_id, AnswerEdition.number, AnswerEdition.why).where(
                AnswerEdition.answer_id.in_([one.object_id for one in news if one.what == "corrected"])
            )
        )
        return {(row.answer_id, row.number): row.why for row in rows}

    def describe(self, one: NewsItem) -> Line | None:
        """The line, or None where it cannot be read any more."""
        about = ABOUT[one.what]
        because = [self._followed.get((why.kind, why.thing_id)) for why in one.because]
        known = tuple(why for why in because if why is not None)
        if not known:
            return None
        if about == "contribution":
            return self._describe_contribution(one, known)
        if about == "answer":
            return self._describe_answer(one, known)
        if about == "commitment":
            return self._describe_commitment(one, known)
        meeting = self._meetings.get(one.object_id)
        if meeting is None or _is_overtaken(one.what, meeting):
            return None
        ending = "/referat" if one.what == "minutes" else "/program" if one.what == "programme" else ""
        return Line(one.what, about, meeting, None, f"/moeder/{meeting.key}{ending}", known)

    def _describe_contribution(self, one: NewsItem, because: tuple[Followed, ...]) -> Line | None:
        said = self._contributions.get(one.object_id)
        if said is None or said.is_hidden:
            return None
        through = self._name_links(because, [tag.id for tag in said.themes])
        path = path_of(said.kind, said.reference)
        return Line(one.what, "contribution", said, None, path, because, through)

    def _name_links(self, because: Iterable[Followed], theme_ids: list[int]) -> tuple[str, ...]:
        linked: set[int] = set()
        for why in because:
            if why.kind == "theme" and why.thing_id in self._meaning:
                meaning = self._meaning[why.thing_id]
                if meaning.is_linked(theme_ids):
                    linked |= {held for held in theme_ids if held in meaning.links}
        themes = find_themes(self._session, linked) if linked else {}
        return tuple(sorted(f"{theme.name} ({theme.strategy_title})" for theme in themes.values()))

    def _describe_answer(self, one: NewsItem, because: tuple[Followed, ...]) -> Line | None:
        answer = self._answers.get(one.object_id)
        if answer is None or not answer.answers:
            return None
        first = answer.answers[0]
        why = self._corrections.get((one.object_id, one.detail_id))
        return Line(one.what, "answer", answer, why, path_of(first.kind, first.reference), because)

    def _describe_commitment(self, one: NewsItem, because: tuple[Followed, ...]) -> Line | None:
        line = self._commitments.get(one.object_id)
        detail = self._moves.get(one.detail_id) if one.what == "moved" else None
        if one.what == "measured":
            detail = self._figures.get(one.detail_id)
        is_gone = (one.what in ("moved", "measured") and detail is None) or (
            (one.what == "late" and line is not None and line.status != "late")
            or (one.what == "judged" and line is not None and not line.is_judged)
        )
        if line is None or is_gone:
            return None
        return Line(one.what, "commitment", line, detail, line.path, because)


def _is_overtaken(what: str, meeting: CalendarMeeting) -> bool:
    """Whether the meeting is no longer what is told of it."""
    if what in ("cancelled", "postponed"):
        return meeting.status != what
    return what in ("announced", "resumed", "meeting_moved") and meeting.status in ("cancelled", "postponed")


def _ids(news: list[NewsItem], about: str) -> list[int]:
    return list(dict.fromkeys(one.object_id for one in news if ABOUT[one.what] == about))


def _details(news: list[NewsItem], what: str) -> list[int]:
    return [one.detail_id for one in news if one.what == what]

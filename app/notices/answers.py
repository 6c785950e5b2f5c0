"""Mails about answers: one to each person for all answers of a batch, whatever the reasons."""

from app.core.text import shorten
from app.domain.answering.events import AnswersDue
from app.domain.answering.told import ToldAnswer, find_telling
from app.domain.outbox.queries import find_opted_out
from app.notices.post import Post, Receiver, language_of

PATHS = {"wish": "/oensker/", "idea": "/ideer/"}
# Letters of an answer that stand in the mail; many answers get fewer each.
LONG, SHORT, FEW = 1500, 300, 5
# Why somebody is told, the weightiest first: one of them stands at each answer.
WHY = ("said", "spoken_for", "follows", "was_there")


def path_of(kind: str, reference: str) -> str:
    """The page of a contribution."""
    return PATHS.get(kind, "/indspil/") + reference


def tell_of_answers(post: Post, due: AnswersDue) -> None:
    """To one person: the answers of a batch that concern them, each with why they are told of it.

    Nothing that is told: no mail. Who wants no messages from us is not told of what others said.
    """
    telling = find_telling(post.session, due.telling_id)
    if telling is None or not telling.answers:
        return
    answers = list(telling.answers)
    if find_opted_out(post.session, [telling.email]):
        answers = [one for one in answers if set(one.reasons) != {"was_there"}]
    if not answers:
        return
    to = Receiver(telling.email, telling.name, telling.language)
    most = LONG if len(answers) <= FEW else SHORT
    post.send(
        to,
        "answers",
        is_bulk=True,
        answers=[_read(one, language_of(to), most) for one in answers],
        first=answers[0].asked[0],
        path_of=path_of,
    )


def _read(answer: ToldAnswer, language: str, most: int) -> dict[str, object]:
    """The answer in the receiver's language where it has been written in it, else in Danish."""
    return {
        "answer": answer,
        "text": shorten(answer.text[language] or answer.text["da"], most),
        "reason": shorten(answer.reason[language] or answer.reason["da"], most),
        "why": next(why for why in WHY if why in answer.reasons),
    }

"""Mails about answers: one to each person for all of a batch, and what passes between asker and staff."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.links import seal
from app.core.policy import STRANGER
from app.core.text import shorten
from app.domain.answering.events import (
    AnswerBecameLate,
    AnswerCorrected,
    AnswerObjected,
    AnswersDue,
    MoreAsked,
    MoreTold,
)
from app.domain.answering.models import Pause
from app.domain.answering.telling import find_answered_ids, find_askers
from app.domain.answering.told import ToldAnswer, find_telling
from app.domain.contributions.events import ContributionsGathered
from app.domain.contributions.models import Answer, AnswerEdition, Contribution
from app.domain.contributions.queries import find_contribution
from app.domain.following.schemas import STOP_PURPOSE
from app.domain.outbox.queries import find_opted_out
from app.domain.users.models import User
from app.domain.users.staff import is_on_staff
from app.http.pages import prefixed
from app.notices.post import Post, Receiver, language_of

PATHS = {"wish": "/oensker/", "idea": "/ideer/", "need": "/behov/"}
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
    only_follows = all(set(one.reasons) == {"follows"} for one in answers)
    post.send(
        to,
        "answers",
        is_bulk=True,
        unsubscribe=stop_address(post, telling.user_id, to) if only_follows else None,
        unsubscribe_from="following",
        answers=[_read(one, language_of(to), most) for one in answers],
        first=answers[0].asked[0],
        path_of=path_of,
    )


def tell_of_correction(post: Post, corrected: AnswerCorrected) -> None:
    """To who asked: the answer reads otherwise now, and why. Who follows it is told at their own pace."""
    edition = post.session.scalars(
        select(AnswerEdition).where(
            AnswerEdition.answer_id == corrected.answer_id, AnswerEdition.number == corrected.number
        )
    ).one_or_none()
    answer = post.session.get(Answer, corrected.answer_id)
    if edition is None or answer is None:
        return
    for to, said in _list_askers(post, find_answered_ids(post.session, answer.id)):
        language = language_of(to)
        text = {"da": answer.text, "en": answer.text_en, "sv": answer.text_sv}
        post.send(
            to,
            "answer_corrected",
            said=said,
            path_of=path_of,
            why=edition.why,
            verdict=answer.verdict,
            verdict_before=edition.verdict,
            text=shorten(text[language] or answer.text, LONG),
        )


def ask_for_more(post: Post, asked: MoreAsked) -> None:
    """To who asked: what staff would like to know, and until when the clock stands still."""
    pause = post.session.get_one(Pause, asked.pause_id)
    for to, (said, *_) in _list_askers(post, [pause.contribution_id]):
        path = path_of(said.kind, said.reference)
        post.send(to, "more_asked", said=said, path=path, question=pause.question, reply_by=pause.reply_by)


def tell_of_reply(post: Post, told: MoreTold) -> None:
    """To who looks after it: the asker has replied. The words are read on the site."""
    pause = post.session.get_one(Pause, told.pause_id)
    _tell_owner(post, told.owner_id, pause.contribution_id, "more_told")


def tell_of_objection(post: Post, objected: AnswerObjected) -> None:
    """To who looks after it: the asker says that it does not answer."""
    _tell_owner(post, objected.owner_id, objected.contribution_id, "answer_objected")


def remind_of_late(post: Post, late: AnswerBecameLate) -> None:
    """To who looks after it: the day of the answer is past. Where nobody does, the overview tells it."""
    _tell_owner(post, late.owner_id, late.contribution_id, "answer_late")


def tell_of_gathering(post: Post, gathered: ContributionsGathered) -> None:
    """To each whose words now stand with others': what is theirs, under what, and that nothing is lost."""
    lead = post.session.get_one(Contribution, gathered.lead_id)
    is_open = find_contribution(post.session, STRANGER, lead.reference) is not None
    for to, said in _list_askers(post, gathered.contribution_ids):
        knows_lead = is_open or any(one.id == lead.id for one in said)
        post.send(
            to,
            "gathered",
            said=said,
            lead=lead if knows_lead else None,
            path_of=path_of,
            path=path_of(lead.kind, lead.reference),
        )


def _list_askers(post: Post, contribution_ids: Iterable[int]) -> list[tuple[Receiver, list[Contribution]]]:
    """Whose these are, each with what is theirs."""
    askers = find_askers(post.session, contribution_ids)
    ids = {one for _, theirs in askers for one in theirs}
    rows = post.session.scalars(
        select(Contribution).where(Contribution.id.in_(ids)).order_by(Contribution.id)
    )
    known = {row.id: row for row in rows}
    return [
        (Receiver(who.email, who.name, who.language), [known[one] for one in theirs])
        for who, theirs in askers
    ]


def _tell_owner(post: Post, owner_id: int | None, contribution_id: int, name: str) -> None:
    owner = find_colleague(post.session, owner_id)
    said = post.session.get(Contribution, contribution_id)
    if owner is not None and said is not None:
        path = f"/indbakke/{said.reference}"
        post.send(owner, name, reference=said.reference, answer_by=said.answer_by, path=path)


def find_colleague(session: Session, user_id: int | None) -> Receiver | None:
    """Somebody on the staff, as one to write to; None for who is not any more."""
    row = session.execute(
        select(User.email, User.name, User.language).where(
            User.id == user_id, User.email.is_not(None), is_on_staff()
        )
    ).one_or_none()
    return Receiver(row.email, row.name, row.language) if row is not None else None


def stop_address(post: Post, user_id: int | None, to: Receiver) -> str | None:
    """Where one press ends all mails about what somebody follows; None for who has no account."""
    if user_id is None:
        return None
    sealed = seal(post.session, STOP_PURPOSE, user_id)
    return post.site.base_url + prefixed(language_of(to), f"/mails/foelg-ikke/{user_id}/{sealed}")


def _read(answer: ToldAnswer, language: str, most: int) -> dict[str, object]:
    """The answer in the receiver's language where it has been written in it, else in Danish."""
    return {
        "answer": answer,
        "text": shorten(answer.text[language] or answer.text["da"], most),
        "reason": shorten(answer.reason[language] or answer.reason["da"], most),
        "why": next(why for why in WHY if why in answer.reasons),
    }

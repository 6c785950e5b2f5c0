"""Forgetting: codes, challenges and sessions that are of no more use."""

from datetime import timedelta

from sqlalchemy import delete, or_

from app.core.clock import now
from app.core.jobs import Tools, job
from app.identity.models import PasskeyChallenge, SignInCode, SignInSession


@job("identity.forget", cron="29 3 * * *")
def forget_old_sign_ins(tools: Tools) -> None:
    """Erase codes and challenges a day after they expired, and sessions thirty days after they ended."""
    moment = now()
    with tools.database.unit() as session:
        session.execute(delete(SignInCode).where(SignInCode.expires_at < moment - timedelta(days=1)))
        session.execute(
            delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < moment - timedelta(days=1))
        )
        session.execute(
            delete(SignInSession).where(
                or_(
                    SignInSession.expires_at < moment - timedelta(days=30),
                    SignInSession.ended_at < moment - timedelta(days=30),
                )
            )
        )

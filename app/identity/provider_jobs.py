"""Forgetting: sign-ins at providers that are over, and identities that no admin has given to an account."""

from datetime import timedelta

from sqlalchemy import delete

from app.core.clock import now
from app.core.jobs import Tools, job
from app.identity.provider_models import Identity, SignInFlow, SpentLogoutToken

WAITS = timedelta(days=30)


@job("identity.forget_at_providers", cron="31 3 * * *")
def forget_at_providers(tools: Tools) -> None:
    """Erase sign-ins a day after they expired, spent logout tokens, and identities that waited 30 days."""
    moment = now()
    with tools.database.unit() as session:
        session.execute(delete(SignInFlow).where(SignInFlow.expires_at < moment - timedelta(days=1)))
        session.execute(delete(SpentLogoutToken).where(SpentLogoutToken.expires_at < moment))
        session.execute(delete(Identity).where(Identity.user_id.is_(None), Identity.used_at < moment - WAITS))

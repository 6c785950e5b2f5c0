"""Tables of sign-in at identity providers: who somebody is there, and the sign-ins under way."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Identity(Base):
    """Who a user is at a provider: the issuer and its lasting id, never a mail address.

    `alias`: a second lasting id of the same person at the issuer (Entra ID: `sub` beside `oid`).
    `user_id`: empty while it waits for an admin to say whose it is, who finds it by `reference`.
    `membership_id`, `given_role`: what the provider's word has given, and can take again.
    """

    __tablename__ = "sign_in_identity"
    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        UniqueConstraint("issuer", "alias"),
        Index("ix_sign_in_identity_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    provider: Mapped[str]
    issuer: Mapped[str]
    subject: Mapped[str]
    alias: Mapped[str | None]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reference: Mapped[str | None] = mapped_column(unique=True)
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id", ondelete="SET NULL"))
    given_role: Mapped[str | None]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]


class SignInFlow(Base):
    """A sign-in under way at a provider. Nonce and PKCE verifier are made anew from the browser's secret.

    `user_id`: somebody signed in who connects the provider to their account; empty for a sign-in.
    """

    __tablename__ = "sign_in_flow"
    __table_args__ = (Index("ix_sign_in_flow_expires_at", "expires_at"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    state_hash: Mapped[str] = mapped_column(unique=True)
    browser_hash: Mapped[str]
    provider: Mapped[str]
    target: Mapped[str]
    language: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ProviderSession(Base):
    """What a session of ours is at the provider. The ID token can be read with the session's cookie only."""

    __tablename__ = "provider_session"
    __table_args__ = (Index("ix_provider_session_identity_id", "identity_id"),)

    session_id: Mapped[int] = mapped_column(
        ForeignKey("sign_in_session.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    identity_id: Mapped[int] = mapped_column(ForeignKey("sign_in_identity.id", ondelete="CASCADE"))
    sub: Mapped[str]
    sid: Mapped[str | None]
    sealed_id_token: Mapped[str]


class SpentLogoutToken(Base):
    """A provider's word that somebody signed out there, which works once."""

    __tablename__ = "spent_logout_token"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    jti_hash: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]

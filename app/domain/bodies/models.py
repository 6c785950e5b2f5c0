"""Tables of committees and boards: who sits in them, whom they advise, what they recommend and read."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base

ONE_SUBJECT = "num_nonnulls(contribution_id, project_id, own_project_id) <= 1"
ONE_READING = (
    "num_nonnulls(contribution_id, project_id, own_project_id, deck_id, strategy_id, meeting_id, url) = 1"
)


class Body(Base):
    """A committee, board or forum of an organisation or of a network.

    `kind`: section_17_4 (a committee by section 17(4) of the municipal government act), standing, board,
    forum, other; `kind_certainty`: stated or inferred. `visibility`: public, or members for what its own
    people alone read. `acts_by`: how it works, in words. `ended_on`: it is no more, and stays readable.
    `key`: its name in addresses, and the seed's own name for it.
    """

    __tablename__ = "body"
    __table_args__ = (
        CheckConstraint("num_nonnulls(organisation_id, network_id) = 1", name="one_owner"),
        CheckConstraint("kind in ('section_17_4', 'standing', 'board', 'forum', 'other')", name="kind"),
        CheckConstraint("kind_certainty in ('stated', 'inferred')", name="kind_certainty"),
        CheckConstraint("visibility in ('public', 'members')", name="visibility"),
        CheckConstraint("since <= ended_on", name="ended_on"),
        Index("ix_body_organisation_id", "organisation_id"),
        Index("ix_body_network_id", "network_id"),
        Index("ix_body_made_by_id", "made_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    network_id: Mapped[int | None] = mapped_column(ForeignKey("network.id"))
    kind: Mapped[str]
    kind_certainty: Mapped[str] = mapped_column(default="stated", server_default="stated")
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="", server_default="")
    about: Mapped[str] = mapped_column(default="", server_default="")
    about_en: Mapped[str] = mapped_column(default="", server_default="")
    acts_by: Mapped[str] = mapped_column(default="", server_default="")
    acts_by_en: Mapped[str] = mapped_column(default="", server_default="")
    visibility: Mapped[str] = mapped_column(default="public", server_default="public")
    since: Mapped[date | None]
    ended_on: Mapped[date | None]
    source_url: Mapped[str | None]
    source_note: Mapped[str] = mapped_column(default="", server_default="")
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    is_example: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class BodyMandate(Base):
    """A line of what a body is there for. One that was taken out (`ended_at`) can be read still."""

    __tablename__ = "body_mandate"
    __table_args__ = (Index("ix_body_mandate_body_id", "body_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"))
    position: Mapped[int]
    text: Mapped[str]
    text_en: Mapped[str] = mapped_column(default="", server_default="")
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class BodyAdvised(Base):
    """Whom a body advises, by name; `advised_id` where that is a body of the forum too."""

    __tablename__ = "body_advised"
    __table_args__ = (
        CheckConstraint("advised_id <> body_id", name="advised_id"),
        Index("ix_body_advised_body_id", "body_id"),
        Index("ix_body_advised_advised_id", "advised_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"))
    position: Mapped[int]
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="", server_default="")
    advised_id: Mapped[int | None] = mapped_column(ForeignKey("body.id"))
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class BodyMember(Base):
    """Somebody who sits in a body. With an account, they speak for `organisation_id`, and only then; without
    one, `source_url` is where their seat is public, and so it is with a party.

    `role`: chair, deputy, member, observer. `ended_on`: sits in it no longer from that day.
    """

    __tablename__ = "body_member"
    __table_args__ = (
        CheckConstraint("role in ('chair', 'deputy', 'member', 'observer')", name="role"),
        CheckConstraint("(user_id is null) or (organisation_id is not null)", name="organisation_id"),
        CheckConstraint("party = '' or source_url is not null", name="party"),
        CheckConstraint("since <= ended_on", name="ended_on"),
        Index("ix_body_member_body_id", "body_id"),
        Index("ix_body_member_user_id", "user_id"),
        Index("ix_body_member_organisation_id", "organisation_id"),
        Index(
            "uq_body_member_seat",
            "body_id",
            "user_id",
            unique=True,
            postgresql_where=text("ended_on is null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(default="", server_default="")
    title: Mapped[str] = mapped_column(default="", server_default="")
    role: Mapped[str] = mapped_column(default="member", server_default="member")
    party: Mapped[str] = mapped_column(default="", server_default="")
    source_url: Mapped[str | None]
    since: Mapped[date | None]
    ended_on: Mapped[date | None]
    added_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class BodySecretary(Base):
    """Somebody who keeps the papers of a body; in that membership only, and named by the owner's admin."""

    __tablename__ = "body_secretary"
    __table_args__ = (
        Index("ix_body_secretary_membership_id", "membership_id"),
        Index("ix_body_secretary_named_by_id", "named_by_id"),
    )

    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"), primary_key=True, autoincrement=False)
    membership_id: Mapped[int] = mapped_column(
        ForeignKey("membership.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    named_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    named_at: Mapped[datetime]


class BodyMeeting(Base):
    """A day on which a body meets. `url`: its agenda or its minutes, where they are public."""

    __tablename__ = "body_meeting"
    __table_args__ = (
        Index("ix_body_meeting_body_id_held_on", "body_id", "held_on"),
        Index("ix_body_meeting_added_by_id", "added_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"))
    held_on: Mapped[date]
    starts_at: Mapped[str] = mapped_column(default="", server_default="")
    place: Mapped[str] = mapped_column(default="", server_default="")
    note: Mapped[str] = mapped_column(default="", server_default="")
    url: Mapped[str | None]
    cancelled_at: Mapped[datetime | None]
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class Recommendation(Base):
    """What a body recommends, or is asked to: about something of the forum, or in words of its own.

    `number` counts within the body. `state`: draft, sent, treated, decided, withdrawn, as the last of its
    steps says; what was sent back is a draft again. `outcome` is that of a decision. `advised_id`: who is to
    decide; none where the body decides itself. The title of what it is about is read where it stands.
    """

    __tablename__ = "recommendation"
    __table_args__ = (
        CheckConstraint(ONE_SUBJECT, name="one_subject"),
        CheckConstraint("state in ('draft', 'sent', 'treated', 'decided', 'withdrawn')", name="state"),
        CheckConstraint("outcome in ('followed', 'partly', 'not', 'sent_back')", name="outcome"),
        CheckConstraint("(outcome is not null) = (state = 'decided')", name="decided"),
        CheckConstraint("visibility in ('public', 'members')", name="visibility"),
        UniqueConstraint("body_id", "number"),
        Index("ix_recommendation_contribution_id", "contribution_id"),
        Index("ix_recommendation_project_id", "project_id"),
        Index("ix_recommendation_own_project_id", "own_project_id"),
        Index("ix_recommendation_advised_id", "advised_id"),
        Index("ix_recommendation_drafted_by_id", "drafted_by_id"),
        Index("ix_recommendation_organisation_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str | None] = mapped_column(unique=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"))
    number: Mapped[int]
    contribution_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    own_project_id: Mapped[int | None] = mapped_column(ForeignKey("own_project.id"))
    title: Mapped[str]
    text: Mapped[str]
    visibility: Mapped[str] = mapped_column(default="members", server_default="members")
    advised_id: Mapped[int | None] = mapped_column(ForeignKey("body_advised.id"))
    state: Mapped[str] = mapped_column(default="draft", server_default="draft")
    outcome: Mapped[str | None]
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    drafted_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    is_example: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class RecommendationStep(Base):
    """Something that became of a recommendation on a day, and who noted it; rows are added, never changed.

    `title` and `text` of what was sent are its words as they were sent; of the others, what was said.
    `meeting_id`: where it was treated. `advised_id`: who decided; none where the body did. What was noted by
    mistake is taken back with a reason and counts no more.
    """

    __tablename__ = "recommendation_step"
    __table_args__ = (
        CheckConstraint("kind in ('sent', 'treated', 'decided', 'withdrawn')", name="kind"),
        CheckConstraint("outcome in ('followed', 'partly', 'not', 'sent_back')", name="outcome"),
        CheckConstraint("(outcome is not null) = (kind = 'decided')", name="decided"),
        CheckConstraint("meeting_id is not null or kind <> 'treated'", name="treated"),
        CheckConstraint("taken_back_at is not null or taken_back_reason = ''", name="taken_back"),
        Index("ix_recommendation_step_recommendation_id", "recommendation_id"),
        Index("ix_recommendation_step_meeting_id", "meeting_id"),
        Index("ix_recommendation_step_advised_id", "advised_id"),
        Index("ix_recommendation_step_noted_by_id", "noted_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    recommendation_id: Mapped[int] = mapped_column(ForeignKey("recommendation.id"))
    kind: Mapped[str]
    happened_on: Mapped[date]
    title: Mapped[str] = mapped_column(default="", server_default="")
    text: Mapped[str] = mapped_column(default="", server_default="")
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("body_meeting.id"))
    advised_id: Mapped[int | None] = mapped_column(ForeignKey("body_advised.id"))
    outcome: Mapped[str | None]
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    noted_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
    taken_back_reason: Mapped[str] = mapped_column(default="", server_default="")


class Reading(Base):
    """Something for the members of a body to read: a thing of the forum, or an address elsewhere.

    `page` is of a deck. `body_meeting_id`: read before that meeting. What was taken out stays
    as a row.
    """

    __tablename__ = "body_reading"
    __table_args__ = (
        CheckConstraint(ONE_READING, name="one_thing"),
        CheckConstraint("(url is null) = (title = '')", name="title"),
        CheckConstraint("page is null or deck_id is not null", name="page"),
        Index("ix_body_reading_body_id", "body_id"),
        Index("ix_body_reading_contribution_id", "contribution_id"),
        Index("ix_body_reading_project_id", "project_id"),
        Index("ix_body_reading_own_project_id", "own_project_id"),
        Index("ix_body_reading_deck_id", "deck_id"),
        Index("ix_body_reading_strategy_id", "strategy_id"),
        Index("ix_body_reading_meeting_id", "meeting_id"),
        Index("ix_body_reading_body_meeting_id", "body_meeting_id"),
        Index("ix_body_reading_added_by_id", "added_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"))
    position: Mapped[int]
    contribution_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    own_project_id: Mapped[int | None] = mapped_column(ForeignKey("own_project.id"))
    deck_id: Mapped[int | None] = mapped_column(ForeignKey("deck.id"))
    page: Mapped[int | None]
    strategy_id: Mapped[int | None] = mapped_column(ForeignKey("strategy.id"))
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    url: Mapped[str | None]
    title: Mapped[str] = mapped_column(default="", server_default="")
    note: Mapped[str] = mapped_column(default="", server_default="")
    body_meeting_id: Mapped[int | None] = mapped_column(ForeignKey("body_meeting.id"))
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class ReadMark(Base):
    """A member has read something of the list. Only they see it themselves."""

    __tablename__ = "body_read_mark"

    reading_id: Mapped[int] = mapped_column(ForeignKey("body_reading.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True, index=True)
    read_at: Mapped[datetime]

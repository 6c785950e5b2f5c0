"""Tables of what people said: cards, questions, wishes, ideas, needs; and the answers to them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Numeric,
    Sequence,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base

# One row of numbers for each kind: OE-0001, ID-0001, BE-0001, IN-0001, SP-0001. Gaps are allowed.
PREFIXES = {"wish": "OE", "idea": "ID", "need": "BE", "card": "IN", "question": "SP"}
# The stems of its words: the title and text in the language they were said in, and the English wording.
STEMS = (
    "to_tsvector(case language when 'en' then 'english'::regconfig when 'sv' then 'swedish'::regconfig"
    " else 'danish'::regconfig end, title || ' ' || body) || to_tsvector('english'::regconfig, body_en)"
)
NUMBERS = {kind: Sequence(f"contribution_{kind}_number", metadata=Base.metadata) for kind in PREFIXES}


class Contribution(Base):
    """What somebody said, in the words as they were said.

    Three different things: who said it (`said_by_…`), on whose behalf (`on_behalf_of_…`), and who
    entered it (`entered_by_id`). `status` and `aspect` are codes. `visibility`: public, participants,
    municipalities, staff, own. A draft has no `published_at`, nor has what waits to be let through
    (`waiting_reason`: newcomer or links). `hidden_at`: when staff took it out of sight; nothing is erased.
    `attendee_id`: who wrote it in the room on the day, with `shown_as`: name, organisation, kind, anonymous.
    Of the latter two no name stands in the row, and nobody but its author is told whose it is.
    `client_id`: made by the browser that wrote it, so that it is taken once however often it is sent.
    `told_at`: when the organisation on whose behalf somebody else wrote it in was told.
    """

    __tablename__ = "contribution"
    __table_args__ = (
        CheckConstraint("kind in ('card','question','wish','idea','need')", name="kind"),
        CheckConstraint("shown_as in ('name', 'organisation', 'kind', 'anonymous')", name="shown_as"),
        CheckConstraint(
            "shown_as not in ('kind', 'anonymous') or (said_by_user_id is null and entered_by_id is null"
            " and said_by_person_id is null and on_behalf_of_id is null and said_by_text = '')",
            name="nameless",
        ),
        Index("ix_contribution_meeting_id", "meeting_id"),
        Index("ix_contribution_group_id", "group_id"),
        Index("ix_contribution_item_id", "item_id"),
        Index("ix_contribution_on_behalf_of_id", "on_behalf_of_id"),
        Index("ix_contribution_entered_by_id", "entered_by_id"),
        Index("ix_contribution_said_by_person_id", "said_by_person_id"),
        Index("ix_contribution_attendee_id", "attendee_id"),
        # What counting looks at, so that no text is read for a number.
        Index(
            "ix_contribution_counted",
            "kind",
            "received_at",
            "id",
            postgresql_include=[
                "meeting_id",
                "on_behalf_of_id",
                "status",
                "aspect",
                "visibility",
                "published_at",
                "answer_by",
                "hidden_at",
                "waiting_reason",
            ],
        ),
        Index("ix_contribution_stems", "stems", postgresql_using="gin"),
        Index(
            "ix_contribution_waiting",
            "received_at",
            postgresql_where=text("waiting_reason is not null"),
        ),
        UniqueConstraint("meeting_id", "key"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str]
    reference: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str | None]  # the seed's own name for it, so that the same facts twice add nothing
    title: Mapped[str]
    body: Mapped[str]
    body_en: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="da")
    aspect: Mapped[str | None]
    status: Mapped[str]
    visibility: Mapped[str] = mapped_column(default="public")
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_item.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("discussion_group.id"))
    task: Mapped[str] = mapped_column(default="")
    said_by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    said_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    said_by_text: Mapped[str] = mapped_column(default="")
    on_behalf_of_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    on_behalf_of_text: Mapped[str] = mapped_column(default="")
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("attendee.id"))
    shown_as: Mapped[str | None]
    client_id: Mapped[UUID | None] = mapped_column(unique=True)
    certainty_note: Mapped[str] = mapped_column(default="")
    source_url: Mapped[str | None]
    received_at: Mapped[datetime]
    answer_by: Mapped[date | None]
    published_at: Mapped[datetime | None]
    is_example: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    told_at: Mapped[datetime | None]
    waiting_reason: Mapped[str | None]
    let_through_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]
    # Made by the database of the words; what says the same is looked for in it.
    stems: Mapped[Any] = mapped_column(
        TSVECTOR, Computed(STEMS, persisted=True), nullable=True, deferred=True
    )


class Wording(Base):
    """How a contribution stood until it was corrected in this version: {field: text}; for staff.

    The words are kept here and not in the log of changes, which cannot be made to forget.
    """

    __tablename__ = "contribution_wording"
    __table_args__ = (UniqueConstraint("contribution_id", "version"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    version: Mapped[int]
    words: Mapped[dict[str, str]] = mapped_column(JSONB)
    replaced_at: Mapped[datetime]


class BlackedText(Base):
    """A text in which words are blacked out: how it was written, and which letters are out of sight.

    `thing`: contribution, answer, answer_edition, or a row around an idea. `field`: a column of it, or
    "details.…", "confidential.…" or "confidential_reasons.…" of an idea.
    `spans`: [[first letter, letter after the last], …] of `original`. The thing itself holds the text as it
    is shown, so that whoever reads it reads it blacked out.
    """

    __tablename__ = "blacked_text"
    __table_args__ = (UniqueConstraint("thing", "thing_id", "field"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    thing: Mapped[str]
    thing_id: Mapped[int] = mapped_column(BigInteger)
    field: Mapped[str]
    original: Mapped[str]
    spans: Mapped[list[list[int]]] = mapped_column(JSONB)


class ContributionTheme(Base):
    """A contribution under a theme. `origin`: person (somebody chose it) or archive (assigned at seeding)."""

    __tablename__ = "contribution_theme"

    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), primary_key=True, index=True)
    origin: Mapped[str] = mapped_column(default="person")


class IdeaDetails(Base):
    """The structured half of an idea, and its confidential half: {part: text}, shown only to its own
    organisation, those who sign along and staff, and never put into search, feeds, exports or logs.

    `confidential_reasons`: {part: why}, one for each part. A part is one of the columns above it, "other", or
    "field_12" for a field of the organisers. The cost is in kroner; figures are in `effect_unit`.
    """

    __tablename__ = "idea_details"
    __table_args__ = (CheckConstraint("cost_from >= 0 and cost_to >= coalesce(cost_from, 0)", name="cost"),)

    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    problem: Mapped[str] = mapped_column(default="")
    for_whom: Mapped[str] = mapped_column(default="")
    proposal: Mapped[str] = mapped_column(default="")
    technology: Mapped[str] = mapped_column(default="")
    data_source: Mapped[str] = mapped_column(default="")
    legal_basis: Mapped[str] = mapped_column(default="")
    operations: Mapped[str] = mapped_column(default="")
    effect_indicator: Mapped[str] = mapped_column(default="")
    baseline: Mapped[str] = mapped_column(default="")
    target: Mapped[str] = mapped_column(default="")
    effect_unit: Mapped[str] = mapped_column(default="", server_default="")
    baseline_value: Mapped[Decimal | None] = mapped_column(Numeric(16, 4))
    target_value: Mapped[Decimal | None] = mapped_column(Numeric(16, 4))
    wants_partner: Mapped[bool] = mapped_column(default=False, server_default=false())
    partner_wanted: Mapped[str] = mapped_column(default="")
    maturity: Mapped[str] = mapped_column(default="idea")
    cost_frame: Mapped[str] = mapped_column(default="")
    cost_from: Mapped[int | None] = mapped_column(BigInteger)
    cost_to: Mapped[int | None] = mapped_column(BigInteger)
    confidential: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    confidential_reasons: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")


class Answer(Base):
    """What an organiser said back. `kind`: answer, promise, position or thanks.

    `verdict`: yes, partly, no or later, and `reason` why; none on what was said before answers had one.
    `again_by`: with "later", the day by which it is answered again. Neither `prepared_at` nor `published_at`:
    a draft; the former: ready, and known to staff alone until it is published.
    """

    __tablename__ = "answer"
    __table_args__ = (
        CheckConstraint("verdict in ('yes', 'partly', 'no', 'later')", name="verdict"),
        CheckConstraint("coalesce(verdict = 'later', false) = (again_by is not null)", name="again_by"),
        UniqueConstraint("meeting_id", "key"),
        Index("ix_answer_published_at", "published_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    key: Mapped[str | None]
    kind: Mapped[str]
    verdict: Mapped[str | None]
    text: Mapped[str]
    text_en: Mapped[str] = mapped_column(default="")
    text_sv: Mapped[str] = mapped_column(default="", server_default="")
    reason: Mapped[str] = mapped_column(default="", server_default="")
    reason_en: Mapped[str] = mapped_column(default="", server_default="")
    reason_sv: Mapped[str] = mapped_column(default="", server_default="")
    again_by: Mapped[date | None]
    said_by_text: Mapped[str] = mapped_column(default="")
    prepared_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    is_example: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class AnswerEdition(Base):
    """How a published answer stood until it was corrected, and `why`. Readers of the answer read it too.

    `number`: the version of the answer that it was.
    """

    __tablename__ = "answer_edition"
    __table_args__ = (UniqueConstraint("answer_id", "number"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"))
    number: Mapped[int]
    verdict: Mapped[str | None]
    text: Mapped[str]
    text_en: Mapped[str] = mapped_column(default="", server_default="")
    text_sv: Mapped[str] = mapped_column(default="", server_default="")
    reason: Mapped[str] = mapped_column(default="", server_default="")
    reason_en: Mapped[str] = mapped_column(default="", server_default="")
    reason_sv: Mapped[str] = mapped_column(default="", server_default="")
    again_by: Mapped[date | None]
    why: Mapped[str]
    replaced_at: Mapped[datetime]


class AnswerRule(Base):
    """By when staff has decided that what is sent is answered; one row, or none and then the settings' days.

    `at_most_days` after it was sent, and where `before_meeting` is set, before the next meeting of the series
    that is at least `at_least_days` away.
    """

    __tablename__ = "answer_rule"
    __table_args__ = (
        CheckConstraint("id = 1", name="one"),
        CheckConstraint("at_most_days between 1 and 365", name="at_most_days"),
        CheckConstraint("at_least_days between 0 and at_most_days", name="at_least_days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    at_most_days: Mapped[int]
    at_least_days: Mapped[int]
    before_meeting: Mapped[bool]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class AnswerOrganisation(Base):
    """Who signs an answer."""

    __tablename__ = "answer_organisation"

    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)


class AnswerContribution(Base):
    """What an answer answers."""

    __tablename__ = "answer_contribution"

    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"), primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), primary_key=True, index=True)


class Interest(Base):
    """A municipality's mark on a contribution: need, pilot, co_fund or solved. One for each municipality.

    `signed_as`: the title, at that time, of who set it or changed it last.
    """

    __tablename__ = "interest"
    __table_args__ = (
        UniqueConstraint("contribution_id", "organisation_id"),
        Index("ix_interest_organisation_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str]
    contact: Mapped[str] = mapped_column(default="")
    signed_as: Mapped[str] = mapped_column(default="", server_default="")
    marked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    marked_at: Mapped[datetime]
    is_example: Mapped[bool] = mapped_column(default=False)


class InterestChange(Base):
    """That a municipality's mark was set, changed or taken away, and in which role that was done.

    `before` and `after`: the kind, none where there was no mark. Whom to contact is not kept here.
    """

    __tablename__ = "interest_change"
    __table_args__ = (
        CheckConstraint("before is not null or after is not null", name="kind"),
        Index("ix_interest_change_contribution_id", "contribution_id", "organisation_id"),
        Index("ix_interest_change_organisation_id", "organisation_id"),
        Index("ix_interest_change_changed_by_id", "changed_by_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    before: Mapped[str | None]
    after: Mapped[str | None]
    signed_as: Mapped[str] = mapped_column(default="", server_default="")
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    changed_at: Mapped[datetime]

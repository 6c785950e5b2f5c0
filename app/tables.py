"""Loads every room's tables and jobs, so that migrations and workers know them all."""

import importlib

ROOMS = (
    "app.core.audit",
    "app.core.job_runs",
    "app.core.mail",
    "app.core.links",
    "app.core.made_files",
    "app.http.once",
    "app.http.limits",
    "app.domain.organisations.models",
    "app.domain.organisations.network_models",
    "app.domain.users.models",
    "app.domain.users.network_models",
    "app.domain.strategies.models",
    "app.domain.strategies.policy_models",
    "app.domain.projects.models",
    "app.domain.projects.own_models",
    "app.domain.meetings.models",
    "app.domain.outbox.models",
    "app.domain.registrations.models",
    "app.domain.invitations.models",
    "app.domain.attendance.models",
    "app.domain.groups.models",
    "app.domain.presentations.models",
    "app.domain.speakers.models",
    "app.domain.contributions.models",
    "app.domain.contributions.gathering_models",
    "app.domain.contributions.ideas.models",
    "app.domain.contributions.needs.models",
    "app.domain.boards.models",
    "app.domain.panels.models",
    "app.domain.polls.models",
    "app.domain.running.models",
    "app.domain.minutes.models",
    "app.domain.minutes.comment_models",
    "app.domain.evaluations.models",
    "app.domain.answering.models",
    "app.domain.commitments.models",
    "app.domain.partners.models",
    "app.domain.summaries.models",
    "app.domain.priorities.models",
    "app.domain.priorities.maturity_models",
    "app.domain.bodies.models",
    "app.domain.pressure_tests.models",
    "app.domain.pipeline.models",
    "app.domain.closing.models",
    "app.domain.carry_over.models",
    "app.domain.meeting_reports.models",
    "app.domain.ledger.models",
    "app.domain.imports.models",
    "app.domain.moderation.models",
    "app.domain.search.models",
    "app.domain.following.models",
    "app.identity.models",
    "app.identity.token_models",
    "app.identity.provider_models",
    "app.privacy.models",
    "app.archive.models",
)
JOBS = (
    "app.domain.groups.jobs",
    "app.domain.presentations.jobs",
    "app.domain.contributions.jobs",
    "app.domain.answering.jobs",
    "app.domain.following.jobs",
    "app.domain.boards.jobs",
    "app.domain.evaluations.jobs",
    "app.domain.commitments.jobs",
    "app.domain.priorities.jobs",
    "app.domain.bodies.jobs",
    "app.domain.partners.jobs",
    "app.domain.pressure_tests.jobs",
    "app.domain.ledger.jobs",
    "app.domain.imports.jobs",
    "app.domain.search.jobs",
    "app.domain.outbox.jobs",
    "app.domain.registrations.jobs",
    "app.domain.users.jobs",
    "app.privacy.jobs",
    "app.papers.jobs",
)


def load_all_tables() -> None:
    for room in ROOMS:
        importlib.import_module(room)


def load_all_jobs() -> None:
    load_all_tables()
    for room in JOBS:
        importlib.import_module(room)

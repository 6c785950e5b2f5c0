"""The HTML doors: one module per subject, named as its address in English."""

import importlib
from collections.abc import Iterator
from functools import cache
from re import Pattern

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import compile_path

SUBJECTS = (
    # An address is held only against those of its first word and its length (http/finding.py), in this order.
    "live",
    "right_now",
    "boards",
    "panels",
    "polls",
    "front",
    # Before what has addresses such as /moeder/{key}, which would else take /moeder/10.ics.
    "calendars",
    # Before the pages whose /organisationer/{number} and the like would else take 12.atom.
    "feeds",
    "list_files",
    "duties",
    "accessibility",
    "privacy",
    "safety",
    "consents",
    "own_data",
    "retention",
    "site_settings",
    "site_logo",
    "site_mails",
    "site_periods",
    "opendata",
    "sharing",
    "embeds",
    "signin",
    "oidc",
    "connections",
    "welcome",
    "passkeys",
    "own",
    "own_contributions",
    "own_municipality",
    "own_sessions",
    "tokens",
    "api_guide",
    "webhooks",
    "memberships",
    "accounts",
    "users",
    # Before meetings, whose /moeder/{key} would else take /moeder/nyt.
    "planning",
    "programme_planning",
    "programme_publishing",
    "speaker_planning",
    "group_planning",
    "group_making",
    "meeting_states",
    "closing",
    "meeting_copying",
    "carry_over",
    "roles",
    "board_planning",
    "board_arranging",
    "invitations",
    "joining",
    "lobby",
    "room_settings",
    "attendance",
    # Before the page of the report and the meeting's own, as its addresses begin like theirs.
    "meeting_files",
    "meeting_reports",
    "meetings",
    "follow_up",
    "minutes",
    "minutes_comments",
    "console",
    "panel_leading",
    "poll_planning",
    "big_screen",
    "series",
    "evaluations",
    "outbox",
    "mails",
    "registrations",
    "seats",
    "sign_ups",
    "seat_planning",
    "speakers",
    "speaker_links",
    "sign_up_questions",
    "reminders",
    "cards",
    "imports",
    "meeting_pages",
    "old_addresses",
    # Before the address of one deck, /oplaeg/{id}.
    "deck_batches",
    "decks",
    "deck_editing",
    "deck_versions",
    "deck_themes",
    "wishes",
    # The addresses with a word in them before /ideer/{reference}.
    "idea_files",
    "idea_signing",
    "idea_heard",
    "idea_writing",
    "ideas",
    # The addresses with a word in them before /behov/{reference} and /netvaerk/{key}.
    "need_writing",
    "partners",
    "networks",
    # The addresses with a word in them before /behov/runder/{key}, and these before /behov/{reference}.
    "round_leading",
    "rounds",
    "needs",
    "interests",
    # The addresses with a word in them before /forpligtelser/{reference}.
    "commitment_writing",
    "commitment_measuring",
    "commitments",
    "replies",
    "late_answers",
    "stories",
    "reports",
    "year_reports",
    "summaries",
    "answering",
    "answer_batches",
    "answer_rules",
    "idea_hearings",
    "idea_fields",
    "gathering",
    "inbox",
    "ledger_log",
    "gaps",
    "ledger_exports",
    "ledger",
    "tenders",
    # After all whose addresses begin with /indbakke and another word, which it would take as a number.
    "cases",
    "moderation",
    "following",
    # Before themes, whose /temaer/{key} would else take /temaer/kobling.
    "crosswalk",
    "heat",
    "maps",
    "themes",
    # The addresses with a word in them before /kommuner/{key}/projekter/{number}.
    "own_policy_writing",
    "own_policy",
    "own_projects",
    "committee_reports",
    "maturity",
    "maturity_dimensions",
    "municipalities",
    "organisations",
    "organisation_editing",
    # Before projects, whose /projekter/{key} would else take /projekter/vej.
    "pipeline",
    "pipeline_noting",
    "projects",
    "pressure_beginning",
    "pressure_assessing",
    "pressure_leading",
    "pressure_criteria",
    "pressure_tests",
    # The addresses with a word in them before /udvalg/{key}.
    "recommendations",
    "body_keeping",
    "bodies",
    "search",
    "recycle_bin",
    "audit",
    "operations",
)


def routers() -> Iterator[APIRouter]:
    """The routers of every subject."""
    for subject in SUBJECTS:
        module = importlib.import_module(f"app.web.{subject}")
        yield module.router
        if hasattr(module, "uploads"):
            yield module.uploads


def takes_files(path: str) -> bool:
    """Whether an address takes files, and so larger bodies: those in a subject's router `uploads`."""
    return any(pattern.match(path) for pattern in _upload_patterns())


@cache
def _upload_patterns() -> tuple[Pattern[str], ...]:
    modules = (importlib.import_module(f"app.web.{subject}") for subject in SUBJECTS)
    routers = (module.uploads for module in modules if hasattr(module, "uploads"))
    paths = {route.path for router in routers for route in router.routes if isinstance(route, APIRoute)}
    return tuple(compile_path(path)[0] for path in sorted(paths))

"""Strategies, organisations and projects for tests, put in through the verbs with as little as they need."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.core.policy import SYSTEM
from app.domain.organisations.models import Organisation
from app.domain.organisations.schemas import OrganisationInput
from app.domain.organisations.service import add_organisation
from app.domain.projects.models import Programme, Project
from app.domain.projects.schemas import ProgrammeInput, ProjectInput
from app.domain.projects.service import put_programme, put_project
from app.domain.strategies.models import Strategy
from app.domain.strategies.schemas import StrategyInput
from app.domain.strategies.service import put_strategy

FACTS = Path(__file__).resolve().parent.parent / "app" / "archive" / "facts"


def read_facts(name: str) -> Any:
    return json.loads((FACTS / f"{name}.json").read_text())


def theme(key: str, **given: Any) -> dict[str, Any]:
    return {"key": key, "name": key.capitalize()} | given


def put_a_strategy(session: Session, key: str = "plan", **given: Any) -> Strategy:
    values = {"key": key, "name": f"Strategien {key}", "level": "municipal", "owner": "KL"}
    return put_strategy(session, SYSTEM, StrategyInput.model_validate(values | given))


def put_the_strategies(session: Session) -> None:
    """The real ones; Esbjerg must be known."""
    for record in read_facts("strategies"):
        put_strategy(session, SYSTEM, StrategyInput.model_validate(record))


def put_a_project(session: Session, key: str = "sp-1", **given: Any) -> Project:
    values = {"key": key, "title": f"Projektet {key}", "field": "climate", "round_year": 2021}
    return put_project(session, SYSTEM, ProjectInput.model_validate(values | given))


def put_the_programme(session: Session) -> Programme:
    record = read_facts("projects")["programme"]
    return put_programme(session, SYSTEM, ProgrammeInput.model_validate(record))


def put_an_organisation(session: Session, key: str, kind: str = "vendor", **given: Any) -> Organisation:
    values = {"key": key, "name": key.capitalize(), "kind": kind}
    return add_organisation(session, SYSTEM, OrganisationInput.model_validate(values | given))


def put_a_municipality(session: Session, key: str, name: str, **given: Any) -> Organisation:
    values = {"name": f"{name} Kommune", "short_name": name, "region": "Region Syddanmark"}
    return put_an_organisation(session, key, "municipality", **values | given)

"""The whole sample as lines: a header with what to expect, then each org and its Tasks."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from orgsim.sample.archive import FORMAT
from orgsim.sample.people import COMPANIES, Company, Person, org_record
from orgsim.sample.tasks import Planned, TaskPlan

SEED = 20_261_122


def lines(seed: int = SEED) -> Iterator[dict[str, Any]]:
    """Return the lines of the sample; the same seed gives the same lines."""
    plans = [(company, *_planned(company, seed)) for company in COMPANIES]
    teams = [_team(company, tasks) for company, _, tasks in plans]
    yield {"kind": "header", "format": FORMAT, "seed": seed, "teams": teams}
    for company, org, tasks in plans:
        yield {"kind": "org", "values": org}
        for planned in tasks:
            yield {"kind": "task", "org": company.number - 1, "values": planned.values}


def _planned(company: Company, seed: int) -> tuple[dict[str, Any], list[Planned]]:
    chance = random.Random(seed + company.number)  # noqa: S311 repeatable, not secret
    org = org_record(company, chance)
    return org, TaskPlan(company, chance).tasks()


def _team(company: Company, tasks: list[Planned]) -> dict[str, Any]:
    imports = Counter(planned.importer for planned in tasks)
    users = {user["Id"]: user for user in org_record(company, random.Random(0))["users"]}  # noqa: S311 names only
    return {
        "name": company.team,
        "org_id": company.id("00D", 1),
        "users": [
            _app_user(person, users[company.user_id(person.mailbox)], imports[person.mailbox])
            for person in company.people
            if person.syncing
        ],
    }


def _app_user(person: Person, user: dict[str, Any], imports: int) -> dict[str, Any]:
    return {
        "email": user["Email"],
        "name": person.name,
        "username": user["Username"],
        "time_zone": person.zone,
        "salesforce_user_id": user["Id"],
        "imports": imports,
    }

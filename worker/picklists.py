"""What an org offers to choose from for its Tasks: asked seldom, and remembered for all processes in Redis."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from remindersync.errors import SalesforceRefused, SyncError
from remindersync.ports import Login
from remindersync.salesforce.client import Client
from remindersync.salesforce.survey import OrgSurvey
from remindersync.store.people import AppUser
from worker.addresses import KEY_PREFIX
from worker.saving import login_to_ask
from worker.services import Services

REMEMBERED_SECONDS = 600
# After a failure nobody is let wait for another one, unless they ask for it.
FAILED_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Picklists:
    """The values an org has for its Tasks: each Status with whether it is closed, and the Priorities."""

    statuses: Mapping[str, bool]
    priorities: tuple[str, ...]


class NotRead(SyncError):
    """The picklists could not be read; the message says why."""


def picklists(here: Services, team_id: str, by: AppUser, *, anew: bool = False) -> Picklists | None:
    """Return what an org's picklists hold; None without a login that works.

    They are asked for in two calls at most every ten minutes, or `anew`, by the integration login or else that of
    `by`; never while the org is held or background work has used up its share. Raises `NotRead`.
    """
    login = login_to_ask(here, team_id, by)
    if login is None:
        return None
    known = None if anew else _recalled(here.redis, login.org_id)
    if known is None:
        known = _asked(here, login)
        _remember(here.redis, login.org_id, known)
    if "failed" in known:
        raise NotRead(known["failed"])
    return Picklists(known["statuses"], tuple(known["priorities"]))


def _asked(here: Services, login: Login) -> dict[str, Any]:
    # A look at a page is nobody's edit: it goes with background work, and stops with it.
    survey = OrgSurvey(Client(login, here.sessions.refresher, here.sessions.door, background=True))
    try:
        return asdict(Picklists(survey.statuses(), tuple(survey.priorities())))
    except SalesforceRefused as refused:
        return {"failed": f"{refused.fault.meaning} {refused.fault.remedy}"}
    except SyncError as error:
        return {"failed": str(error)}


def _recalled(redis: Redis, org_id: str) -> dict[str, Any] | None:
    try:
        kept = redis.get(_key(org_id))
    except RedisError:
        return None
    return json.loads(str(kept)) if kept else None


def _remember(redis: Redis, org_id: str, known: Mapping[str, Any]) -> None:
    failed = "failed" in known
    try:
        # What was read before is better than nothing.
        redis.set(_key(org_id), json.dumps(known), ex=FAILED_SECONDS if failed else REMEMBERED_SECONDS, nx=failed)
    except RedisError:
        # Whoever asks next asks Salesforce; without Redis nobody does.
        return


def _key(org_id: str) -> str:
    return f"{KEY_PREFIX}picklists:{org_id}"

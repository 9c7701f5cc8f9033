"""Runs that people ask for on a page: the same question before costly ones, whoever they are for (SYNC-8)."""

from collections.abc import Collection, Mapping

from remindersync.errors import UserMistake
from remindersync.model import RunKind
from remindersync.store.people import AppUser
from worker.pricing import full_price
from worker.services import Services


def queue(services: Services, users: Collection[AppUser], form: Mapping[str, str]) -> list[str]:
    """Queue a run of each user, as the form asks: `full` reads everything anew, `dry` only looks. Return their ids.

    Raises `UserMistake` for a full one that takes much of what is left today unless the form has `agreed`, and for
    somebody who does not sync.
    """
    full = "full" in form
    price = full_price(services, [user.id for user in users])
    if full and price.is_large and "agreed" not in form:
        raise UserMistake(f"{price}: tick that this is meant.")
    kind = RunKind.DRY if "dry" in form else RunKind.FULL if full else RunKind.POLL
    queued = []
    for user in users:
        queued.append(services.requests.queue(user.id, kind, full=full))
        services.send(user.id)
    return queued

"""Runs that people ask for on a page: the same question before costly ones, whoever they are for (SYNC-8)."""

from collections.abc import Collection, Mapping

from remindersync.errors import UserMistake
from remindersync.store.people import AppUser
from worker import by_hand
from worker.services import Services


def queue(services: Services, users: Collection[AppUser], form: Mapping[str, str]) -> list[str]:
    """Queue a run of each user, as the form asks: `full` reads everything anew, `dry` only looks. Return their ids.

    Raises `UserMistake` for a full one that takes much of what is left today unless the form has `agreed`, and for
    somebody who does not sync.
    """
    wanted = by_hand.Wanted(full="full" in form, dry="dry" in form)
    try:
        queued = by_hand.queue(services, [user.id for user in users], wanted, agreed="agreed" in form)
    except by_hand.TooCostly as costly:
        raise UserMistake(f"{costly.price}: tick that this is meant.") from None
    return list(queued.values())

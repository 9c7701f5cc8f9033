"""Whose login a user's runs act with: their own, or the team's because an admin said so (SYNC-9)."""

from sqlalchemy import Connection, Update, case, update
from sqlalchemy.exc import IntegrityError

from remindersync.errors import UserMistake
from remindersync.ports import SalesforceUser
from remindersync.store import people, presence
from remindersync.store.due import Lane, mark_due
from remindersync.store.duty import lock
from remindersync.store.people import AppUser
from remindersync.store.tables import run_state, users
from remindersync.store.texts import known_id, salesforce_id


def put_on_integration(connection: Connection, user_id: str, person: SalesforceUser) -> AppUser:
    """Let a user's runs act with the team's integration login, as `person` of Salesforce, from the next run on.

    Raises `UserMistake` naming both where the user or the person is known as somebody else (SAFE-5).
    """
    user_id = known_id(user_id, "user")
    lock(connection, [user_id])
    user = people.by_id(connection, user_id)
    found = salesforce_id(person.id)
    if user.salesforce_id not in (None, found):
        raise UserMistake(
            f"{user.email} is {user.in_salesforce} in Salesforce, not {person.username}: "
            "name the Salesforce user they are."
        )
    other = people.with_salesforce_id(connection, user, found)
    taken = UserMistake(
        f"{person.username} is {other or 'somebody else'} here already, so {user.email} cannot be: "
        "name another Salesforce user."
    )
    if other is not None:
        raise taken
    try:
        known_as = {"salesforce_id": found, "salesforce_username": person.username}
        connection.execute(_changed(user_id).values(known_as | {"on_integration_login": True}))
        presence.forget(connection, user_id)
    except IntegrityError:
        raise taken from None
    return _begin_anew(connection, user_id)


def put_on_own(connection: Connection, user_id: str) -> AppUser:
    """Let a user's runs act with their own login again, from the next run on."""
    user_id = known_id(user_id, "user")
    lock(connection, [user_id])
    people.by_id(connection, user_id)
    connection.execute(_changed(user_id).values(on_integration_login=False))
    presence.forget(connection, user_id)
    return _begin_anew(connection, user_id)


def _changed(user_id: str) -> Update:
    return update(users).where(users.c.id == user_id)


def _begin_anew(connection: Connection, user_id: str) -> AppUser:
    """Let a run under way write nothing more, for it acts with the other login, and nobody wait for its lease."""
    state = run_state.c
    # A claim that no run has started yet is as good as before.
    claim_until = case((state.running_since.is_(None), state.claim_until))
    begun = {"fence": state.fence + 1, "running_since": None, "claim_until": claim_until, "last_error": None}
    connection.execute(update(run_state).where(state.user_id == user_id).values(begun))
    mark_due(connection, [user_id], Lane.INTERACTIVE)
    return people.by_id(connection, user_id)

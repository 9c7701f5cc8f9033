"""Tokens of the HTTP API: a user's, or a team's service token, which acts for users of the team by name."""

import hashlib
import secrets

from sqlalchemy import ColumnElement, Connection, func, insert, select, text, update

from remindersync.errors import UserMistake
from remindersync.store import people
from remindersync.store.people import AppUser
from remindersync.store.tables import api_tokens, users

# The beginning that every token shares, so that scanners for leaked secrets know it.
PREFIX = "rs_"
_BYTES = 32
# To the hour is enough to find unused tokens, and keeps requests from writing.
_TOUCHED_EVERY = text("interval '1 hour'")


class NeedsUser(UserMistake):
    """A team's token was sent without the user it acts for, or with one who is nobody active in the team."""


def issue(connection: Connection, user_id: str) -> str:
    """Make a token that speaks for a user; only its digest is kept. Raises `NotFound`."""
    return _issued(connection, user_id=people.by_id(connection, user_id).id)


def issue_for_team(connection: Connection, team: str) -> str:
    """Make a token that acts for the users of the team of this name. Raises `NotFound`."""
    return _issued(connection, team_id=people.team_named(connection, team).id)


def bearer(connection: Connection, token: str, act_for: str | None = None) -> AppUser | None:
    """Return the active user a token speaks for, None for a token nobody holds.

    A team's token needs the address of the user to act for, and a user's own allows no other: else `NeedsUser`.
    """
    held = select(api_tokens.c.user_id, api_tokens.c.team_id).where(_is(token))
    row = connection.execute(held).one_or_none()
    if row is None:
        return None
    user = _user(connection, row.user_id, row.team_id, act_for)
    if user is not None:
        _touch(connection, token)
    return user


def _user(connection: Connection, user_id: str | None, team_id: str | None, act_for: str | None) -> AppUser | None:
    wanted = None if act_for is None else act_for.strip().lower()
    if user_id is not None:
        user = people.by_id(connection, user_id)
        if wanted not in {None, user.email}:
            raise NeedsUser("X-Act-For: this token is a user's own: leave the header out, or send a team's token.")
        return user if user.active else None
    if wanted is None:
        raise NeedsUser("This token is a team's: name the user to act for, as X-Act-For: EMAIL.")
    one = users.c.active & (users.c.team_id == team_id) & (users.c.email == wanted)
    row = connection.execute(select(users).where(one)).one_or_none()
    if row is None:
        raise NeedsUser("X-Act-For: nobody active in the team has this address: check it, or add the user.")
    return people.app_user(row)


def _issued(connection: Connection, **holder: str) -> str:
    token = PREFIX + secrets.token_urlsafe(_BYTES)
    connection.execute(insert(api_tokens).values(digest=_digest(token), **holder))
    return token


def _touch(connection: Connection, token: str) -> None:
    stale = api_tokens.c.last_used_at.is_(None) | (api_tokens.c.last_used_at < func.now() - _TOUCHED_EVERY)
    connection.execute(update(api_tokens).where(_is(token), stale).values(last_used_at=func.now()))


def _is(token: str) -> ColumnElement[bool]:
    return api_tokens.c.digest == _digest(token)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()

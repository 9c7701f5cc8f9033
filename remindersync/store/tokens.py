"""Tokens of the HTTP API: a user's, or a team's service token, which acts for users of the team by name."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from remindersync.errors import UserMistake
from remindersync.store import people
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from remindersync.store.tables import api_tokens, users
from remindersync.store.texts import clean_line, known_id

# The beginning that every token shares, so that scanners for leaked secrets know it.
PREFIX = "rs_"
# Nobody can tell more apart.
MOST_TOKENS = 50
_BYTES = 32
_LONGEST_NAME = 100
# To the hour is enough to find unused tokens, and keeps requests from writing.
_TOUCHED_EVERY = text("interval '1 hour'")


class NeedsUser(UserMistake):
    """A team's token was sent without the user it acts for, or with one who is nobody active in the team."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as its holder sees it; `last_used_at` is right to the hour."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


def issue(connection: Connection, user_id: str, name: str = "", token_id: str | None = None) -> str:
    """Make a token that speaks for a user; only its digest is kept.

    One that is there already under a `token_id` of the caller's making is replaced, and counts no more. Raises
    `NotFound`, and `UserMistake` for a name that is none and for more tokens than anybody can tell apart.
    """
    known = people.by_id(connection, user_id)
    new_id = token_id or str(uuid4())
    others = select(func.count()).where(api_tokens.c.user_id == known.id, api_tokens.c.id != new_id)
    if (connection.scalar(others) or 0) >= MOST_TOKENS:
        raise UserMistake(f"There are {MOST_TOKENS} tokens already: revoke those that are used no more.")
    return _issued(connection, id=new_id, name=name, user_id=known.id)


def issue_for_team(connection: Connection, team: str, name: str = "") -> str:
    """Make a token that acts for the users of the team of this name. Raises `NotFound`."""
    return _issued(connection, id=str(uuid4()), name=name, team_id=people.team_named(connection, team).id)


def of_user(connection: Connection, user_id: str) -> list[Token]:
    """Return a user's own tokens, the newest first."""
    return _tokens(connection, api_tokens.c.user_id == user_id)


def of_team(connection: Connection, team_id: str) -> list[Token]:
    """Return the tokens that act for a team's users, the newest first."""
    return _tokens(connection, api_tokens.c.team_id == team_id)


def revoke(connection: Connection, actor: AppUser, token_id: str) -> Token:
    """Remove one of a person's own tokens, or as an admin one of the team's: it counts no more from now on.

    Raises `NotFound`.
    """
    own = api_tokens.c.user_id == actor.id
    theirs = own | (api_tokens.c.team_id == actor.team_id) if actor.is_admin else own
    gone = delete(api_tokens).where(api_tokens.c.id == known_id(token_id, "token"), theirs).returning(*_SHOWN)
    row = connection.execute(gone).one_or_none()
    if row is None:
        raise NotFound("There is no such token.")
    return Token(*row)


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


_SHOWN = (api_tokens.c.id, api_tokens.c.name, api_tokens.c.created_at, api_tokens.c.last_used_at)


def _tokens(connection: Connection, held: ColumnElement[bool]) -> list[Token]:
    newest = select(*_SHOWN).where(held).order_by(api_tokens.c.created_at.desc(), api_tokens.c.id)
    return [Token(*row) for row in connection.execute(newest)]


def _issued(connection: Connection, *, name: str, **holder: str) -> str:
    token = PREFIX + secrets.token_urlsafe(_BYTES)
    anew = {"digest": _digest(token), "name": clean_line("name", name, most=_LONGEST_NAME)}
    new = insert(api_tokens).values(**anew, **holder)
    connection.execute(
        new.on_conflict_do_update(index_elements=["id"], set_=anew | {"created_at": func.now(), "last_used_at": None})
    )
    return token


def _touch(connection: Connection, token: str) -> None:
    stale = api_tokens.c.last_used_at.is_(None) | (api_tokens.c.last_used_at < func.now() - _TOUCHED_EVERY)
    connection.execute(update(api_tokens).where(_is(token), stale).values(last_used_at=func.now()))


def _is(token: str) -> ColumnElement[bool]:
    return api_tokens.c.digest == _digest(token)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()

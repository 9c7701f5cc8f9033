"""API tokens of users and of teams' programs: issued, listed, revoked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from remindersync.errors import UserMistake
from worker.cli import standing  # noqa: F401 it adds commands to `users` too
from worker.cli.here import services
from worker.cli.output import facts, json_option, say, show
from worker.cli.people import teams, users

if TYPE_CHECKING:
    from remindersync.store.people import AppUser
    from remindersync.store.tokens import Token
    from worker.services import Services

Command = TypeVar("Command", bound=Callable[..., Any])

_TOKEN = ("id", "name", "created_at", "last_used_at")

_name_option: Callable[[Command], Command] = click.option(
    "--name", default="", metavar="N", help="What it is for, to know it again in a list."
)
_revoke_option: Callable[[Command], Command] = click.option(
    "--revoke", "token_id", metavar="ID", help="Let the token with this id count no more, from the next request on."
)


@teams.command("token")
@click.argument("team")
@_name_option
@json_option
def issue_team_token(team: str, name: str, *, as_json: bool) -> None:
    """Issue an API token that acts for the users of TEAM, each named by X-Act-For. It is shown this once."""
    token = services().directory.issue_team_token(team, name)
    say(token, as_json=as_json, token=token)


@users.command("token")
@click.argument("email")
@_name_option
@json_option
def issue_token(email: str, name: str, *, as_json: bool) -> None:
    """Issue an API token that speaks for a user. It is shown this once."""
    here = services()
    token = here.directory.issue_token(here.directory.user(email).id, name)
    say(token, as_json=as_json, token=token)


@teams.command("tokens")
@click.argument("team")
@_revoke_option
@json_option
def team_tokens(team: str, token_id: str | None, *, as_json: bool) -> None:
    """List the API tokens that act for the users of TEAM, or revoke one. Users' own are listed by `users tokens`."""
    here = services()
    found = here.directory.team(team)
    held = here.directory.team_tokens(found.id)
    if token_id is None:
        _list(held, f"No program has a token of team {found.name!r}.", as_json=as_json)
        return
    from remindersync.store.people import operator  # noqa: PLC0415 it comes with the services

    _revoke(here, operator(found.id), held, token_id, of=f"team {found.name!r}", as_json=as_json)


@users.command("tokens")
@click.argument("email")
@_revoke_option
@json_option
def user_tokens(email: str, token_id: str | None, *, as_json: bool) -> None:
    """List the API tokens that speak for a user, or revoke one."""
    here = services()
    user = here.directory.user(email)
    held = here.directory.tokens_of(user.id)
    if token_id is None:
        _list(held, f"No program has a token of {user.email}.", as_json=as_json)
        return
    # An admin reaches the team's tokens too, and these are another command's.
    _revoke(here, replace(user, is_admin=False), held, token_id, of=user.email, as_json=as_json)


def _list(held: "Sequence[Token]", empty: str, *, as_json: bool) -> None:
    show([facts(token, _TOKEN) for token in held], as_json=as_json, empty=empty)


def _revoke(
    here: "Services", holder: "AppUser", held: "Sequence[Token]", token_id: str, *, of: str, as_json: bool
) -> None:
    if token_id not in {token.id for token in held}:
        raise UserMistake(f"There is no token {token_id} of {of}: list them by the same command without --revoke.")
    token = here.directory.revoke_token(holder, token_id)
    named = f" {token.name!r}" if token.name else ""
    say(f"The token{named} of {of} counts no more.", as_json=as_json, id=token.id, name=token.name)

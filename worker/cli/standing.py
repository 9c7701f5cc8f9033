"""Whose login acts for a user, and users who leave and come back."""

from typing import TYPE_CHECKING

import click

from remindersync.errors import UserMistake
from worker.cli.here import services
from worker.cli.output import ask, facts, json_option, say, show, tell
from worker.cli.people import find_in_salesforce, salesforce_user_option, users
from worker.cli.syncing import wait_for

if TYPE_CHECKING:
    from remindersync.store.leaving import HandedOver
    from remindersync.store.people import AppUser
    from worker.services import Services

# As many names as a person reads before they agree.
_NAMED = 20


@users.command("login")
@click.argument("email")
@click.argument("whose", type=click.Choice(["own", "integration"]))
@salesforce_user_option
@json_option
def choose_login(email: str, whose: str, salesforce_user: str | None, *, as_json: bool) -> None:
    """Let EMAIL's runs act with their own login, or with the team's integration login.

    For the latter their Salesforce user is looked up by username or e-mail address; where several fit, name one.
    """
    if salesforce_user and whose == "own":
        raise click.UsageError("--salesforce-user goes with `integration`")
    here = services()
    user = here.directory.user(email)
    if whose == "own":
        here.directory.put_on_own(user.id)
        sentence = f"{user.email} acts with their own login."
    else:
        person = find_in_salesforce(here, user.team_id, user.email, salesforce_user or user.salesforce_id)
        here.directory.put_on_integration(user.id, person)
        sentence = f"{user.email} is {person.username} in Salesforce and acts with the team's integration login."
    here.send(user.id)
    say(sentence, as_json=as_json, email=user.email, login=whose)


@users.command("deactivate")
@click.argument("email")
@json_option
def deactivate(email: str, *, as_json: bool) -> None:
    """Deactivate EMAIL: they cannot sign in, their sync pauses, and nothing is deleted or moved.

    Tasks given to others in Salesforce take their reminders along; `users hand-over` gives away what is left.
    """
    here = services()
    user = here.directory.deactivate(here.directory.user(email).id)
    left = len(here.reminders.left_by(user.id))
    say(f"{user.email} is deactivated and has {left} open reminders.", as_json=as_json, email=user.email, open=left)


@users.command("activate")
@click.argument("email")
@json_option
def activate(email: str, *, as_json: bool) -> None:
    """Activate EMAIL again. Sync that was on goes on: what changed meanwhile comes in, every linked Task is read."""
    here = services()
    before = here.directory.user(email)
    user = here.directory.activate(before.id)
    here.send(user.id)
    how = "on" if user.sync_on else "off"
    if before.sync_when_active and not user.sync_on:
        how = "off until they have connected to Salesforce and turned it on"
    say(f"{user.email} is active; sync is {how}.", as_json=as_json, email=user.email, sync_on=user.sync_on)


@users.command("sign-out")
@click.argument("email")
@json_option
def sign_out(email: str, *, as_json: bool) -> None:
    """End every session of EMAIL, in every browser, and every sign-in link made for them. API tokens go on."""
    here = services()
    user = here.directory.user(email)
    here.sign_ins.end_all(user.id)
    say(f"{user.email} is signed out everywhere.", as_json=as_json, email=user.email)


@users.command("hand-over")
@click.argument("from_email", metavar="FROM")
@click.argument("to_email", metavar="TO")
@click.option("--list", "only_list", is_flag=True, help="Show what would be handed over and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--wait", is_flag=True, help="Wait until Salesforce has the new owner, and show how it went.")
@json_option
def hand_over(from_email: str, to_email: str, *, only_list: bool, yes: bool, wait: bool, as_json: bool) -> None:
    """Hand every open reminder of FROM over to TO, and their Tasks in Salesforce.

    The Tasks are given away with FROM's own login, or with the team's integration login where that works no more.
    """
    here = services()
    from remindersync.store import leaving  # noqa: PLC0415 it comes with the services

    user, to = here.directory.user(from_email), here.directory.user(to_email)
    leaving.refuse_same(user, to)
    left = here.reminders.left_by(user.id)
    if only_list:
        rows = [facts(one, ("reminder_id", "name", "due_date")) for one in left]
        show(rows, as_json=as_json, empty=f"{user.email} has no open reminder.")
        return
    for one in left[:_NAMED]:
        tell(f"  {one.due_date or '–'}  {one.name}")
    if len(left) > _NAMED:
        tell(f"  and {len(left) - _NAMED} more")
    if not yes:
        ask(f"Hand these {len(left)} open reminders over to {to.email}?")
    from remindersync.store.people import operator  # noqa: PLC0415 it comes with the services

    given = here.reminders.hand_over(operator(user.team_id), user.id, to.email, count=len(left))
    here.send(user.id)
    here.send(to.id)
    if wait:
        _wait(here, user, given)
    sentence = f"{given.count} open reminders of {user.email} are handed over to {to.email}."
    say(sentence, as_json=as_json, count=given.count, run=given.run_id)


def _wait(here: "Services", user: "AppUser", given: "HandedOver") -> None:
    """Wait for the run that gives the Tasks away; say what is left."""
    if given.run_id is None:
        return
    (run,) = wait_for(here, [given.run_id])
    left = len(here.reminders.left_by(user.id))
    if run.state == "failed" or left:
        reason = (run.error or "see `remindersync diagnostics list`").rstrip(".").replace(". ", "; ")
        raise UserMistake(f"{left} of {given.count} reminders are still {user.email}'s: {reason}.")

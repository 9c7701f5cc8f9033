"""Teams, users, their Salesforce logins and the sync switch."""

from copy import copy
from typing import TYPE_CHECKING

import click

from worker.cli.here import services
from worker.cli.output import ask, facts, json_option, say, show

if TYPE_CHECKING:
    from remindersync.ports import SalesforceUser
    from worker.services import Services

_USER = (
    "email",
    "name",
    "time_zone",
    "is_admin",
    "active",
    "sync_on",
    "on_integration_login",
    "salesforce_username",
)


@click.group()
def teams() -> None:
    """Add and list teams, connect a team's integration login, and look after tokens of its programs."""


@teams.command("add")
@click.argument("name")
@json_option
def add_team(name: str, *, as_json: bool) -> None:
    """Add a team."""
    team = services().directory.add_team(name)
    say(f"Team {team.name!r} is there.", as_json=as_json, id=team.id, name=team.name)


@teams.command("list")
@json_option
def list_teams(*, as_json: bool) -> None:
    """List the teams and their Salesforce orgs."""
    rows = [facts(team, ("name", "org_id", "created_at")) for team in services().directory.teams()]
    show(rows, as_json=as_json, empty="There is no team yet: remindersync teams add NAME")


@teams.command("connect")
@click.argument("team")
@click.option("--jwt-user", metavar="USERNAME", help="Log in by JWT bearer as this Salesforce user.")
@click.option("--access-token", metavar="T", help="An access token of the integration user; goes with --instance-url.")
@click.option("--instance-url", metavar="U", help="The org's address, as in https://acme.my.salesforce.com.")
@click.option(
    "--refresh-token", metavar="R", help="Its refresh token: without it the login ends with the access token."
)
@json_option
def connect_team(
    team: str,
    jwt_user: str | None,
    access_token: str | None,
    instance_url: str | None,
    refresh_token: str | None,
    *,
    as_json: bool,
) -> None:
    """Connect the integration login of TEAM, by JWT bearer or by tokens."""
    if bool(jwt_user) == bool(access_token or instance_url or refresh_token):
        raise click.UsageError("Give either --jwt-user, or --access-token with --instance-url")
    _refuse_half(access_token, instance_url)
    here = services()
    from worker.cli import logins  # noqa: PLC0415 as large as the services

    found = here.directory.team(team)
    tokens = (access_token, instance_url, refresh_token)
    grant = logins.by_jwt(here, jwt_user) if jwt_user else logins.by_token(here, *tokens)
    here.directory.connect_team(found.id, grant)
    say(
        f"Team {found.name!r} is connected as {grant.username}.",
        as_json=as_json,
        team=found.name,
        username=grant.username,
        org_id=grant.org_id,
    )


def _refuse_half(access_token: str | None, instance_url: str | None) -> None:
    if bool(access_token) != bool(instance_url):
        raise click.UsageError("--access-token and --instance-url go together: give both")


salesforce_user_option = click.option(
    "--salesforce-user", metavar="USERNAME", help="Who they are in Salesforce, by username or id."
)


def find_in_salesforce(here: "Services", team_id: str, email: str, named: str | None) -> "SalesforceUser":
    """Return who an address, or whom an admin named, is in Salesforce."""
    from worker import salesforce_users  # noqa: PLC0415 as large as the services

    team = next(team for team in here.directory.teams() if team.id == team_id)
    return salesforce_users.find(here, team, email, named)


@click.group()
def users() -> None:
    """Add, list, deactivate and erase users, choose whose login acts for them, and look after API tokens."""


@users.command("add")
@click.argument("email")
@click.option("--team", required=True, metavar="TEAM", help="The team's name.")
@click.option("--name", default="", metavar="N", help="The person's name.")
@click.option(
    "--time-zone", default="UTC", metavar="Z", show_default=True, help="Their time zone, as in Europe/Berlin."
)
@click.option("--admin", is_flag=True, help="They may change the team's settings.")
@click.option("--integration-login", is_flag=True, help="Their runs act with the team's integration login.")
@salesforce_user_option
@json_option
def add_user(  # noqa: PLR0913 one for each option
    email: str,
    team: str,
    name: str,
    time_zone: str,
    *,
    admin: bool,
    integration_login: bool,
    salesforce_user: str | None,
    as_json: bool,
) -> None:
    """Add a user to a team. Their sync is off until it is turned on."""
    if salesforce_user and not integration_login:
        raise click.UsageError("--salesforce-user goes with --integration-login")
    here = services()
    team_id = here.directory.team(team).id
    person = find_in_salesforce(here, team_id, email, salesforce_user) if integration_login else None
    user = here.directory.add_user(email, team, name=name, time_zone=time_zone, is_admin=admin)
    if person is not None:
        user = here.directory.put_on_integration(user.id, person)
    say(f"{user.email} is in team {team!r}.", as_json=as_json, id=user.id, email=user.email)


@users.command("list")
@click.option("--team", metavar="TEAM", help="Only this team's.")
@json_option
def list_users(team: str | None, *, as_json: bool) -> None:
    """List the users and whether their sync is on."""
    rows = [facts(user, _USER) for user in services().directory.users(team)]
    show(rows, as_json=as_json, empty="There is no user yet: remindersync users add EMAIL --team TEAM")


@users.command("link")
@click.argument("email")
@json_option
def link(email: str, *, as_json: bool) -> None:
    """Print a link that signs EMAIL in to the web once, within 15 minutes."""
    here = services()
    from worker.sign_in import sign_in_link  # noqa: PLC0415 its signing is no other command's

    address = sign_in_link(here.settings, here.directory.user(email))
    say(address, as_json=as_json, url=address)


# Its name until the one above was agreed on.
_former = copy(link)
_former.hidden = True
users.add_command(_former, "sign-in")


@users.command("erase")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def erase(email: str, *, yes: bool, as_json: bool) -> None:
    """Erase a person for good: their reminders here, login, tokens, and every value that history has of them.

    What history says of times, rules and runs stays, under a name that says nothing. Nothing is deleted in Salesforce.
    Hand their open reminders over first, if somebody is to go on with them.
    """
    here = services()
    user = here.directory.user(email)
    if not yes:
        ask(f"Erase {user.email} for good?")
    erased = here.directory.erase(user.id)
    say(
        f"{user.email} is erased and stands as {erased.email}: {erased.reminders} reminders, {erased.events} events.",
        as_json=as_json,
        id=user.id,
        email=erased.email,
        reminders=erased.reminders,
        events=erased.events,
    )


@click.command()
@click.argument("email")
@click.option("--access-token", metavar="T", help="An access token of theirs; goes with --instance-url.")
@click.option("--instance-url", metavar="U", help="The org's address, as in https://acme.my.salesforce.com.")
@click.option(
    "--refresh-token", metavar="R", help="Their refresh token: without it the login ends with the access token."
)
@json_option
def connect(
    email: str, access_token: str | None, instance_url: str | None, refresh_token: str | None, *, as_json: bool
) -> None:
    """Connect a user to Salesforce. Without tokens, print the address where they do it themselves."""
    _refuse_half(access_token, instance_url)
    if refresh_token and not access_token:
        raise click.UsageError("--refresh-token goes with --access-token and --instance-url: give all three")
    here = services()
    user = here.directory.user(email)
    if not access_token:
        address = f"{here.settings.public_url}/connect/salesforce"
        how = f"once signed in, by Salesforce or by what `remindersync users link {user.email}` prints"
        say(f"{user.email} connects at {address} {how}.", as_json=as_json, url=address)
        return
    from worker.cli import logins  # noqa: PLC0415 as large as the services

    grant = logins.by_token(here, access_token, instance_url, refresh_token)
    if here.directory.connect(user.id, grant):
        here.send(user.id)
    say(f"{email} is connected as {grant.username}.", as_json=as_json, username=grant.username, org_id=grant.org_id)

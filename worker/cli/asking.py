"""What changes many reminders of a team at once: shown first, and then exactly what was shown is asked for."""

from typing import TYPE_CHECKING, Any

import click

from worker.cli.here import services
from worker.cli.output import ask, json_option, say, show

if TYPE_CHECKING:
    from remindersync.store.asking import Shown
    from remindersync.store.people import AppUser
    from remindersync.store.team_actions import Progress
    from worker.services import Services

_MOST = 50


def _options(command: Any) -> Any:
    for option in (
        json_option,
        click.option("--progress", is_flag=True, help="Tell how far it is with what was asked for last."),
        click.option("--digest", metavar="DIGEST", help="Ask for exactly what an earlier --list showed."),
        click.option("--yes", is_flag=True, help="Ask for what would change now, without a question."),
        click.option("--list", "only_list", is_flag=True, help="Show what would change, and change nothing."),
        click.option("--as", "email", metavar="EMAIL", help="The admin whom history names."),
        click.argument("team"),
    ):
        command = option(command)
    return command


@click.command("follow-maps")
@_options
def follow_maps(**wanted: Any) -> None:
    """Let reminders of TEAM follow its value maps after they were changed.

    Shows which would change, and asks for exactly these: the runs of their users do it, what changed since is left,
    and nothing is written to Salesforce. `restore` undoes it.
    """
    from remindersync.model import AskedKind  # noqa: PLC0415 it comes with the services

    _Asking(AskedKind.FOLLOW, **wanted).go()


@click.command()
@_options
def rerender(**wanted: Any) -> None:
    """Render the Subjects of TEAM anew by its present template.

    Shows which would change, and asks for exactly these: the runs of their users write them. A Subject that somebody
    changed in Salesforce is left as it is.
    """
    from remindersync.model import AskedKind  # noqa: PLC0415 it comes with the services

    _Asking(AskedKind.RERENDER, **wanted).go()


class _Asking:
    """One use of a command: for whom, with which options."""

    def __init__(self, kind: Any, team: str, email: str | None, digest: str | None, **flags: bool) -> None:
        self._kind = kind
        self._here: Services = services()
        self._team_id = self._here.directory.team(team).id
        self._by = _admin(self._here, self._team_id, email)
        self._digest = digest
        self._flags = flags

    def go(self) -> None:
        if self._flags["progress"]:
            self._tell_last()
        elif self._digest is not None:
            self._ask(self._digest)
        else:
            self._show_and_ask()

    def _tell_last(self) -> None:
        mine = [one for one in self._here.team_actions.latest(self._team_id) if one.kind is self._kind]
        if not mine:
            say("Nothing was asked for yet.", as_json=self._flags["as_json"])
        else:
            self._tell(mine[0])

    def _show_and_ask(self) -> None:
        as_json, yes = self._flags["as_json"], self._flags["yes"]
        shown = self._here.team_actions.preview(self._team_id, self._kind)
        if shown.digest is None or self._flags["only_list"] or (as_json and not yes):
            _present(shown, as_json=as_json)
            return
        if not as_json:
            _present(shown, as_json=False)
        if not yes:
            ask(f"Ask for these {len(shown.lines)} changes?")
        self._ask(shown.digest)

    def _ask(self, digest: str) -> None:
        self._tell(self._here.team_actions.ask(self._team_id, digest, self._by, self._kind))

    def _tell(self, found: "Progress") -> None:
        left = [
            {"reminder": one.reminder_id, "name": one.name, "user": one.user, "why": one.reason} for one in found.left
        ]
        counts = {"total": found.total, "waiting": found.waiting, "done": found.done}
        sentence = f"{found.done} of {found.total} are done, {found.waiting} wait for their run, {len(left)} are left."
        say(sentence, as_json=self._flags["as_json"], id=found.id, **counts, left=left)
        if left and not self._flags["as_json"]:
            show(left, as_json=False)


def _admin(here: "Services", team_id: str, email: str | None) -> "AppUser | None":
    if email is None:
        return None
    user = here.directory.user(email)
    if user.team_id != team_id or not user.is_admin:
        raise click.UsageError(f"{email} is no admin of this team; name one of its admins")
    return user


def _present(shown: "Shown", *, as_json: bool) -> None:
    left_out = ", ".join(f"{count} ({reason.lower()})" for reason, count in shown.left_out)
    lines = [
        {
            "user": one.user,
            "reminder": one.reminder_id,
            "name": one.name,
            "before": _words(one.line.before),
            "after": _words(one.line.after),
        }
        for one in shown.lines
    ]
    if as_json:
        users, out = dict(shown.users), dict(shown.left_out)
        say("", as_json=True, digest=shown.digest, total=len(lines), users=users, left_out=out, lines=lines)
        return
    show(lines[:_MOST], as_json=False, empty="Nothing would change.")
    if len(lines) > _MOST:
        say(f"… and {len(lines) - _MOST} more; --list --json shows all.")
    for user, count in shown.users:
        say(f"{count} of {user}")
    if left_out:
        say(f"Left out: {left_out}.")
    if shown.digest is not None:
        say(f"Digest: {shown.digest}")


def _words(values: Any) -> str:
    return ", ".join(f"{name}: {value or 'nothing'}" for name, value in values.items())

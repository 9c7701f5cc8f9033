"""What a guard holds back, and approving exactly that."""

from typing import TYPE_CHECKING

import click

from worker.cli.here import services
from worker.cli.output import ask, facts, json_option, say, show

if TYPE_CHECKING:
    from remindersync.store.guards import Waiting

_WAITING = ("reminder_id", "name", "due_date", "change")


@click.command()
@click.argument("email")
@click.option("--yes", is_flag=True, help="Approve what waits now, without asking.")
@click.option("--list", "only_list", is_flag=True, help="Show what waits and approve nothing.")
@json_option
def approve(email: str, *, yes: bool, only_list: bool, as_json: bool) -> None:
    """Show which deletions and completions of EMAIL a guard holds back, and approve exactly these.

    They came from Salesforce in a number that looks like an accident. What comes to wait after the list was shown is
    not approved with it. What was an accident is undone in Salesforce: then it waits no more.
    """
    here = services()
    user = here.directory.user(email)
    waiting = here.approvals.waiting(user.id)
    if only_list or not waiting:
        show(_rows(waiting), as_json=as_json, empty="Nothing waits for approval.")
        return
    if not as_json:
        show(_rows(waiting), as_json=False)
    if not yes:
        ask(f"Do these {len(waiting)} changes here?")
    count = here.approvals.approve(user.id, [one.listed for one in waiting])
    here.send(user.id)
    say(f"{count} changes of {user.email} are approved.", as_json=as_json, approved=count)


def _rows(waiting: "tuple[Waiting, ...]") -> list[dict[str, object]]:
    return [facts(one, _WAITING) | {"change": one.change.value} for one in waiting]

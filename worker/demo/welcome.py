"""What a person who started the demo reads."""

import shlex
import sys
from pathlib import Path

from orgsim.sample import expected
from worker.demo.stage import Stage
from worker.sign_in import sign_in_link


def welcome(stage: Stage) -> str:
    """Return where to look and what to try."""
    first, at = stage.actors[0], addresses(stage)
    other = stage.actors[1].user
    teams = " and ".join(repr(team["name"]) for team in expected().teams)
    return f"""
[bold]remindersync is running.[/bold]

  Command Center   {at["command_center"]}
                   (signs you in as {first.user.name}, once, within 15 minutes)
  Salesforce       {at["salesforce"]}
                   (edit a Task here as {first.user.name} would, and see it there)
  Flower           {at["flower"]}
  Commands         cd {shlex.quote(at["home"])}
                   {_command()} status
                   {_command()} users link {other.email}
                   (prints a link that signs you in as {other.name})

  {len(stage.actors)} people of {teams} are in sync.
  The processes' output is in {at["output"]}. Ctrl-C ends everything.
"""


def _command() -> str:
    return shlex.quote(str(Path(sys.executable).with_name("remindersync")))


def addresses(stage: Stage) -> dict[str, str]:
    """Return where everything is; the Command Center's address signs the first person in, once."""
    first = stage.here.directory.user_by_id(stage.actors[0].user.id)
    return {
        "command_center": sign_in_link(stage.here.settings, first),
        "salesforce": f"{stage.org_url}/",
        "flower": f"{stage.flower_url}/",
        "home": str(stage.home),
        "output": str(stage.log),
    }

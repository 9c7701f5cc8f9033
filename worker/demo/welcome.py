"""What a person who started the demo reads."""

from orgsim.sample import expected
from web.sessions import sign_in_link
from worker.demo.stage import Stage


def welcome(stage: Stage) -> str:
    """Return where to look and what to try."""
    first = stage.actors[0]
    others = ", ".join(actor.user.email for actor in stage.actors[1:4])
    teams = " and ".join(repr(team["name"]) for team in expected().teams)
    return f"""
[bold]remindersync is running.[/bold]

  Command Center   {sign_in_link(stage.here.settings, first.user.email)}
                   (signs you in as {first.user.name}, once, within 15 minutes)
  Salesforce       {stage.org_url}/
                   (edit a Task here as {first.user.name} would, and see it there)
  Flower           {stage.flower_url}/

  {len(stage.actors)} people of {teams} are in sync; more of them: {others} …
  The processes' output is in {stage.log}. Ctrl-C ends everything.
"""

"""The command that tells how everything stands, and what to do about what does not."""

import click

from worker.cli.output import console, facts, json_option, show, tell

_COLUMNS = ("check", "about", "verdict", "said", "remedy")
_WORDS = {"ok": "OK", "problem": "PROBLEM", "unknown": "?"}


@click.command()
@click.option("--team", metavar="TEAM", help="Only this team's logins and org.")
@json_option
def doctor(team: str | None, *, as_json: bool) -> None:
    """Look at settings, servers, logins, Salesforce rights, picklists, clocks and the key field: each OK or what to do.

    Exit 1 if there is a problem.
    """
    from worker.doctor import Verdict, examine  # noqa: PLC0415 as large as the services

    found = []
    for one in examine(team):
        found.append(one)
        if not as_json:
            line = f"{_WORDS[one.verdict]:8} {one.check} ({one.about}): {one.said} {one.remedy}"
            console().print(line.rstrip(), soft_wrap=True, markup=False)
    problems = sum(one.verdict is Verdict.PROBLEM for one in found)
    if as_json:
        show([facts(one, _COLUMNS) for one in found], as_json=True)
    else:
        tell({0: "No problem was found.", 1: "1 problem."}.get(problems, f"{problems} problems."))
    raise click.exceptions.Exit(1 if problems else 0)

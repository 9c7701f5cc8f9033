"""The demo command: a person's look at everything, or the check that proves it."""

import dataclasses
import sys
import time

import click

from worker.cli.output import console, json_option, say, show, tell


@click.command()
@click.option(
    "--check", "only_check", is_flag=True, help="Sync a sample both ways, verify both sides field by field, end."
)
@click.option("--verbose", is_flag=True, help="Show the processes' output.")
@json_option
def demo(*, only_check: bool, verbose: bool, as_json: bool) -> None:
    """Run everything on this machine, with a Salesforce org in a box. Ctrl-C ends it.

    It has servers and data of its own, whatever the settings name, and begins anew each time.
    """
    # The demo's parts set the environment up before anything else reads it.
    from worker.demo.stage import stage  # noqa: PLC0415 once the environment is set up

    started = time.monotonic()
    with stage(quiet=not verbose, tell=tell, poll_seconds=(1, 2) if only_check else (2, 10)) as running:
        if not only_check:
            _look(running, as_json=as_json)
            return
        from worker.demo.check import check  # noqa: PLC0415 once the environment is set up

        found = check(running, tell)
    rows = [dataclasses.asdict(one) | {"seconds": round(one.seconds, 1)} for one in found]
    show(rows, as_json=as_json)
    if not as_json:
        seconds = time.monotonic() - started
        calls = sum(one.calls or 0 for one in found)
        console().print(f"\nAll agree. {calls} Salesforce calls, {seconds:.0f} s in all.")


def _look(running: object, *, as_json: bool) -> None:
    from worker.demo.check import import_all  # noqa: PLC0415 once the environment is set up
    from worker.demo.stage import Stage  # noqa: PLC0415 once the environment is set up
    from worker.demo.welcome import addresses, welcome  # noqa: PLC0415 once the environment is set up

    assert isinstance(running, Stage)
    tell(import_all(running))
    if as_json:
        say("", as_json=True, **addresses(running))
    else:
        console().print(welcome(running), soft_wrap=True)
    sys.stdout.flush()
    try:
        running.processes.wait()
    except KeyboardInterrupt:
        tell("Ending everything …")

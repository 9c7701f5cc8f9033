"""The keys that encrypt stored Salesforce tokens."""

import click

from worker.cli.here import services
from worker.cli.output import json_option, say


@click.group()
def keys() -> None:
    """Encrypt stored Salesforce tokens with another key."""


@keys.command("rotate")
@json_option
def rotate(*, as_json: bool) -> None:
    """Encrypt every stored token anew with the newest of TOKEN_KEYS, the first one. Safe to run twice.

    Older keys open what they sealed as long as they stand in TOKEN_KEYS too; afterwards they may go.
    """
    logins = services().directory.rotate_keys()
    say(f"Logins whose tokens are encrypted with the newest key now: {logins}.", as_json=as_json, logins=logins)

"""A team's settings: shown, and changed one at a time."""

import json
from typing import TYPE_CHECKING, Any

import click

from worker.cli.here import services
from worker.cli.output import facts, json_option, say, show

if TYPE_CHECKING:
    from remindersync.model import TeamSettings
    from remindersync.store.settings_preview import SettingsPreview


@click.command()
@click.argument("team")
@click.argument("name", required=False)
@click.argument("value", required=False)
@click.option("--as", "email", metavar="EMAIL", help="Whose login asks Salesforce where the team has none of its own.")
@click.option("--preview", is_flag=True, help="Show what VALUE would mean for the team's reminders; save nothing.")
@json_option
def settings(
    team: str, name: str | None, value: str | None, email: str | None, *, preview: bool, as_json: bool
) -> None:
    """Show the settings of TEAM, or one by NAME, or set it to VALUE.

    VALUE is JSON, or a text as it stands. What changes is held against the team's org first.
    """
    here = services()
    team_id = here.directory.team(team).id
    from remindersync.store import team_settings  # noqa: PLC0415 it comes with the services

    before = team_settings.to_json(here.directory.settings(team_id))
    if name is not None and name not in before:
        raise click.UsageError(f"There is no setting {name!r}; use one of {', '.join(before)}")
    if value is None:
        shown = {name: before[name]} if name else before
        show([{"setting": key, "value": one if as_json else _text(one)} for key, one in shown.items()], as_json=as_json)
        return
    assert name is not None
    from worker.saving import save_settings  # noqa: PLC0415 as large as the services

    wanted = team_settings.from_json(before | {name: _read(value, before[name])})
    if preview:
        _show(here.settings_previews.preview(team_id, wanted), as_json=as_json)
        return
    saved = save_settings(here, team_id, wanted, here.directory.user(email) if email else None)
    now = team_settings.to_json(saved)[name]
    note = _about_template(saved) if name == "subject_template" else None
    sentence = f"{name} of {team!r} is {_text(now)} now." + (f" {note}" if note else "")
    say(sentence, as_json=as_json, team=team, name=name, value=now, note=note)


def _show(preview: "SettingsPreview", *, as_json: bool) -> None:
    names = ("kind", "name", "present", "subject", "reads_as", "readable")
    examples = [facts(one, names) for one in preview.examples]
    follow = dict(preview.following.users)
    if as_json:
        say("", as_json=True, one_way=preview.one_way, examples=examples, would_follow=follow)
        return
    show(examples, as_json=False, empty="The team has no reminders to show it on.")
    if preview.one_way:
        say(_one_way(preview.one_way))
    if follow:
        each = ", ".join(f"{count} of {user}" for user, count in follow.items())
        say(f"Reminders that could follow afterwards, see `remindersync follow-maps`: {each}.")


def _read(value: str, before: Any) -> Any:
    """Return a value as it is meant: a text where the setting is one, else JSON."""
    if isinstance(before, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise click.UsageError(f"VALUE is no JSON; write it like {_text(before)}") from None


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _about_template(saved: "TeamSettings") -> str | None:
    """Say whether Subjects made by the template can be read back (SUBJ-5)."""
    from remindersync import subject  # noqa: PLC0415 it comes with the services

    why = subject.parse(saved.subject_template).one_way
    return _one_way(why) if why else None


def _one_way(why: str) -> str:
    return f"It is one-way: a Subject changed in Salesforce renames nothing. {why}"

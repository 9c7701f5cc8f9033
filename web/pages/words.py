"""What the pages call things: states, fields, dates and times in a person's own words."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

TYPES = {"custom": "Custom", "call": "Call", "email": "E-mail", "inmail": "InMail"}
PRIORITIES = {"normal": "Normal", "high": "High"}
STATUSES = {"open": "Open", "completed": "Completed"}

STATES = {
    "local": ("Local", "This reminder stays in the app; push it to make a Task of it."),
    "pending": ("Waiting to sync", "The newest version is on its way to Salesforce."),
    "held": ("Held for a moment", "This goes to Salesforce in a few seconds, so that it can still be undone."),
    "synced": ("Synced", "Salesforce has the same values."),
    "parked": ("Refused", "Salesforce refused this version; it is tried again when the reminder changes."),
    "asleep": ("Elsewhere", "Its Task belongs to somebody else now; nothing is synced until it comes back."),
    "unreachable": ("Task out of reach", "Its Task can no longer be read with your login; nothing was deleted."),
    "reconnect": ("Connect again", "Salesforce no longer accepts the login; connect again in the settings."),
}
SYNC_STATES = {
    "off": "Off",
    "first_sync": "First sync under way",
    "idle": "In step",
    "running": "Syncing now",
    "waiting_allowance": "Waiting: the org’s API calls are used up for now",
    "reconnect": "Stopped: connect again",
    "deactivated": "Stopped: the account is deactivated",
}
FIELDS = {
    "person_name": "Person’s name",
    "person_email": "Person’s e-mail",
    "deleted": "In the bin",
    "shared": "Goes to Salesforce",
    "ActivityDate": "Due date",
    "Description": "Comments",
    "OwnerId": "Owner",
    "WhoId": "Person",
}
ACTORS = {"conflict": "Both sides changed it"}
RULES = {"latest": "the latest edit wins"}
_NEAR_DAYS = 7
_SHORT = 300


def type_name(word: str) -> str:
    return TYPES.get(word, word)


def state_name(state: str) -> str:
    return STATES[state][0] if state in STATES else state


def state_meaning(state: str) -> str:
    return STATES[state][1] if state in STATES else ""


def sync_state_name(state: str) -> str:
    return SYNC_STATES.get(state, state)


def field_name(field: str) -> str:
    """Return a field's name as a label: `due_date` becomes "Due date", Salesforce's `WhoId` "Person"."""
    return FIELDS.get(field) or field.replace("_", " ").replace(".", " ").capitalize()


def actor_name(actor: str, own_email: str) -> str:
    """Return who did something as the person with `own_email` would say it."""
    return "You" if actor == own_email else ACTORS.get(actor, actor)


def rule_name(rule: str) -> str:
    """Return by which rule something happened, in words where there are better ones."""
    return RULES.get(rule, rule)


def long_date(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B %Y}"


def short_date(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def near_date(day: date, today: date) -> str:
    """Return a due date the way people say it: by its distance when near, else by the calendar."""
    distance = (day - today).days
    if distance in (-1, 0, 1):
        return ("Yesterday", "Today", "Tomorrow")[distance + 1]
    if 1 < distance < _NEAR_DAYS:
        return f"{day:%A}"
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b} {day.year}"


def local_time(at: datetime, time_zone: str) -> str:
    """Return a moment in a person's zone, to the minute."""
    local = at.astimezone(ZoneInfo(time_zone))
    return f"{local.day} {local:%b %Y, %H:%M}"


def today_in(time_zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(time_zone)).date()


def tomorrow_after(today: date) -> date:
    return today + timedelta(days=1)


def shortened(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"

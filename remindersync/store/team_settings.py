"""A team's settings as an admin saves them and the database keeps them: one JSON object."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from remindersync import conditions
from remindersync.errors import UserMistake
from remindersync.model import ConflictRule, Side, TeamSettings, ValueMap
from remindersync.store.texts import clean_line
from remindersync.subject import parse

_LONGEST_TEMPLATE = 1_000
_LONGEST_VALUE = 255
_LONGEST_CONDITION = 2_000
_DELETE_RULES = {"delete_wins": True, "edit_wins": False}
_WHOLE = 100
_LARGEST_COUNT = 1_000_000


def to_json(settings: TeamSettings) -> dict[str, Any]:
    """Return settings under the names of the HTTP API."""
    return {
        "subject_template": settings.subject_template,
        "template_on_imported": settings.template_on_imported,
        "subject_inbound": settings.subject_inbound,
        "status_map": _map_to_json(settings.status_map),
        "priority_map": _map_to_json(settings.priority_map),
        "import_closed_on_creation": settings.import_closed_on_creation,
        "import_condition": settings.import_condition,
        "conflict_rule": settings.conflict_rule.value,
        "tie_rule": settings.tie_rule.value,
        "delete_rule": "delete_wins" if settings.deletion_wins else "edit_wins",
        "api_share_percent": settings.api_share_percent,
        "guard_count": settings.guard_count,
        "guard_percent": settings.guard_percent,
    }


def from_json(stored: Mapping[str, Any]) -> TeamSettings:
    """Return what `to_json` made; a setting that is missing has its default.

    Raises `UserMistake` naming a setting that is unknown or wrong.
    """
    unknown = sorted(set(stored) - set(_READ))
    if unknown:
        raise UserMistake(f"There is no setting {unknown[0]!r}: use one of {', '.join(_READ)}.")
    read = dict(_READ[name](name, value) for name, value in stored.items())
    return TeamSettings(**read)


def checked(settings: TeamSettings) -> TeamSettings:
    """Return settings in clean form. Raises `UserMistake` naming a setting that is wrong (MAP-2)."""
    return from_json(to_json(settings))


def _map_to_json(values: ValueMap) -> dict[str, Any]:
    lists = {ours: sorted(raws) for ours, raws in values.reads.items()}
    return lists | {f"write_{ours}": raw for ours, raw in values.writes.items()}


def _template(name: str, value: object) -> tuple[str, str]:
    # Line breaks are taken out when it is rendered (SUBJ-1), so one is no mistake here.
    template = clean_line(
        name, " ".join(value.splitlines()) if isinstance(value, str) else value, most=_LONGEST_TEMPLATE
    )
    parse(template)
    return "subject_template", template


def _switch(name: str, value: object) -> tuple[str, bool]:
    if not isinstance(value, bool):
        raise UserMistake(f"{name} is either true or false: choose one.")
    return name, value


def _choice(words: type[StrEnum]) -> Callable[[str, object], tuple[str, StrEnum]]:
    def read(name: str, value: object) -> tuple[str, StrEnum]:
        if not isinstance(value, str) or value not in set(words):
            raise UserMistake(f"{name} is not one of {', '.join(words)}: choose one of these.")
        return name, words(value)

    return read


def _condition(name: str, value: object) -> tuple[str, str]:
    condition = clean_line(
        name, " ".join(value.splitlines()) if isinstance(value, str) else value, most=_LONGEST_CONDITION
    )
    if condition:
        conditions.parse(condition)
    return name, condition


def _delete_rule(name: str, value: object) -> tuple[str, bool]:
    if not isinstance(value, str) or value not in _DELETE_RULES:
        raise UserMistake(f"{name} is not one of {', '.join(_DELETE_RULES)}: choose one of these.")
    return "deletion_wins", _DELETE_RULES[value]


def _percent(name: str, value: object) -> tuple[str, int]:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _WHOLE:
        raise UserMistake(f"{name} is not a whole number from 0 to {_WHOLE}: correct it.")
    return name, value


def _count(name: str, value: object) -> tuple[str, int]:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST_COUNT:
        raise UserMistake(f"{name} is not a whole number from 0 to {_LARGEST_COUNT:,}: correct it.")
    return name, value


def _value_map(*ours: str) -> Callable[[str, object], tuple[str, ValueMap]]:
    def read(name: str, value: object) -> tuple[str, ValueMap]:
        keys = {*ours, *(f"write_{word}" for word in ours)}
        if not isinstance(value, Mapping) or set(value) != keys:
            raise UserMistake(f"{name} needs exactly {', '.join(sorted(keys))}: fill them in.")
        reads = {word: frozenset(_raws(f"{name}.{word}", value[word])) for word in ours}
        writes = {word: _raw(f"{name}.write_{word}", value[f"write_{word}"]) for word in ours}
        _refuse_overlap(name, reads)
        _refuse_unlisted(name, reads, writes)
        return name, ValueMap(reads, writes)

    return read


def _raws(name: str, value: object) -> list[str]:
    if not isinstance(value, list) or not value:
        raise UserMistake(f"{name} lists no value: name at least one Salesforce value.")
    return [_raw(name, raw) for raw in value]


def _raw(name: str, value: object) -> str:
    return clean_line(name, value, least=1, most=_LONGEST_VALUE)


def _refuse_overlap(name: str, reads: Mapping[str, frozenset[str]]) -> None:
    seen: dict[str, str] = {}
    for word, raws in reads.items():
        for raw in sorted(raws):
            # Two values of one picklist never differ by case alone.
            other = seen.setdefault(raw.casefold(), word)
            if other != word:
                raise UserMistake(f"{name}: {raw!r} is in two lists, {other} and {word}: take it out of one.")


def _refuse_unlisted(name: str, reads: Mapping[str, frozenset[str]], writes: Mapping[str, str]) -> None:
    for word, raw in writes.items():
        if raw not in reads[word]:
            raise UserMistake(f"{name}: {raw!r} is written for {word} but is not in its list: add it there.")


_READ: dict[str, Callable[[str, object], tuple[str, Any]]] = {
    "subject_template": _template,
    "template_on_imported": _switch,
    "subject_inbound": _switch,
    "status_map": _value_map("open", "completed"),
    "priority_map": _value_map("normal", "high"),
    "import_closed_on_creation": _switch,
    "import_condition": _condition,
    "conflict_rule": _choice(ConflictRule),
    "tie_rule": _choice(Side),
    "delete_rule": _delete_rule,
    "api_share_percent": _percent,
    "guard_count": _count,
    "guard_percent": _percent,
}

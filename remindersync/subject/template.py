"""The subject template an admin writes: what a reminder's name looks like as the Subject of its Task, and back."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from unicodedata import normalize

from remindersync.errors import UserMistake
from remindersync.model import Reminder, ReminderType
from remindersync.text import BLANK, cut, flatten, invert, normal

__all__ = ["FIELDS", "NAME", "Rendered", "Sample", "Template", "Token", "inputs", "invert", "parse", "render", "sample"]

NAME = "activity_subject"
FIELDS = (
    "activity_type",
    NAME,
    "sales_campaign_name",
    "sales_campaign_day",
    "sales_campaign_step",
    "call_outcome",
    "call_reason",
)
LIMIT = 255

_TYPES = {
    ReminderType.EMAIL: "Email",
    ReminderType.CALL: "Call",
    ReminderType.INMAIL: "InMail",
    ReminderType.CUSTOM: "Custom",
}
_FIELD = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_BRACES = re.compile(r"\{\{|\}\}")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a template: free text as it stands, or the name of a dynamic field."""

    text: str
    is_field: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was read without a mistake."""

    tokens: tuple[Token, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The dynamic fields in it, in order, each as often as it occurs."""
        return tuple(token.text for token in self.tokens if token.is_field)

    @property
    def one_way(self) -> str | None:
        """Why a Subject made by it cannot be read back, None if it can (SUBJ-5)."""
        times = self.fields.count(NAME)
        if times == 1:
            return None
        if times == 0:
            return "The name does not occur in it."
        return f"The name occurs {times} times in it."


@dataclass(frozen=True, slots=True)
class Rendered:
    """A Subject as Salesforce stores it, and the texts around the name in it.

    `before` and `after` keep the white space beside the name even where trimming took it because nothing stands
    there; what was cut off is not in them. Where the name does not occur exactly once, both are empty: nothing around
    it is known, and a Subject that a person changed would be the name as a whole.
    """

    text: str
    before: str
    after: str


def parse(template: str) -> Template:
    """Read a template. Raises `UserMistake` naming a field that is unknown or malformed, and its first character."""
    return Template(tuple(_tokens(template)))


def _tokens(template: str) -> Iterator[Token]:
    end = 0
    for found in _FIELD.finditer(template):
        yield from _free(template, end, found.start())
        yield Token(_known(found), is_field=True)
        end = found.end()
    yield from _free(template, end, len(template))


def _free(template: str, start: int, end: int) -> Iterator[Token]:
    braces = _BRACES.search(template, start, end)
    if braces is not None:
        near = template[braces.start() : braces.start() + 30]
        raise UserMistake(
            f'"{near}" at character {braces.start() + 1} is no complete field: '
            "write a field as two braces, its name and two braces, like {{activity_subject}}."
        )
    if start < end:
        yield Token(template[start:end])


def _known(found: re.Match[str]) -> str:
    name = found[1].strip().lower()
    if name not in FIELDS:
        choice = ", ".join(f"{{{{{field}}}}}" for field in FIELDS)
        raise UserMistake(f"{found[0]} at character {found.start() + 1} is not a known field: use one of {choice}.")
    return name


def inputs(reminder: Reminder) -> dict[str, str]:
    """Return what a reminder puts into a template besides its name, by field; an empty field is an empty text."""
    return {
        "activity_type": _TYPES[reminder.type],
        "sales_campaign_name": normal(reminder.campaign_name) or "",
        "sales_campaign_day": _digits(reminder.campaign_day),
        "sales_campaign_step": _digits(reminder.campaign_step),
        "call_outcome": normal(reminder.call_outcome) or "",
        "call_reason": normal(reminder.call_reason) or "",
    }


def _digits(number: int | None) -> str:
    return "" if number is None else str(number)


def render(template: Template, name: str, inputs: Mapping[str, str], limit: int = LIMIT) -> Rendered:
    """Return the Subject for a name: on one line, trimmed, cut at `limit` UTF-16 units, as Salesforce stores it."""
    shown = normal(flatten(name)) or ""
    if template.one_way is not None:
        return Rendered(_stored(_line(template.tokens, {**inputs, NAME: shown}), limit), "", "")
    place = template.tokens.index(Token(NAME, is_field=True))
    before = _line(template.tokens[:place], inputs)
    before += _gap(before, shown)
    after = _line(template.tokens[place + 1 :], inputs)
    return _around(before, shown, _gap(before + shown, after) + after, limit)


def _line(tokens: Iterable[Token], values: Mapping[str, str]) -> str:
    pieces = (values.get(token.text, "") if token.is_field else token.text for token in tokens)
    return normalize("NFC", flatten("".join(pieces)))


def _gap(left: str, right: str) -> str:
    """Return a space where Unicode would melt the end of one text and the beginning of the next into one letter.

    An accent at the beginning of a name would otherwise change the prefix, which then could not be found again.
    """
    return "" if normalize("NFC", left + right) == left + right else " "


def _stored(line: str, limit: int) -> str:
    return normal(cut(normal(line) or "", limit)) or ""


def _around(before: str, name: str, after: str, limit: int) -> Rendered:
    before, after = before.lstrip(BLANK), after.rstrip(BLANK)
    line = before + name + after
    body = line.strip(BLANK)
    kept = cut(body, limit)
    if kept != body:
        line = line[: line.index(body) + len(kept)]
    end = len(before) + len(name)
    return Rendered(kept.rstrip(BLANK), line[: len(before)], line[end:].rstrip(BLANK))


@dataclass(frozen=True, slots=True)
class Sample:
    """What a template makes of one reminder, what that reads back as, and whether that is the name (SUBJ-5)."""

    subject: str
    reads_as: str | None
    readable: bool


def sample(template: Template, reminder: Reminder) -> Sample:
    """Return what a template makes of a reminder.

    A name that is longer than fits counts as read back where what is left of it is: the rest is kept (MAP-4).
    """
    made = render(template, reminder.name, inputs(reminder))
    if template.one_way is not None:
        return Sample(made.text, None, readable=False)
    name, *_ = invert(made.text, [(made.before, made.after)])
    whole = normal(flatten(reminder.name))
    cut_short = name is not None and whole is not None and whole.startswith(name)
    return Sample(made.text, name, readable=name == whole or cut_short)

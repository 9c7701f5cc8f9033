"""The form of the sync choice: what was ticked, and the choice that is (FIRST-1, FIRST-6)."""

from collections.abc import Mapping
from dataclasses import dataclass

from remindersync.model import Choice, Since
from remindersync.store.people import AppUser


@dataclass(frozen=True, slots=True)
class ChoiceForm:
    """What the form holds; `was_on` is whether there is a time before to go on from."""

    mode: str = "off"
    import_open: bool = False
    match_existing: bool = False
    since: str = Since.OFF.value
    was_on: bool = False

    @classmethod
    def of(cls, person: AppUser) -> "ChoiceForm":
        """Return the form as it stands before anything is chosen."""
        return cls(mode="on" if person.sync_on else "off", was_on=person.turned_on_at is not None)

    @classmethod
    def read(cls, form: Mapping[str, str], person: AppUser) -> "ChoiceForm":
        """Return what was posted."""
        return cls(
            mode="on" if form.get("mode") == "on" else "off",
            import_open="import_open" in form,
            match_existing="match_existing" in form,
            since=Since.DAY.value if form.get("since") == Since.DAY.value else Since.OFF.value,
            was_on=person.turned_on_at is not None,
        )

    @property
    def choice(self) -> Choice:
        return Choice(self.import_open, self.match_existing, Since(self.since))


def form_of(choice: Choice, person: AppUser) -> ChoiceForm:
    """Return the form in which a choice to turn sync on was made."""
    return ChoiceForm(
        "on", choice.import_open, choice.match_existing, choice.since.value, was_on=person.turned_on_at is not None
    )

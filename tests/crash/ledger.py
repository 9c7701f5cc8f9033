"""Where every value went that people wrote: each is written once only, so that it can be told (MERGE-2)."""

from dataclasses import dataclass, field

from remindersync import mapping
from remindersync.mapping import FIELDS

# Those in which no value comes twice, by their names there.
FOLLOWED = {one.name: one.salesforce for one in FIELDS if one.name in ("name", "details", "due_date")}


@dataclass
class Ledger:
    """What people wrote, what somebody saw who wrote over it, and which Tasks people deleted."""

    here: set[str] = field(default_factory=set)
    there: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    deleted_there: set[str] = field(default_factory=set)

    def wrote_here(self, reminder, values):
        """Note an edit that the app accepted, made over what `reminder` shows."""
        self._note(self.here, {name: str(value) for name, value in values.items()}, mapping.values(reminder))

    def wrote_there(self, task, values):
        """Note an edit in Salesforce, made over what `task` shows; both by the app's names."""
        self._note(self.there, values, {name: task.values[there] for name, there in FOLLOWED.items()})

    def _note(self, written, values, before):
        for name in FOLLOWED.keys() & values.keys():
            written.add(values[name])
            self.seen.add(before[name])

    def lost(self, stage):
        """Yield the values that nobody finds any more, though the app accepted or a run read them.

        What only a Task holds that we deleted is lost: nobody would look for it in Salesforce's bin. What a request
        wrote over that landed minutes late is a race: the run that had read it may have ended before it could tell.
        """
        owed = self.here | (self.there & stage.read - stage.raced)
        yield from (f"lost: {value!r}" for value in sorted(owed - self.seen - self._kept(stage)))

    def _kept(self, stage):
        ours = {value for one in stage.everything() for value in mapping.values(one).values()}
        tasks = [one for one in stage.tasks().values() if not one.is_deleted or one.id in self.deleted_there]
        theirs = {value for one in tasks for value in one.values.values()}
        return ours | theirs | {value for event in stage.history() for value in (event.old, event.new)}

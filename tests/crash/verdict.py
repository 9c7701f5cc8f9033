"""What must hold once all is quiet."""

from collections import Counter, defaultdict

from remindersync import mapping, text
from remindersync.mapping import FIELDS
from remindersync.model import LinkState


def problems(stage):
    """Return what is wrong once all is quiet, a sentence each; the second list holds what is parked."""
    end = End(stage)
    found = [*end.unpaired(), *end.doubles(), *stage.left_open(), *end.unsent()]
    for link in end.pairs:
        found += end.differences(link)
    return found, end.parked


class End:
    """Both sides of a stage as they stand, read once."""

    def __init__(self, stage):
        self.stage = stage
        self.reminders = {one.id: one for one in stage.everything()}
        self.links = stage.links()
        self.pairs = [link for link in self.links if link.state is LinkState.ACTIVE]
        self.tasks = stage.tasks()
        self.parked = stage.parked()
        # But those a person brought back after a restored reminder got another (MERGE-3).
        old = {link.task_id for link in self.links if link.state is LinkState.SUPERSEDED} & stage.undeleted
        self.live = {one.id for one in self.tasks.values() if not one.is_deleted} - old

    def unpaired(self):
        linked = {link.task_id: link.reminder_id for link in self.pairs}
        shown = {one.id for one in self.reminders.values() if one.deleted_at is None}
        if not self.parked:
            yield from (f"orphan Task {one}" for one in sorted(self.live - set(linked)))
        yield from (f"pair of the deleted Task {one}" for one in sorted(set(linked) - self.live))
        yield from (f"orphan reminder {one}" for one in sorted(shown - set(linked.values()) - set(self.parked)))
        yield from (f"pair of the deleted reminder {one}" for one in sorted(set(linked.values()) - shown))

    def doubles(self):
        owned = {link.task_id: link.reminder_id for link in self.links}
        made = defaultdict(set)
        for task_id, reminder_id in (*owned.items(), *self.stage.made_for.items()):
            made[reminder_id].add(task_id)
        for task_id, reminder_id in self.stage.made_for.items():
            if owned.get(task_id, reminder_id) != reminder_id and reminder_id not in self.parked:
                yield f"Task {task_id} of {reminder_id} became another reminder, {owned[task_id]}"
        for reminder_id, task_ids in made.items():
            if len(task_ids & self.live) > 1 and reminder_id not in self.parked:
                yield f"duplicates of {reminder_id}: {sorted(task_ids & self.live)}"
        keys = Counter(one.key for one in self.tasks.values() if one.key and not one.is_deleted)
        yield from (f"key {key} used {times} times" for key, times in keys.items() if times > 1)

    def unsent(self):
        for one in self.reminders.values():
            if one.shared and one.version not in (one.synced_version, one.parked_version):
                yield f"{one.id} unsent: version {one.version}, synced {one.synced_version}"

    def differences(self, link):
        reminder, task = self.reminders[link.reminder_id], self.tasks[link.task_id]
        settings = self.stage.settings(reminder.owner_id)
        ours = mapping.values(reminder)
        for field in FIELDS:
            raw = task.values[field.salesforce]
            if field.name == "name":
                same = text.same(raw or "(no subject)", text.cut(text.flatten(reminder.name), 255))
            else:
                meaning = mapping.read(field, raw, link.base, settings)
                same = meaning is mapping.UNSYNCED or text.same(meaning, ours[field.name])
            if not same:
                yield f"{field.name} of {reminder.id}: {ours[field.name]!r} here, {raw!r} there"
        if self.stage.salesforce_id(self.stage.person(reminder.owner_id)) != task.owner_id:
            yield f"owner of {reminder.id}: {self.stage.person(reminder.owner_id)} here, {task.owner_id} there"

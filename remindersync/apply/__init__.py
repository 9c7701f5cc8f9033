"""A plan's inbound half carried out here: reminders, links and history, in one transaction with the place."""

from remindersync.apply.events import deleted_event, lost_events, written_events
from remindersync.apply.inbox import OUT_OF_REACH, Inbox, save
from remindersync.apply.notes import Notes
from remindersync.apply.tally import Tally

__all__ = ["OUT_OF_REACH", "Inbox", "Notes", "Tally", "deleted_event", "lost_events", "save", "written_events"]

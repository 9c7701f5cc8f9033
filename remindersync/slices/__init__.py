"""One slice of a run: what is read, in which order, until nothing is left or its time is up."""

from remindersync.slices.slice import Done, Slice, begin

__all__ = ["Done", "Slice", "begin"]

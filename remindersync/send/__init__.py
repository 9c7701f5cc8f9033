"""Carry a plan's outbound half out in Salesforce, and run over nobody."""

from remindersync.send.knowing import known_of
from remindersync.send.sender import FREE, Sender, Sent

__all__ = ["FREE", "Sender", "Sent", "known_of"]

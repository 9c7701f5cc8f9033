"""A Salesforce org in a box: answers REST over HTTP as the platform does; imports nothing of the engine."""

from orgsim.door import Door, DoorError, SimUser, UserRefusedError
from orgsim.server import Sim, serve

__all__ = ["Door", "DoorError", "Sim", "SimUser", "UserRefusedError", "serve"]

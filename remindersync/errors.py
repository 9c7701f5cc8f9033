"""Everything that can go wrong in a sync, and what becomes of it.

SyncError
├── RunRefused              the run may not start or go on: end quietly, the database knows what is due
│   ├── Busy                another run holds this user's lock
│   ├── Superseded          a later run raised the fence; this one may write nothing more
│   └── Unsafe              no lock service or no limiter: unsafe means off
├── SalesforceRefused       a clear answer: nothing was saved, the fault says why
│   ├── LoginLost           the login is expired or revoked: reconnect
│   └── AllowanceSpent      the org's calls are used up or reserved: wait
├── SalesforceUnclear       no answer: a write may have been saved
├── ConfigurationError      a setting, a file or a server is wrong
└── UserMistake             what a person asked for cannot be done
"""

from dataclasses import dataclass
from enum import StrEnum


class Destiny(StrEnum):
    """What becomes of a failed piece of work (DIAG-1)."""

    RETRY = "backoff"
    ALLOWANCE = "allowance"
    RECONNECT = "reconnect"
    PARK = "parked"


class Category(StrEnum):
    """The four kinds under which people see Salesforce errors (DIAG-1)."""

    INTERMITTENT = "Intermittent"
    AUTHENTICATION = "Authentication"
    ACCESS = "Access/Validation"
    OTHER = "Other"


@dataclass(frozen=True, slots=True)
class Fault:
    """One Salesforce error, explained. `message` is the platform's own text and may quote user data."""

    code: str
    message: str
    category: Category
    meaning: str
    remedy: str
    destiny: Destiny


class SyncError(Exception):
    """A sync could not do what was asked."""


class RunRefused(SyncError):
    """The run may not start or go on."""


class Busy(RunRefused):
    """Another run holds this user's lock."""


class Superseded(RunRefused):
    """A later run took over this user; this one may write nothing more."""


class Unsafe(RunRefused):
    """The lock service or the limiter is out of reach, so nothing may be written to Salesforce."""


class SalesforceRefused(SyncError):
    """Salesforce answered that it did not do what was asked."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.code}: {fault.meaning} {fault.remedy}")
        self.fault = fault


class LoginLost(SalesforceRefused):
    """The login is expired or revoked; its user has to connect again."""


class AllowanceSpent(SalesforceRefused):
    """The org's API calls are used up, or the rest is reserved; `wait_seconds` says when to ask again."""

    def __init__(self, fault: Fault, wait_seconds: float) -> None:
        super().__init__(fault)
        self.wait_seconds = wait_seconds


class SalesforceUnclear(SyncError):
    """No answer came: what was sent may have been saved or not, and may still land; `fault` explains where it can."""

    def __init__(self, message: str, fault: Fault | None = None) -> None:
        super().__init__(message)
        self.fault = fault


class ConfigurationError(SyncError):
    """A setting, a file or a server is wrong; the message names it and the remedy."""


class UserMistake(SyncError):
    """What a person asked for cannot be done; the message says why and what to do instead."""

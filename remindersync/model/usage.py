"""What an org's daily calls are used for, as counted."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class UsageSample:
    """One org's quarter of an hour from `at`: calls of ours in it, and what the org said when last asked in it.

    `background` are polls, readings of the org and other work nobody waits for, `edits` what people's own changes
    took. `used` are the calls of all apps in the 24 hours before, `allowed` how many there may be: None where no
    answer told.
    """

    org_id: str
    at: datetime
    background: int
    edits: int
    used: int | None = None
    allowed: int | None = None

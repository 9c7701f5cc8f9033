"""The stored Salesforce logins."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Grant(StrEnum):
    """How a login gets its next access token."""

    REFRESH = "refresh"
    JWT = "jwt"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Login:
    """A way into an org as one Salesforce user; tokens are in the clear here and encrypted at rest.

    `version` rises with every stored token. Without `user_id` it is the team's integration login.
    """

    id: str
    team_id: str
    user_id: str | None
    org_id: str
    salesforce_id: str
    username: str
    instance_url: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False, default=None)
    grant: Grant = Grant.NONE
    active: bool = True
    version: int = 1


@dataclass(frozen=True, slots=True)
class SalesforceUser:
    """A person of an org, as its User records name them."""

    id: str
    username: str
    name: str = ""
    email: str = ""


class Logins(Protocol):
    """The stored Salesforce logins."""

    def of_user(self, user_id: str) -> Login | None:
        """Return a user's own login."""

    def of_team(self, team_id: str) -> Login | None:
        """Return a team's integration login."""

    def renew(self, login: Login, *, access_token: str, instance_url: str, refresh_token: str | None) -> Login:
        """Store new tokens before anyone uses them; return what is stored.

        Where `login.version` is no longer the stored one, nothing is written and the stored one is returned.
        """

    def lose(self, login: Login, reason: str, *, inactive: bool = False) -> None:
        """Mark the login *reconnect needed*, unless its tokens were renewed meanwhile.

        With `inactive` it is because its Salesforce user is not active any more (SYNC-10).
        """

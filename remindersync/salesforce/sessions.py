"""Logins at work: one refresher for all workers, and the way from a user to their Salesforce."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from remindersync.errors import Category, Destiny, Fault, LoginLost, SalesforceRefused, Superseded
from remindersync.model import ActsAs, SyncUser
from remindersync.ports import Grant, Lease, Locks, Login, Logins
from remindersync.salesforce.auth import Granted, OAuth
from remindersync.salesforce.client import Client, Door
from remindersync.salesforce.faults import fault
from remindersync.salesforce.ids import record_id
from remindersync.salesforce.org import RestOrg
from remindersync.salesforce.tasks import DEFAULT_KEY_FIELD, RestSalesforceTasks, Schemas

LOCK_WAIT_SECONDS = 20.0
_INACTIVE = "INACTIVE_USER"

NO_INTEGRATION_LOGIN = Fault(
    code="NO_INTEGRATION_LOGIN",
    message="",
    category=Category.AUTHENTICATION,
    meaning="The team's integration login, which acts for this user, does not work.",
    remedy="An admin connects it again, or puts the user on a login of their own.",
    destiny=Destiny.RECONNECT,
)
NO_LOGIN_LEFT = Fault(
    code="NO_LOGIN_LEFT",
    message="",
    category=Category.AUTHENTICATION,
    meaning="The login of who leaves works no more, and the team has no integration login that does.",
    remedy="An admin connects the team's integration login, then hands the reminders over again.",
    destiny=Destiny.RECONNECT,
)
ATTEMPTS = 4
PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Refresher:
    """Renews a login's token once, however many workers find it expired at the same moment (DIAG-4).

    A rotating refresh token that is used twice costs the whole login, so a lock goes around it, and the new
    tokens are stored before anyone uses them.
    """

    logins: Logins
    locks: Locks
    oauth: OAuth
    pause: Callable[[float], None] = time.sleep

    def renew(self, login: Login) -> Login:
        """Return the login with another token than the given one, which has failed.

        Raises:
            LoginLost: there is none to be had; the login is marked so
            SalesforceRefused: not now
            Unsafe: there is no lock service

        """
        lease = self.locks.acquire(f"login:{login.id}", wait_seconds=LOCK_WAIT_SECONDS)
        if lease is None:
            raise SalesforceRefused(fault("TOKEN_BUSY"))
        try:
            return self._renew(login, lease)
        finally:
            lease.release()

    def lose(self, login: Login, reason: str) -> None:
        """Mark the login as one that needs its user to connect again."""
        self.logins.lose(login, reason)

    def _renew(self, failed: Login, lease: Lease, attempts: int = ATTEMPTS) -> Login:
        stored = self._stored(failed)
        if stored.access_token != failed.access_token:
            return stored
        _hold(lease)
        try:
            return self._keep(stored, self._grant(stored))
        except SalesforceRefused as refused:
            if refused.fault.destiny is Destiny.RECONNECT:
                self.logins.lose(stored, refused.fault.meaning, inactive=refused.fault.code == _INACTIVE)
                raise LoginLost(refused.fault) from None
            if refused.fault.code != "TOKEN_BUSY" or attempts == 1:
                raise
        self.pause(PAUSE_SECONDS * random.uniform(1, 2))  # noqa: S311 it spreads load and guards nothing
        return self._renew(failed, lease, attempts - 1)

    def _stored(self, login: Login) -> Login:
        found = self.logins.of_user(login.user_id) if login.user_id else self.logins.of_team(login.team_id)
        if found is None or not found.active:
            raise LoginLost(fault("NOT_CONNECTED"))
        if (found.org_id, found.salesforce_id) != (login.org_id, login.salesforce_id):
            # Connected anew as somebody else: the next run begins with that login.
            raise SalesforceRefused(fault("TOKEN_BUSY"))
        return found

    def _grant(self, login: Login) -> Granted:
        if login.grant is Grant.JWT:
            return self.oauth.jwt_bearer(login.username)
        if login.grant is Grant.REFRESH and login.refresh_token:
            return self.oauth.refresh(login.refresh_token)
        raise SalesforceRefused(fault("INVALID_SESSION_ID"))

    def _keep(self, login: Login, granted: Granted) -> Login:
        if (granted.org_id, granted.salesforce_id) != (record_id(login.org_id), record_id(login.salesforce_id)):
            raise SalesforceRefused(fault("WRONG_ORG"))
        return self.logins.renew(
            login,
            access_token=granted.access_token,
            instance_url=granted.instance_url,
            refresh_token=granted.refresh_token or login.refresh_token,
        )


def _hold(lease: Lease) -> None:
    try:
        lease.check()
    except Superseded:
        # It says so of a run's lock; here another worker refreshes, and this run may go on later.
        raise SalesforceRefused(fault("TOKEN_BUSY")) from None


@dataclass(frozen=True, slots=True)
class _OnBehalf:
    """Renews the team's login while it acts for a user: what is lost is not theirs to connect."""

    refresher: Refresher

    def renew(self, login: Login) -> Login:
        try:
            return self.refresher.renew(login)
        except LoginLost:
            raise LoginLost(NO_INTEGRATION_LOGIN) from None

    def lose(self, login: Login, reason: str) -> None:
        self.refresher.lose(login, reason)


@dataclass(frozen=True, slots=True)
class Sessions:
    """Gives each user their Salesforce, acting with the login that was chosen for them: the port Connect."""

    refresher: Refresher
    door: Door
    key_field: str = DEFAULT_KEY_FIELD
    schemas: Schemas = field(default_factory=dict)

    def __call__(self, user: SyncUser, *, background: bool) -> RestSalesforceTasks:
        """Return the user's Salesforce.

        That is by their own login, or by the team's for whom an admin put on it, never as a fall-back (SYNC-9).
        Raises `LoginLost` if there is no such login of the team's org that works.
        """
        login = self._login(user)
        if record_id(login.org_id) != record_id(user.org_id):
            raise LoginLost(fault("WRONG_ORG"))
        tokens = self.refresher if login.user_id else _OnBehalf(self.refresher)
        client = Client(login, tokens, self.door, background=background)
        return RestSalesforceTasks(client, user.salesforce_id, self.schemas, key_field=self.key_field)

    def _login(self, user: SyncUser) -> Login:
        own = None if user.acts_as is ActsAs.INTEGRATION else self.refresher.logins.of_user(user.id)
        if own is not None and own.active:
            return own
        if user.acts_as is ActsAs.OWN:
            raise LoginLost(fault("NOT_CONNECTED"))
        team = self.refresher.logins.of_team(user.team_id)
        if team is None or not team.active:
            raise LoginLost(NO_INTEGRATION_LOGIN if user.acts_as is ActsAs.INTEGRATION else NO_LOGIN_LEFT)
        return team

    def org(self, team_id: str, org_id: str) -> RestOrg:
        """Return a team's org, seen with its integration login: the port ConnectOrg.

        Raises `LoginLost` if the team has no working integration login of its org.
        """
        login = self.refresher.logins.of_team(team_id)
        if login is None or not login.active:
            raise LoginLost(fault("NOT_CONNECTED"))
        if record_id(login.org_id) != record_id(org_id):
            raise LoginLost(fault("WRONG_ORG"))
        return RestOrg(
            Client(login, self.refresher, self.door, background=True), self.schemas, key_field=self.key_field
        )

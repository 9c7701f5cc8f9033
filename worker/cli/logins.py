"""From what a person has of a Salesforce login to what is stored of it."""

from remindersync.errors import LoginLost, SalesforceRefused, UserMistake
from remindersync.ports import Grant
from remindersync.salesforce.auth import Granted, Identity
from remindersync.salesforce.faults import fault
from remindersync.store.logins import LoginGrant
from worker.services import Services

_BAD_TOKEN = frozenset({"HTTP status 401", "HTTP status 403"})


def by_jwt(here: Services, username: str) -> LoginGrant:
    """Log in as `username` by an assertion that our key signs. Raises `SyncError`."""
    granted = here.oauth.jwt_bearer(username)
    return _login_grant(here.oauth.identity(granted), granted, Grant.JWT)


def by_token(
    here: Services, access_token: str | None, instance_url: str | None, refresh_token: str | None
) -> LoginGrant:
    """Return the login that given tokens are; asks Salesforce whose they are. Raises `SyncError`."""
    if not access_token or not instance_url:
        raise UserMistake("Both --access-token and --instance-url are needed: give them together.")
    identity = _owner(here, access_token, instance_url)
    granted = Granted(access_token, instance_url, identity.org_id, identity.salesforce_id, refresh_token)
    return _login_grant(identity, granted, Grant.REFRESH if refresh_token else Grant.NONE)


def _owner(here: Services, access_token: str, instance_url: str) -> Identity:
    try:
        return here.oauth.owner(access_token, instance_url)
    except SalesforceRefused as refusal:
        # Salesforce tells a bad token by the text Bad_OAuth_Token, not by an error code (jsforce issue 736).
        if refusal.fault.message in _BAD_TOKEN:
            raise LoginLost(fault("HTTP_401")) from None
        raise


def _login_grant(identity: Identity, granted: Granted, grant: Grant) -> LoginGrant:
    return LoginGrant(
        org_id=identity.org_id,
        salesforce_id=identity.salesforce_id,
        username=identity.username,
        instance_url=granted.instance_url,
        access_token=granted.access_token,
        refresh_token=granted.refresh_token,
        grant=grant,
    )

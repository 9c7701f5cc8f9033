"""OAuth against a Salesforce login server: sign-in with PKCE, signed logins, refreshing, who it is, and revoking."""

import hashlib
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt

from remindersync.errors import ConfigurationError, SalesforceRefused
from remindersync.ports import UNWATCHED, Watch
from remindersync.salesforce import telling
from remindersync.salesforce.connections import Http, NoAnswerError, NotSentError, Reply
from remindersync.salesforce.faults import classify, fault
from remindersync.salesforce.hosts import Hosts
from remindersync.salesforce.ids import record_id

SCOPES = "api refresh_token openid"
# Salesforce takes an assertion for three minutes (help: OAuth 2.0 JWT bearer flow).
ASSERTION_SECONDS = 180
_OK = 200


@dataclass(frozen=True, slots=True)
class App:
    """The connected app: its consumer key, and what proves that it is us."""

    client_id: str
    client_secret: str | None = field(repr=False, default=None)
    redirect_url: str | None = None
    private_key: str | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Granted:
    """What the token endpoint gave. `refresh_token` is None where the present one stays or there is none."""

    access_token: str = field(repr=False)
    instance_url: str
    org_id: str
    salesforce_id: str
    refresh_token: str | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Identity:
    """The Salesforce user behind a token."""

    org_id: str
    salesforce_id: str
    username: str
    email: str = ""
    name: str = ""
    email_verified: bool = False


def new_verifier() -> str:
    """Return a secret for one sign-in (PKCE), to be kept until its code comes back."""
    return secrets.token_urlsafe(64)


class OAuth:
    """The login server `login_url`. All calls raise `SalesforceRefused`; its fault says whether to try again.

    Raises:
        ConfigurationError: `login_url`, or an instance Salesforce names, is none of its servers.

    """

    def __init__(self, login_url: str, app: App, http: Http, hosts: Hosts, watch: Watch = UNWATCHED) -> None:
        self._base = hosts.login_server(login_url)
        self._app = app
        self._http = http
        self._hosts = hosts
        self._watch = watch

    def authorize_url(self, state: str, verifier: str, *, anew: bool = False) -> str:
        """Return the address to send a person to; they come back to the app's with a `code` and `state`.

        With `anew` they have to log in there even if they are: they may be to come back as somebody else.
        """
        query = {
            "response_type": "code",
            "client_id": self._app.client_id,
            "redirect_uri": self._app.redirect_url,
            "scope": SCOPES,
            "state": state,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        } | ({"prompt": "login"} if anew else {})
        return f"{self._base}/services/oauth2/authorize?{urlencode(query)}"

    def exchange_code(self, code: str, verifier: str) -> Granted:
        """Turn the code of a sign-in into tokens."""
        return self._granted(
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
            redirect_uri=self._app.redirect_url,
            **self._credentials(),
        )

    def refresh(self, refresh_token: str) -> Granted:
        """Get another access token; a rotating app gets another refresh token too, and the old one is dead."""
        return self._granted(grant_type="refresh_token", refresh_token=refresh_token, **self._credentials())

    def jwt_bearer(self, username: str) -> Granted:
        """Get an access token for a user the app was approved for beforehand, by a signed assertion.

        Raises:
            ConfigurationError: the app has no readable private key.

        """
        return self._granted(
            grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", assertion=self._assertion(username)
        )

    def check_key(self) -> None:
        """Sign a trial assertion. Raises `ConfigurationError` where the app has no readable private key."""
        self._assertion("nobody")

    def identity(self, granted: Granted) -> Identity:
        """Ask who a granted token belongs to; it has to be whom it was granted to."""
        found = self.owner(granted.access_token, granted.instance_url)
        if (found.org_id, found.salesforce_id) != (granted.org_id, granted.salesforce_id):
            raise _strange("one user for the token and another for its owner")
        return found

    def owner(self, access_token: str, instance_url: str) -> Identity:
        """Ask who a token belongs to."""
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        base = self._hosts.instance(instance_url)
        body = _body(self._send("GET", f"{base}/services/oauth2/userinfo", headers=headers))
        try:
            return Identity(
                record_id(body["organization_id"]),
                record_id(body["user_id"]),
                body["preferred_username"],
                body.get("email") or "",
                body.get("name") or "",
                body.get("email_verified") is True,
            )
        except (KeyError, TypeError, ValueError):
            raise _strange("nothing about who the user is") from None

    def revoke(self, token: str) -> None:
        """End a refresh token with its access tokens, or one access token; one already dead is no error."""
        reply = self._send("POST", f"{self._base}/services/oauth2/revoke", data={"token": token})
        if reply.status != _OK and not (isinstance(reply.body, dict) and reply.body.get("error") == "invalid_token"):
            raise SalesforceRefused(classify(reply.status, reply.body if reply.is_json else None))

    def _granted(self, **form: str | None) -> Granted:
        body = _body(self._send("POST", f"{self._base}/services/oauth2/token", data=form))
        try:
            org_id, salesforce_id = urlsplit(body["id"]).path.split("/")[-2:]
            return Granted(
                str(body["access_token"]),
                self._hosts.instance(body["instance_url"]),
                record_id(org_id),
                record_id(salesforce_id),
                body.get("refresh_token"),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise _strange("no complete token") from None

    def _credentials(self) -> dict[str, str | None]:
        return {"client_id": self._app.client_id, "client_secret": self._app.client_secret}

    def _assertion(self, username: str) -> str:
        if not self._app.private_key:
            raise ConfigurationError("A signed login needs a key; set SALESFORCE_PRIVATE_KEY_FILE.")
        claims = {
            "iss": self._app.client_id,
            "sub": username,
            "aud": _audience(self._base),
            "exp": int(time.time()) + ASSERTION_SECONDS,
        }
        try:
            return jwt.encode(claims, self._app.private_key, algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise ConfigurationError(
                "SALESFORCE_PRIVATE_KEY_FILE holds no RSA key in PEM form: name the private key of the certificate "
                "that the connected app has."
            ) from None

    def _send(self, method: str, url: str, **parts: Any) -> Reply:
        with self._watch.during(telling.work(method, f"oauth/{urlsplit(url).path.rpartition('/')[2]}")):
            reply = self._replied(method, url, **parts)
            telling.tell(self._watch, reply, None)
        return reply

    def _replied(self, method: str, url: str, **parts: Any) -> Reply:
        # An answer that is not waited for may have held the next refresh token: losing it costs the login.
        session = self._http.session(patient=True)
        try:
            session.request(method, url, **parts)
        except NotSentError as error:
            raise SalesforceRefused(fault(error.code)) from None
        except NoAnswerError:
            raise SalesforceRefused(fault("FAILED_WRITE")) from None
        assert session.reply is not None
        return session.reply


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _audience(base: str) -> str:
    """Return whom an assertion is for: always the general login server, also for an org's own (My Domain)."""
    host = urlsplit(base).hostname or ""
    if not host.endswith(".my.salesforce.com"):
        return base
    return (
        "https://test.salesforce.com" if host.endswith(".sandbox.my.salesforce.com") else "https://login.salesforce.com"
    )


def _body(reply: Reply) -> Mapping[str, Any]:
    if reply.status != _OK or not isinstance(reply.body, dict):
        raise SalesforceRefused(classify(reply.status, reply.body if reply.is_json else None))
    return reply.body


def _strange(what: str) -> SalesforceRefused:
    return SalesforceRefused(fault("NOT_AN_ANSWER", f"the login server sent {what}"))

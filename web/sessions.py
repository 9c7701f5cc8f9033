"""Who is at the other end of a page: one-time sign-in links, the signed session cookie and its CSRF token."""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from remindersync.errors import UserMistake

LINK_SECONDS = 15 * 60
SESSION_SECONDS = 14 * 24 * 3600
_PURPOSE = "remindersync sign-in link"

# What the session middleware keeps: a dictionary in a signed cookie, readable by its owner, changed by nobody else.
Session = MutableMapping[str, Any]


class Settings(Protocol):
    """The settings this module needs."""

    @property
    def secret_key(self) -> str: ...
    @property
    def public_url(self) -> str: ...


def sign_in_link(settings: Settings, email: str) -> str:
    """Return an address under which the user with this e-mail may sign in once, within 15 minutes."""
    token = _serializer(settings).dumps([email.strip().lower(), secrets.token_urlsafe(12)])
    return f"{settings.public_url.rstrip('/')}/sign-in/{token}"


def _serializer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key, salt=_PURPOSE)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A valid link: whose it is, and what tells it from other links."""

    email: str
    digest: str


def read_link(settings: Settings, token: str) -> SignIn:
    """Return what a sign-in link's token says. Raises `UserMistake` for one that is forged or too old."""
    try:
        email, nonce = _serializer(settings).loads(token, max_age=LINK_SECONDS)
    except SignatureExpired:
        raise UserMistake("This sign-in link is more than 15 minutes old: ask for a new one.") from None
    except (BadSignature, ValueError):
        raise UserMistake("This sign-in link is not complete: open it again, or ask for a new one.") from None
    return SignIn(str(email), hashlib.sha256(str(nonce).encode()).hexdigest())


class UsedLinks:
    """The sign-in links used in the last 15 minutes; known to this process only."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def use(self, link: SignIn) -> None:
        """Note that a link was used. Raises `UserMistake` if it was before."""
        now = self._monotonic()
        with self._lock:
            self._until = {digest: until for digest, until in self._until.items() if until > now}
            if link.digest in self._until:
                raise UserMistake("This sign-in link was used already: ask for a new one.")
            self._until[link.digest] = now + LINK_SECONDS


def begin(session: Session, user_id: str) -> None:
    """Sign a user in: nothing of an earlier session stays, its CSRF token included."""
    session.clear()
    session.update(user=user_id, since=int(time.time()))


def user_id(session: Session) -> str | None:
    """Return who is signed in, None if nobody is or it was too long ago."""
    since = session.get("since", 0)
    return session.get("user") if time.time() - since < SESSION_SECONDS else None


def csrf_token(session: Session) -> str:
    """Return the session's token for forms, made on first use."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    token: str = session["csrf"]
    return token


def is_csrf_token(session: Session, given: str) -> bool:
    """Tell whether a form carries the session's token."""
    known = session.get("csrf", "")
    return bool(known) and secrets.compare_digest(str(known).encode(), given.encode())


def say(session: Session, message: str, *, bad: bool = False, undo: str | None = None) -> None:
    """Keep one sentence for the next page; `undo` is the address of a button that takes it back."""
    session["said"] = {"message": message, "bad": bad, "undo": undo}


def said(session: Session) -> dict[str, Any] | None:
    """Take the sentence kept for this page."""
    kept: dict[str, Any] | None = session.pop("said", None)
    return kept

"""One-time sign-in links: made by the command line or an admin, read by the web.

A link is signed and names its person; that it is used once is noted in the database (`SignIns.use`).
"""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from remindersync.errors import UserMistake

if TYPE_CHECKING:
    from remindersync.store.people import AppUser

LINK_SECONDS = 15 * 60
_PURPOSE = "remindersync sign-in link"


class Settings(Protocol):
    """The settings this module needs."""

    @property
    def secret_key(self) -> str: ...
    @property
    def public_url(self) -> str: ...


def sign_in_link(settings: Settings, user: "AppUser") -> str:
    """Return an address under which a user may sign in once, within 15 minutes, as long as their sessions stand.

    `user` is as read just now: with an older session number the link counts for nothing.
    """
    token = _serializer(settings).dumps([user.id, user.session_number, secrets.token_urlsafe(12)])
    return f"{settings.public_url.rstrip('/')}/sign-in/{token}"


def _serializer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key, salt=_PURPOSE)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A valid link: whose it is, the number their sessions had when it was made, and what tells it from others."""

    user_id: str
    number: int
    nonce: str


def read_link(settings: Settings, token: str) -> SignIn:
    """Return what a sign-in link's token says. Raises `UserMistake` for one that is forged or too old."""
    try:
        user_id, number, nonce = _serializer(settings).loads(token, max_age=LINK_SECONDS)
    except SignatureExpired:
        raise UserMistake("This sign-in link is more than 15 minutes old: ask for a new one.") from None
    except (BadSignature, ValueError):
        raise UserMistake("This sign-in link is not complete: open it again, or ask for a new one.") from None
    return SignIn(str(user_id), int(number), str(nonce))

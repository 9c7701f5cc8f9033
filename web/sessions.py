"""Who is at the other end of a page: the signed session cookie and its CSRF token."""

import secrets
import time
from collections.abc import MutableMapping
from typing import Any

from remindersync.store.sign_ins import Session as Claim

SESSION_SECONDS = 14 * 24 * 3600

# What the session middleware keeps: a dictionary in a signed cookie, readable by its owner, changed by nobody else.
Session = MutableMapping[str, Any]


def begin(session: Session, user_id: str, number: int) -> None:
    """Sign a user in, under their present session number: nothing of an earlier session stays, nor its CSRF token."""
    session.clear()
    session.update(user=user_id, number=number, id=secrets.token_urlsafe(18), since=time.time())


def claimed(session: Session) -> Claim | None:
    """Return what the cookie says, None if nobody signed in or it was too long ago.

    The cookie may be a copy of one whose session has ended: that is for the database to say.
    """
    if not {"user", "id", "number"} <= session.keys() or time.time() - session.get("since", 0) >= SESSION_SECONDS:
        return None
    return Claim(session["user"], session["id"], session["number"])


def end(session: Session) -> bool:
    """Leave nothing in the cookie of who had signed in; whether somebody had."""
    if "user" not in session:
        return False
    session.clear()
    return True


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

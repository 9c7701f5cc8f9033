"""Sign-in links, and what is remembered of them."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remindersync.errors import UserMistake
from web.sessions import csrf_token, is_csrf_token
from worker.sign_in import read_link, sign_in_link


@dataclass
class Secrets:
    secret_key: str = field(default="a secret for tests", repr=False)
    public_url: str = "https://sync.example.com/"


def token_of(link: str) -> str:
    assert link.startswith("https://sync.example.com/sign-in/")
    return link.rpartition("/")[2]


def test_a_link_names_its_person_and_is_like_no_other():
    first, second = (read_link(Secrets(), token_of(sign_in_link(Secrets(), " Ada@Example.com "))) for _ in range(2))
    assert first.email == second.email == "ada@example.com"
    assert first.nonce != second.nonce


def test_a_link_signed_with_another_key_is_refused():
    token = token_of(sign_in_link(Secrets(secret_key="another"), "ada@example.com"))
    with pytest.raises(UserMistake, match="not complete"):
        read_link(Secrets(), token)


@given(st.text(max_size=80))
def test_whatever_stands_in_a_link_it_is_a_link_or_a_mistake(token):
    with pytest.raises(UserMistake):
        read_link(Secrets(), token)


def test_a_csrf_token_belongs_to_one_session():
    session, other = {}, {}
    token = csrf_token(session)
    assert csrf_token(session) == token
    assert is_csrf_token(session, token)
    assert not is_csrf_token(session, "")
    assert not is_csrf_token({}, "")
    csrf_token(other)
    assert not is_csrf_token(other, token)

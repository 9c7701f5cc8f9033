"""Sign-in links, and what is remembered of them."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer

from remindersync.errors import UserMistake
from remindersync.store.people import operator
from web.sessions import csrf_token, is_csrf_token
from worker.sign_in import read_link, sign_in_link

ADA = replace(operator("a team"), id="8fd743c7-1195-4939-9f20-f705c09c4a06", email="ada@example.com", session_number=7)


@dataclass
class Secrets:
    secret_key: str = field(default="a secret for tests", repr=False)
    public_url: str = "https://sync.example.com/"


def token_of(link: str) -> str:
    assert link.startswith("https://sync.example.com/sign-in/")
    return link.rpartition("/")[2]


def test_a_link_names_its_person_by_a_number_and_is_like_no_other():
    tokens = [token_of(sign_in_link(Secrets(), ADA)) for _ in range(2)]
    first, second = (read_link(Secrets(), token) for token in tokens)
    assert (first.user_id, first.number) == (second.user_id, second.number) == (ADA.id, 7)
    assert first.nonce != second.nonce
    assert ADA.email not in URLSafeTimedSerializer("any").loads_unsafe(tokens[0])[1]


def test_a_link_signed_with_another_key_is_refused():
    token = token_of(sign_in_link(Secrets(secret_key="another"), ADA))
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

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from remindersync.errors import ConfigurationError
from remindersync.store.vault import Vault

OLD, NEW = "an old key of some length", "a newer key of some length"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_sealed_text_opens_as_it_was(text):
    vault = Vault([NEW])
    assert vault.open(vault.seal(text)) == text


def test_every_key_of_the_list_opens():
    sealed = Vault([OLD]).seal("token")
    assert Vault([NEW, OLD]).open(sealed) == "token"


def test_the_newest_key_seals():
    sealed = Vault([NEW, OLD]).seal("token")
    assert Vault([NEW]).open(sealed) == "token"


def test_rotating_makes_the_old_key_superfluous():
    sealed = Vault([NEW, OLD]).rotate(Vault([OLD]).seal("token"))
    assert Vault([NEW]).open(sealed) == "token"


def test_a_fernet_key_is_used_as_it_is():
    key = Fernet.generate_key()
    assert Vault([key.decode()]).open(Fernet(key).encrypt(b"token")) == "token"


def test_white_space_around_a_key_means_nothing():
    assert Vault([f" {NEW} "]).open(Vault([NEW]).seal("token")) == "token"


@pytest.mark.parametrize("use", [Vault.open, Vault.rotate])
def test_a_key_that_does_not_fit_is_told_by_its_setting(use):
    with pytest.raises(ConfigurationError, match="TOKEN_KEYS"):
        use(Vault([NEW]), Vault([OLD]).seal("token"))


@pytest.mark.parametrize("keys", [[], [""], ["fifteen letters"], [NEW, "short"]])
def test_a_missing_or_short_key_is_refused_by_its_setting(keys):
    with pytest.raises(ConfigurationError, match="TOKEN_KEYS"):
        Vault(keys)


def test_no_key_shows_in_what_a_vault_says_of_itself():
    vault = Vault([NEW])
    with pytest.raises(ConfigurationError) as caught:
        vault.open(b"nonsense")
    assert NEW not in f"{vault!r} {vault} {caught.value!r} {caught.value.__cause__!r}"

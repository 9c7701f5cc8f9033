"""Encrypts what must not lie in the database in the clear: Salesforce tokens (SAFE-2)."""

import base64
import binascii
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from remindersync.errors import ConfigurationError

SHORTEST_KEY = 16
_FERNET_KEY_BYTES = 32
_PURPOSE = b"remindersync: Salesforce tokens"


class Vault:
    """Seals and opens texts with TOKEN_KEYS, newest first: the first one seals, every one opens.

    A key is a Fernet key, or any other text of at least 16 characters, from which one is derived.
    Raises `ConfigurationError` where there is no key or one is too short.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ConfigurationError("TOKEN_KEYS is not set: set it to a random text of at least 16 characters.")
        self._fernet = MultiFernet([Fernet(_fernet_key(key.strip(), number)) for number, key in enumerate(keys, 1)])

    def __repr__(self) -> str:
        return "Vault()"

    def seal(self, text: str) -> bytes:
        """Encrypt `text` with the newest key."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """Decrypt what any of the keys sealed. Raises `ConfigurationError` where none fits."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise _no_key_fits() from None

    def rotate(self, sealed: bytes) -> bytes:
        """Return the same secret sealed by the newest key. Raises `ConfigurationError` where no key opens it."""
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken:
            raise _no_key_fits() from None


def _fernet_key(key: str, number: int) -> bytes:
    if len(key) < SHORTEST_KEY:
        raise ConfigurationError(
            f"TOKEN_KEYS: key {number} has fewer than {SHORTEST_KEY} characters: use a longer random text."
        )
    return key.encode() if _is_fernet_key(key) else _derived(key)


def _is_fernet_key(key: str) -> bool:
    try:
        raw = base64.b64decode(key, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(raw) == _FERNET_KEY_BYTES


def _derived(key: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=_FERNET_KEY_BYTES, salt=None, info=_PURPOSE)
    return base64.urlsafe_b64encode(derivation.derive(key.encode()))


def _no_key_fits() -> ConfigurationError:
    return ConfigurationError(
        "TOKEN_KEYS: none of the keys opens a stored Salesforce token: add the key that sealed it at the end."
    )

"""The keys a demo makes for itself, kept in its home folder where only its user can read them."""

import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from remindersync.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class DemoKeys:
    """What signs a demo's sessions and encrypts its tokens."""

    secret_key: str = field(repr=False)
    token_key: str = field(repr=False)


def demo_keys(home: Path) -> DemoKeys:
    """Return the keys kept in `home`, made by whichever process comes first. Raises `ConfigurationError`."""
    path = home / "keys"
    try:
        if not path.exists():
            _store(path, DemoKeys(secrets.token_urlsafe(32), secrets.token_urlsafe(32)))
        return DemoKeys(**json.loads(path.read_text()))
    except (ValueError, TypeError):
        raise ConfigurationError(f"{path} is damaged: delete it; the demo's users then connect again.") from None
    except OSError as error:
        raise ConfigurationError(
            f"REMINDERSYNC_HOME: {path} cannot be used ({error.strerror}): choose a folder of your own."
        ) from None


def _store(path: Path, keys: DemoKeys) -> None:
    """Write the whole file at once, unless another process was faster."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix="keys-")
    with os.fdopen(handle, "w") as file:
        json.dump(asdict(keys), file)
    try:
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(name)  # noqa: PTH108 beside os.link, which pathlib spells backwards

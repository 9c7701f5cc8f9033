"""Node scripts run against a box: the packages are installed once, into a cache outside the repository."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

_HERE = Path(__file__).parent / "jsforce"
# package.json names the newest jsforce that runs on Node 20: from 3.10.19 on it needs 22.
_INSTALL = ("install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error")


def packages() -> Path:
    """Give the folder with the node_modules that package.json names; skips without npm, but fails in CI."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        _without("npm is missing: install Node.js 20 or newer to run the jsforce suite.")
    wanted = (_HERE / "package.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "remindersync"
    folder = cache / f"jsforce-{hashlib.sha256(wanted).hexdigest()[:12]}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _install(wanted, folder)
    return folder


def _install(wanted: bytes, folder: Path) -> None:
    """Install beside the folder and rename: two runs at once don't see each other's halves."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        made = Path(scratch) / folder.name
        made.mkdir()
        (made / "package.json").write_bytes(wanted)
        done = subprocess.run(["npm", *_INSTALL, "--prefix", made], capture_output=True, text=True, check=False)
        if done.returncode:
            _without(f"npm could not install the packages of the jsforce suite: {done.stderr.strip()}")
        with suppress(OSError):
            made.rename(folder)


def _without(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def run(script: str, argument: Any = None, **environment: str) -> Any:
    """Run one script of the jsforce folder with a JSON argument; give the JSON it prints last."""
    node_modules = packages() / "node_modules"
    done = subprocess.run(
        ["node", _HERE / script, json.dumps(argument)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NODE_PATH": str(node_modules), "NODE_NO_WARNINGS": "1", **environment},
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout.splitlines()[-1])

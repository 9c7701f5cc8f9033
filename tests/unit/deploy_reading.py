"""Reads the files of deploy/ as Compose would, with secrets made up for the tests."""

import itertools
import re
import shlex
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "deploy" / "compose.yaml"
EXAMPLE = ROOT / "deploy" / "example.env"
SECRETS = {
    "SECRET_KEY": "a-key-that-signs-sessions",
    "TOKEN_KEYS": "a-key-that-encrypts-tokens",
    "POSTGRES_PASSWORD": "a-password-of-postgres",
    "REDIS_PASSWORD": "a-password-of-redis",
    "FLOWER_BASIC_AUTH": "ada:a-password-of-flower",
}
PROGRAMS = ("release", "web", "worker", "ticker", "bulk", "beat", "flower")
SERVERS = ("postgres", "redis")


class Missing(Exception):
    """Compose would refuse to start."""


def interpolated(text, environ):
    """Return a text as Compose reads it: `$$`, `${NAME}`, `${NAME:-default}` and `${NAME:?message}`, nested too."""
    found = re.search(r"\$\$|\$\{(\w+)", text)
    if found is None:
        return text
    before, after = text[: found.start()], found.end()
    if found[0] == "$$":
        return f"{before}${interpolated(text[after:], environ)}"
    end = _closing(text, after)
    return before + _value(found[1], text[after:end], environ) + interpolated(text[end + 1 :], environ)


def _closing(text, at):
    depth = 1
    while depth:
        depth += 1 if text.startswith("${", at) else -1 if text[at] == "}" else 0
        at += 1
    return at - 1


def _value(name, rest, environ):
    if environ.get(name):
        return environ[name]
    if rest.startswith(":?"):
        raise Missing(name, rest[2:])
    return interpolated(rest.removeprefix(":-"), environ)


def read(environ):
    def filled(part):
        if isinstance(part, dict):
            return {key: filled(value) for key, value in part.items()}
        if isinstance(part, list):
            return [filled(value) for value in part]
        return interpolated(part, environ) if isinstance(part, str) else part

    return filled(yaml.safe_load(COMPOSE.read_text()))


def procfile():
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {
        name: shlex.split(interpolated(command, {})) for name, _, command in (line.partition(":") for line in lines)
    }


def example():
    """Return the example's variables with what each is shown to be, and the line above each."""
    lines = EXAMPLE.read_text().splitlines()
    found = {}
    for above, line in itertools.pairwise(lines):
        match = re.fullmatch(r"#?([A-Z][A-Z_]+)=(\S*)", line)
        if match:
            found[match[1]] = (match[2], above)
    return found

"""What cannot be done is told in one sentence with the remedy, and nothing is begun."""

import gzip
import shutil
from pathlib import Path

import pytest

import orgsim
from tests.system.circumstances import unchanged


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("teams", "add", "{team}"), "There is a team '{team}' already"),
        (("teams", "add", " "), "is empty"),
        (("users", "add", "{ada}", "--team", "{team}"), "There is a user {ada} already"),
        (("users", "add", "eve@acme.example", "--team", "Nobody's"), "There is no team"),
        (("users", "add", "no-address", "--team", "{team}"), "is not an e-mail address"),
        (
            ("users", "add", "eve@acme.example", "--team", "{team}", "--time-zone", "Mars"),
            "There is no time zone 'Mars'",
        ),
        (("users", "list", "--team", "Nobody's"), "There is no team"),
        (("users", "token", "eve@acme.example"), "There is no user eve@acme.example"),
        (("teams", "connect", "Nobody's", "--jwt-user", "x"), "There is no team"),
        (("connect", "eve@acme.example"), "There is no user eve@acme.example"),
        (("sync", "on", "eve@acme.example"), "There is no user eve@acme.example"),
        (("sync", "on", "{ada}"), "is not connected to Salesforce: connect first"),
        (("resync", "{ada}"), "Sync is off for {ada}: turn it on first"),
        (("resync", "--team", "Nobody's"), "There is no team"),
        (("status", "eve@acme.example"), "There is no user eve@acme.example"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_told_and_not_begun(office, arguments, said):
    names = {"team": office.team, "ada": office.email()}
    with unchanged(office.database):
        sentence = office.line.run(*(word.format(**names) for word in arguments)).complaint()
    assert said.format(**names) in sentence


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("status", "--nonsense"),
        ("demo", "extra"),
        ("orgsim",),
        ("orgsim", "--port", "many"),
        ("users", "add", "ada@example.com"),
        ("connect",),
        ("connect", "ada@example.com", "--access-token", "T"),
        ("connect", "ada@example.com", "--refresh-token", "R"),
        ("teams", "connect", "Sales"),
        ("teams", "connect", "Sales", "--jwt-user", "U", "--access-token", "T"),
        ("resync",),
        ("resync", "ada@example.com", "--all"),
    ],
    ids=" ".join,
)
def test_wrong_use_is_told_with_where_to_look_before_anything_starts(line, arguments):
    ended = line.run(*arguments)
    assert "--help`" in ended.complaint(code=2)
    assert ended.out == ""
    assert not line.home.exists()


def _missing(sample: Path) -> None:
    sample.unlink()


def _cut_off(sample: Path) -> None:
    sample.write_bytes(sample.read_bytes()[:-1000])


def _damaged(sample: Path) -> None:
    sample.write_bytes(gzip.compress(b'{"kind": "head"\n'))


@pytest.mark.parametrize(("harm", "said"), [(_missing, "is missing"), (_cut_off, "damaged"), (_damaged, "damaged")])
def test_a_sample_that_cannot_be_read_is_told_with_how_to_get_it_back(line, harm, said):
    package = line.folder / "packages" / "orgsim"
    shutil.copytree(Path(orgsim.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    harm(package / "sample" / "sample.jsonl.gz")
    line = line.knowing(PYTHONPATH=str(package.parent))
    sentence = line.run("demo", "--check").complaint()
    assert said in sentence
    assert "restore it from the repository" in sentence
    assert not line.home.exists()
    alone = line.run("orgsim", "--port", "0", "--sample")
    assert (alone.code, alone.err.count("\n")) == (1, 1)
    assert said in alone.err

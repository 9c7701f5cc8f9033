"""The model of lock, fence, lease, *again* and intents holds, and each of its broken variants does not."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

MODEL = Path(__file__).parents[2] / "model" / "sync.pml"
KEYED = pytest.mark.parametrize("keyed", [1, 0], ids=["with the key field", "without the key field"])
# What the checker says of a step that is not allowed, and of a user who is never served.
OVERTAKEN, TWICE, NOT_OURS, LOST = "latest==me", "!(exists)", "edited_there", "acceptance cycle"


@pytest.fixture
def check(tmp_path):
    """Check the model under some definitions; give what is wrong, empty if nothing is."""
    missing = [tool for tool in ("spin", "gcc") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"The model is not checked: {' and '.join(missing)} missing (apt-get install spin gcc).")

    def run(*definitions, served=True):
        kind = ["-DNFAIR=3"] if served else ["-DSAFETY", "-DNOCLAIM"]
        options = ["-a", "-f"] if served else ["-E"]
        _do(tmp_path, "spin", *(f"-D{one}" for one in definitions), "-a", MODEL)
        _do(tmp_path, "gcc", "-O1", "-w", "-DCOLLAPSE", *kind, "-o", "pan", "pan.c")
        said = _do(tmp_path, "./pan", *options, "-m1000000", "-w22")
        assert "max search depth too small" not in said, said
        assert re.search(r"[1-9]\d* states, stored", said), said
        return re.findall(r"^pan:1: (.*) \(at depth", said, re.MULTILINE)

    return run


def _do(folder, *command):
    done = subprocess.run([str(one) for one in command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@KEYED
def test_whatever_goes_wrong_once_nothing_is_written_twice_and_nobody_due_is_lost(check, keyed):
    assert check(f"KEYED={keyed}", "FAULTS=1") == []


@pytest.mark.full
@KEYED
def test_whatever_goes_wrong_twice_nothing_is_written_twice_or_taken_for_a_persons_edit(check, keyed):
    assert check(f"KEYED={keyed}", "FAULTS=2", served=False) == []


@pytest.mark.parametrize(
    ("keyed", "broken", "wrong"),
    [
        pytest.param(1, "NO_FENCE", OVERTAKEN, id="no look at the fence: an overtaken run writes"),
        pytest.param(0, "SEND_FIRST", TWICE, id="the intent after the send: a Task is made twice"),
        pytest.param(1, "SEND_FIRST", NOT_OURS, id="the intent after the send: our own write is an edit"),
        pytest.param(0, "NO_WAIT", TWICE, id="no ten minutes' wait: a Task is made twice"),
        pytest.param(1, "NO_WAIT", NOT_OURS, id="no ten minutes' wait: our own late write is an edit"),
        pytest.param(1, "NO_ABSORB", NOT_OURS, id="payloads not compared: our own late write is an edit"),
        pytest.param(1, "NEW_KEY", TWICE, id="a new key each time: a Task is made twice"),
    ],
)
def test_without_one_of_the_precautions_a_write_goes_wrong(check, keyed, broken, wrong):
    found = check(f"KEYED={keyed}", "FAULTS=1", broken, served=False)
    assert any(wrong in one for one in found), found


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("NO_LEASE_END", id="a lease without an end"),
        pytest.param("FORGET_AGAIN", id="again not looked at in the commit that ends a run"),
    ],
)
def test_without_one_of_the_precautions_somebody_due_is_lost(check, broken):
    assert check("KEYED=1", "FAULTS=1", broken, "STANDSTILL") == [LOST]

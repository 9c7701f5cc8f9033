"""The checked-in file is what its generator makes, and a damaged one is told in a sentence."""

import gzip
import json
from pathlib import Path

import pytest

from orgsim.sample import SampleError, archive, expected, generate, load
from tests.orgsim.sample.counting import NOW

KIBIBYTE = 1024


def test_the_checked_in_file_is_what_the_generator_makes():
    made = [json.loads(json.dumps(line)) for line in generate.lines()]
    assert made == archive.read()


def test_the_same_lines_are_the_same_bytes(tmp_path):
    first, second = tmp_path / "a.gz", tmp_path / "b.gz"
    archive.write(generate.lines(), first)
    archive.write(generate.lines(), second)
    assert first.read_bytes() == second.read_bytes()


def test_another_seed_makes_another_sample():
    assert list(generate.lines(1)) != list(generate.lines(2))


def test_the_file_is_small_and_the_sample_is_not(tasks):
    assert archive.PATH.stat().st_size < 600 * KIBIBYTE
    assert len(tasks) >= 3_000


def damaged(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "sample.jsonl.gz"
    path.write_bytes(data)
    return path


def packed(*lines):
    return gzip.compress("\n".join(json.dumps(line) for line in lines).encode(), mtime=0)


END = {"kind": "end", "lines": 1}


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "cut off"),
        (b"not gzip at all", "damaged"),
        (archive.PATH.read_bytes()[:5_000], "damaged"),
        (archive.PATH.read_bytes()[:-8] + b"\0" * 8, "damaged"),
        (gzip.compress(b"\xff\xfe"), "damaged"),
        (gzip.compress(b"{"), "damaged"),
        (gzip.compress(b"[1]"), "damaged"),
        (packed({"kind": "header", "format": 1}), "cut off"),
        (packed({"kind": "header", "format": 99}, END), "another version"),
    ],
    ids=["empty", "no gzip", "half", "wrong sum", "no UTF-8", "no JSON", "no record", "no end", "another version"],
)
def test_a_damaged_file_is_one_sentence_with_cause_and_remedy(tmp_path, data, cause):
    path = damaged(tmp_path, data)
    for use in (lambda: load(NOW, path), lambda: expected(path=path)):
        with pytest.raises(SampleError) as caught:
            use()
        text = str(caught.value)
        assert cause in text
        assert str(path) in text
        assert text.endswith("`python -m orgsim.sample`.")
        assert "\n" not in text


def test_a_missing_file_is_one_sentence_with_cause_and_remedy(tmp_path):
    with pytest.raises(SampleError, match=r"nowhere\.gz is missing; restore it"):
        load(NOW, tmp_path / "nowhere.gz")


def test_an_unreadable_file_is_one_sentence_too(tmp_path):
    with pytest.raises(SampleError, match="can't be read"):
        load(NOW, tmp_path)

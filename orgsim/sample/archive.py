"""The sample file: gzipped JSON lines, the first with what to expect, the last saying that nothing is missing."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FORMAT = 1
PATH = Path(__file__).with_name("sample.jsonl.gz")
_REMEDY = "restore it from the repository or write it again with `python -m orgsim.sample`"


class SampleError(Exception):
    """The sample file can't be used: one sentence with the cause and the remedy."""


def write(lines: Iterable[dict[str, Any]], path: Path = PATH) -> int:
    """Write `lines` and the line that ends them; return the size of the file in bytes."""
    text = [json.dumps(line, ensure_ascii=False, separators=(",", ":"), sort_keys=True) for line in lines]
    text.append(json.dumps({"kind": "end", "lines": len(text)}))
    buffer = io.BytesIO()
    # No file name and no time: the same sample is the same bytes.
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as packed:
        packed.write("\n".join([*text, ""]).encode())
    path.write_bytes(buffer.getvalue())
    return len(buffer.getvalue())


def read(path: Path = PATH) -> list[dict[str, Any]]:
    """Return the lines of the sample file, without the one that ends them.

    Raises:
        SampleError: the file is missing, damaged, cut off, or of another format.

    """
    lines = _parsed(_unpacked(path), path)
    if not lines or lines[-1] != {"kind": "end", "lines": len(lines) - 1}:
        raise SampleError(f"The sample file {path} is cut off; {_REMEDY}.")
    if lines[0].get("format") != FORMAT:
        raise SampleError(f"The sample file {path} is of another version of the program; {_REMEDY}.")
    return lines[:-1]


def _unpacked(path: Path) -> str:
    try:
        return gzip.decompress(path.read_bytes()).decode()
    except FileNotFoundError:
        raise SampleError(f"The sample file {path} is missing; {_REMEDY}.") from None
    except (gzip.BadGzipFile, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise SampleError(f"The sample file {path} is damaged ({error}); {_REMEDY}.") from None
    except OSError as error:
        raise SampleError(f"The sample file {path} can't be read ({error}); {_REMEDY}.") from None


def _parsed(text: str, path: Path) -> list[dict[str, Any]]:
    try:
        # Not splitlines(): it would also part at line separators inside the texts.
        lines = [json.loads(line) for line in text.split("\n") if line]
    except ValueError as error:
        raise SampleError(f"The sample file {path} is damaged ({error}); {_REMEDY}.") from None
    if not all(isinstance(line, dict) for line in lines):
        raise SampleError(f"The sample file {path} is damaged (a line is no object); {_REMEDY}.")
    return lines

"""The CSV of bulk jobs: uploads read as strictly as their job says, results written with every value quoted."""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

from orgsim.jobs import DELIMITERS, LINE_ENDINGS, Job, Line

NO_VALUE = "#N/A"
# REST spells +0000 what the results of bulk jobs spell Z.
_REST_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000")


class BadUploadError(Exception):
    """The upload can't be read: its message is the job's errorMessage."""


def read(job: Job) -> list[Line]:
    """Give the rows of a job's upload, and note its header; raises BadUploadError."""
    try:
        text = (job.uploaded or b"").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadUploadError("InvalidBatch : Failed to parse CSV: the data is not UTF-8") from None
    _check_line_ending(job, text)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=DELIMITERS[job.delimiter], strict=True)
    try:
        job.header = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = job.header
        return [_row(job, line) for line in reader]
    except csv.Error as error:
        raise BadUploadError(f"InvalidBatch : Failed to parse CSV: {error}") from None


def _check_line_ending(job: Job, text: str) -> None:
    first = re.search(r"\r\n|\n", text)
    if first is not None and first[0] != LINE_ENDINGS[job.line_ending]:
        message = f"LineEnding is invalid on user data. Current LineEnding setting is {job.line_ending}"
        raise BadUploadError(f"ClientInputError : {message}")


def _row(job: Job, line: dict[Any, Any]) -> Line:
    if None in line or None in line.values():
        raise BadUploadError(
            f"InvalidBatch : Failed to parse CSV: a row has not the {len(job.header)} columns of the header"
        )
    return line


def fields_of(line: Line) -> dict[str, str | None]:
    """Give a row's values as a save takes them: an empty one says nothing, `#N/A` empties the field."""
    return {name: None if value == NO_VALUE else value for name, value in line.items() if value != ""}


def write(job: Job, header: list[str], lines: Iterable[Line]) -> str:
    """Give lines as CSV under a header, in the job's delimiter and line ending."""
    out = io.StringIO(newline="")
    delimiter, ending = DELIMITERS[job.delimiter], LINE_ENDINGS[job.line_ending]
    writer = csv.writer(out, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows([[line.get(name, "") for name in header] for line in lines])
    return out.getvalue()


def flattened(record: dict[str, Any], before: str = "") -> Line:
    """Give a query's record as one row, parents under `Owner.Name`."""
    line: Line = {}
    for name, value in record.items():
        if name == "attributes":
            continue
        if isinstance(value, dict):
            line |= flattened(value, f"{before}{name}.")
        else:
            line[before + name] = _text(value)
    return line


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return text.replace("+0000", "Z") if _REST_STAMP.fullmatch(text) else text

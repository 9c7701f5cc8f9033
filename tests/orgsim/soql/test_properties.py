"""Random queries: none ends in anything but an answer or a SoqlError, and each agrees with plain Python."""

import contextlib
import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from orgsim.ids import numbered_id
from orgsim.schema import object_name_of
from orgsim.soql import SoqlError, execute, parse

NOW = dt.datetime(2026, 11, 22, 10, 0, 0, tzinfo=dt.UTC)
USERS = [numbered_id("005", number) for number in range(1, 4)]
NAMES = dict(zip(USERS, ["Ada", "ben", None], strict=True))
SUBJECTS = [None, "a", "A", "ab", "b%", "_x", "Ünï", "ß", "it's", "back\\slash", "👩\u200d👩\u200d👧"]
DAYS = [None, *(dt.date(2026, 11, 20) + dt.timedelta(days=step) for step in range(5))]
STAMPS = [NOW + dt.timedelta(hours=step) for step in (-50, -24, -1, 0)]
COUNTS = [None, 0, 1, 30, 90]

# The first example builds the parser, which takes longer than Hypothesis allows one.
unhurried = settings(deadline=None)

rows = st.lists(
    st.fixed_dictionaries(
        {
            "Subject": st.sampled_from(SUBJECTS),
            "OwnerId": st.sampled_from(USERS),
            "ActivityDate": st.sampled_from(DAYS),
            "SystemModstamp": st.sampled_from(STAMPS),
            "IsClosed": st.booleans(),
            "CallDurationInSeconds": st.sampled_from(COUNTS),
        }
    ),
    max_size=12,
).map(lambda found: [{"Id": numbered_id("00T", number), **row} for number, row in enumerate(found, 1)])

Pair = tuple[str, Callable[[dict[str, Any]], bool]]
OPERATORS = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def written(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return str(value if value is not None else "null").lower()
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return quoted(value) if isinstance(value, str) else str(value)


def same(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return left == right


def compared(
    name: str, read: Callable[[dict[str, Any]], Any], values: list[Any], operator: str
) -> st.SearchStrategy[Pair]:
    def pair(value: Any) -> Pair:
        def holds(row: dict[str, Any]) -> bool:
            found = read(row)
            if operator == "=":
                return same(found, value)
            if operator == "!=":
                return not same(found, value)
            if found is None or value is None:
                return False
            if isinstance(found, str):
                return OPERATORS[operator](found.lower(), value.lower())
            return OPERATORS[operator](found, value)

        return f"{name} {operator} {written(value)}", holds

    return st.sampled_from(values).map(pair)


def among(name: str, read: Callable[[dict[str, Any]], Any], values: list[Any]) -> st.SearchStrategy[Pair]:
    def pair(chosen: list[Any], negated: bool) -> Pair:
        words = "NOT IN" if negated else "IN"
        text = f"{name} {words} ({', '.join(map(written, chosen))})"
        return text, lambda row: any(same(read(row), value) for value in chosen) != negated

    return st.builds(pair, st.lists(st.sampled_from(values), min_size=1, max_size=3), st.booleans())


def plain(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda row: row[name]


COLUMNS = [
    ("Subject", plain("Subject"), SUBJECTS),
    ("Task.OwnerId", plain("OwnerId"), USERS),
    ("Owner.Name", lambda row: NAMES[row["OwnerId"]], ["Ada", "BEN", None]),
    ("ActivityDate", plain("ActivityDate"), DAYS),
    ("systemmodstamp", plain("SystemModstamp"), STAMPS),
    ("CallDurationInSeconds", plain("CallDurationInSeconds"), COUNTS),
]
leaves: st.SearchStrategy[Pair] = st.one_of(
    *(compared(*column, operator) for column in COLUMNS for operator in ("=", "!=", *OPERATORS)),
    *(among(*column) for column in COLUMNS),
    *(compared("IsClosed", plain("IsClosed"), [True, False], operator) for operator in ("=", "!=")),
)


def joined(word: str, together: Callable[[Any], bool], parts: list[Pair]) -> Pair:
    text = f" {word} ".join(f"({part})" for part, _ in parts)
    return text, lambda row: together(holds(row) for _, holds in parts)


def branches(children: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    several = st.lists(children, min_size=2, max_size=4)
    return st.one_of(
        several.map(lambda parts: joined("AND", all, parts)),
        several.map(lambda parts: joined("or", any, parts)),
        children.map(lambda part: (f"NOT ({part[0]})", lambda row: not part[1](row))),
    )


conditions = st.recursive(leaves, branches, max_leaves=8)


class Rows:
    def __init__(self, found: list[dict[str, Any]]) -> None:
        self._rows = found

    def rows(self, object_name, equal, stamped=None):
        if object_name != "Task":
            return []
        # As an index would: only what meets the hint.
        return [row for row in self._rows if all(row[name] in values for name, values in equal.items())]

    def row(self, record_id):
        if object_name_of(record_id) != "User":
            return None
        return {"Id": record_id, "Name": NAMES.get(record_id)}


@unhurried
@given(rows, conditions)
def test_a_query_agrees_with_plain_python(found, condition):
    text, holds = condition
    answer = execute(parse(f"SELECT Id FROM Task WHERE {text}"), Rows(found), now=NOW)
    assert [record["Id"] for record in answer.records] == [row["Id"] for row in found if holds(row)]
    assert execute(parse(f"SELECT COUNT() FROM Task WHERE {text}"), Rows(found), now=NOW).total_size == len(
        answer.records
    )


@unhurried
@given(rows, st.sampled_from(COLUMNS), st.booleans(), st.booleans(), st.integers(0, 5), st.integers(0, 5))
def test_an_order_agrees_with_plain_python(found, column, descending, nulls_last, limit, offset):
    name, read, _ = column
    clause = f"{name} {'DESC' if descending else 'ASC'} NULLS {'LAST' if nulls_last else 'FIRST'}, Id"
    answer = execute(
        parse(f"SELECT Id FROM Task ORDER BY {clause} LIMIT {limit} OFFSET {offset}"), Rows(found), now=NOW
    )

    def key(row):
        value = read(row)
        return value.lower() if isinstance(value, str) else value

    known = [row for row in found if key(row) is not None]
    values = sorted({key(row) for row in known}, reverse=descending)
    expected = [row for value in values for row in known if key(row) == value]
    missing = [row for row in found if key(row) is None]
    whole = expected + missing if nulls_last else missing + expected
    assert [record["Id"] for record in answer.records] == [row["Id"] for row in whole][offset : offset + limit]


@unhurried
@given(rows, conditions)
def test_groups_agree_with_plain_python(found, condition):
    text, holds = condition
    query = f"SELECT OwnerId, COUNT(Id) n, MAX(SystemModstamp) newest FROM Task WHERE {text} GROUP BY OwnerId ORDER BY OwnerId"
    records = execute(parse(query), Rows(found), now=NOW).records
    kept = sorted((row for row in found if holds(row)), key=plain("OwnerId"))
    groups = [(owner, list(members)) for owner, members in itertools.groupby(kept, plain("OwnerId"))]
    assert [(record["OwnerId"], record["n"], record["newest"]) for record in records] == [
        (owner, len(members), max(row["SystemModstamp"] for row in members).strftime("%Y-%m-%dT%H:%M:%S.000+0000"))
        for owner, members in groups
    ]


VOCABULARY = (
    "SELECT FROM WHERE AND OR NOT IN LIKE GROUP BY HAVING ORDER ASC DESC NULLS FIRST LAST LIMIT OFFSET ALL ROWS "
    "USING SCOPE mine FOR VIEW INCLUDES EXCLUDES null true TODAY LAST_N_DAYS:3 NEXT_N_YEARS:99999 "
    "Id Subject Description OwnerId Owner.Name Who.Type Account.Owner.Name Nope Nope.Name Task t Group "
    "COUNT() COUNT(Id) MAX(SystemModstamp) SUM(Subject) FIELDS(ALL) toLabel(Status) ( ) , . : = != <> <= > * ? \" ' "
    "'a' 'it\\'s' '\\x' '%' 5 -1.5 1. 2026-11-22 2026-99-99 2026-11-22T10:00:00Z 2026-11-22T10:00:00 é 👍 \\ "
)
OPERANDS = (
    "Id Subject Description OwnerId IsClosed ActivityDate SystemModstamp CallDurationInSeconds Owner.Name Who.Type "
    "Account.Owner.Manager.Name Nope No.pe COUNT(Id) MAX(IsClosed) toLabel(Status)"
)
operands = st.sampled_from(OPERANDS.split())
values = st.sampled_from(
    [
        "null",
        "true",
        "'x'",
        "''",
        "'005000000000001'",
        "5",
        "2026-11-22",
        "2026-11-22T10:00:00Z",
        "TODAY",
        "LAST_N_YEARS:9999",
    ]
)
anything = st.recursive(
    st.one_of(
        st.builds("{} {} {}".format, operands, st.sampled_from(["=", "!=", "<", ">=", "LIKE"]), values),
        st.builds("{} {} ({}, {})".format, operands, st.sampled_from(["IN", "NOT IN", "INCLUDES"]), values, values),
        st.builds("{} IN (SELECT {} FROM {})".format, operands, operands, st.sampled_from(["Task", "User", "Nope"])),
    ),
    lambda inner: st.one_of(
        st.builds("({}) AND ({})".format, inner, inner),
        st.builds("({}) OR ({})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=4,
)


def answered(text: str, found: list[dict[str, Any]]) -> None:
    """Any other error than SoqlError passes through and fails the test."""
    with contextlib.suppress(SoqlError):
        execute(parse(text), Rows(found), now=NOW, time_zone="Asia/Kathmandu", user_id=USERS[0])


@unhurried
@given(st.lists(st.sampled_from(VOCABULARY.split()), max_size=15), rows)
def test_no_heap_of_words_raises_anything_but_a_soql_error(words, found):
    answered(" ".join(words), found)
    answered("SELECT Id FROM Task WHERE " + " ".join(words), found)


@unhurried
@given(st.text(max_size=60))
def test_no_text_raises_anything_but_a_soql_error(text):
    answered(text, [])
    answered(f"SELECT Id FROM Task WHERE Subject = '{text}'", [])


@unhurried
@given(
    st.lists(operands, min_size=1, max_size=3),
    anything,
    st.one_of(st.none(), operands),
    st.one_of(st.none(), anything),
    st.one_of(st.none(), operands),
    rows,
)
def test_no_query_whatever_its_types_raises_anything_but_a_soql_error(selected, where, group, having, order, found):
    text = f"SELECT {', '.join(selected)} FROM Task WHERE {where}"
    text += f" GROUP BY {group}" if group else ""
    text += f" HAVING {having}" if group and having else ""
    text += f" ORDER BY {order}" if order else ""
    answered(text, found)

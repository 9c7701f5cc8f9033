"""Random SOQL over HTTP: never a 500, and the same rows as plain Python finds."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orgsim.ids import numbered_id
from tests.orgsim.acme import ANN, BOB, long
from tests.orgsim.soql.test_properties import OPERANDS, VOCABULARY, anything, compared, conditions, joined, plain

# One box and one set of rows serve all examples of a test: queries change nothing.
over_http = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
SUBJECTS = [None, "a", "A", "ab", "b%", "_x", "Ünï", "ß", "it's", "back\\slash", "👩\u200d👩\u200d👧"]
DAYS = [None, *(dt.date(2026, 11, 20) + dt.timedelta(days=step) for step in range(4))]
COUNTS = [None, 0, 1, 30]
OWNERS = {long(ANN): "Ann Example", long(BOB): "Bob Example"}
COLUMNS = [
    ("Subject", plain("Subject"), SUBJECTS),
    ("Task.OwnerId", plain("OwnerId"), list(OWNERS)),
    ("Owner.Name", lambda row: OWNERS[row["OwnerId"]], ["ANN example", "Bob Example", None]),
    ("activitydate", plain("ActivityDate"), DAYS),
    ("CallDurationInSeconds", plain("CallDurationInSeconds"), COUNTS),
]
leaves = st.one_of(*(compared(*column, sign) for column in COLUMNS for sign in ("=", "!=", "<", ">=")))
pairs = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: joined("AND", all, parts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: joined("OR", any, parts)),
    ),
    max_leaves=6,
)


@pytest.fixture
def rows(sim):
    """Give forty Tasks that the box holds, as the plain evaluation sees them."""
    made = [
        {
            "Id": numbered_id("00T", number + 1, "F00"),
            "Subject": SUBJECTS[number % len(SUBJECTS)],
            "OwnerId": list(OWNERS)[number % 2],
            "ActivityDate": DAYS[number // 3 % len(DAYS)],
            "CallDurationInSeconds": COUNTS[number // 2 % len(COUNTS)],
        }
        for number in range(40)
    ]
    sim.door.put_tasks(made)
    return made


@over_http
@given(pairs, st.booleans())
def test_a_query_over_http_agrees_with_plain_python(admin, rows, condition, by_pages):
    text, holds = condition
    headers = {"Sforce-Query-Options": "batchSize=200"} if by_pages else {}
    found = admin.query(f"SELECT Id FROM Task WHERE {text} ORDER BY Id", headers=headers)
    assert [record["Id"] for record in found["records"]] == [row["Id"] for row in rows if holds(row)]
    counted = admin.query(f"SELECT COUNT() FROM Task WHERE {text}")["totalSize"]
    assert (found["totalSize"], found["done"]) == (counted, True)


@over_http
@given(
    st.one_of(
        conditions.map(lambda pair: pair[0]),
        anything,
        st.lists(st.sampled_from(VOCABULARY.split()), max_size=12).map(" ".join),
        st.text(max_size=40),
    ),
    st.lists(st.sampled_from(OPERANDS.split()), min_size=1, max_size=3),
    st.sampled_from(["query", "queryAll"]),
)
def test_no_query_over_http_ends_in_a_failure_of_the_box(ann, rows, where, selected, resource):
    soql = f"SELECT {', '.join(selected)} FROM Task WHERE {where}"
    answer = ann.get(f"/{resource}", params={"q": soql.encode("utf-8", "replace")})
    assert answer.status_code in {200, 400}, answer.text
    if answer.status_code == 400:
        (error,) = answer.json()
        assert error["errorCode"].isupper()
        assert error["message"]

"""A team's import condition is read whole, and nothing in it reaches past its parentheses."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remindersync import conditions
from remindersync.errors import UserMistake


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Type = 'Call'", "(Type = 'Call')"),
        ("a = 1 AND b = 2 OR c = 3", "(((a = 1) AND (b = 2)) OR (c = 3))"),
        ("a = 1 and (b = 2 or not c = 3)", "((a = 1) AND ((b = 2) OR (NOT (c = 3))))"),
        ("Status IN ('Open', 'Done')", "(Status IN ('Open', 'Done'))"),
        ("Status not in ('Open')", "(Status NOT IN ('Open'))"),
        ("Teams__c INCLUDES ('A;B', 'C')", "(Teams__c INCLUDES ('A;B', 'C'))"),
        ("Subject LIKE 'It\\'s (50%) OR 1=1'", "(Subject LIKE 'It\\'s (50%) OR 1=1')"),
        ("Who.Type = 'Lead' AND WhoId != null", "((Who.Type = 'Lead') AND (WhoId != null))"),
        ("ActivityDate >= TODAY", "(ActivityDate >= TODAY)"),
        ("CreatedDate > LAST_N_DAYS:30", "(CreatedDate > LAST_N_DAYS:30)"),
        ("CreatedDate <= 2026-11-22T10:00:00Z", "(CreatedDate <= 2026-11-22T10:00:00Z)"),
        ("ActivityDate <> 2026-11-22", "(ActivityDate <> 2026-11-22)"),
        ("Score__c < -1.5", "(Score__c < -1.5)"),
        ("IsHighPriority = TRUE", "(IsHighPriority = TRUE)"),
    ],
)
def test_a_condition_is_read_and_put_into_parentheses(written, read):
    assert conditions.parse(written).text == read


def test_the_fields_are_named_once_as_written():
    assert conditions.parse("a = 1 OR Who.Name = 'x' OR a = 2").fields == ("a", "Who.Name")


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("", 1),
        ("a", 2),
        ("a = ", 5),
        ("a = b", 5),
        ("a = 1)", 6),
        ("(a = 1", 7),
        ("a = 1 b = 2", 7),
        ("a = 1 LIMIT 5", 7),
        ("a = 1 ORDER BY a", 7),
        ("a = 1) OR (a = 1", 6),
        ("a = 'open", 5),
        ("a IN 'x'", 6),
        ("a IN ()", 7),
        ("a NOT 'x'", 7),
        ("Id IN (SELECT WhatId FROM Task)", 8),
        ("DAY_IN_MONTH(CreatedDate) = 1", 1),
        ("AND = 1", 1),
        ("a = 1; b = 2", 6),
        ("a = 1 -- b", 7),
        ("a = 12x", 5),
        ("a = LAST_N_DAYS", 5),
        ("a:1 = 1", 1),
        ("ä = 1", 1),
        ("(" * 50 + "a = 1" + ")" * 50, 41),
    ],
)
def test_what_is_no_condition_is_refused_with_its_place(written, place):
    with pytest.raises(UserMistake, match=rf"^import_condition, character {place}: "):
        conditions.parse(written)


@given(st.text("()'\\ aANDORNOT=1,", max_size=40))
def test_what_is_read_stays_within_its_parentheses_and_reads_the_same_again(text):
    try:
        found = conditions.parse(text).text
    except UserMistake:
        return
    bare = re.sub(r"'(?:[^'\\]|\\.)*'", "", found)
    depths = [bare[: end + 1].count("(") - bare[: end + 1].count(")") for end in range(len(bare))]
    assert depths[-1] == 0
    assert min(depths[:-1]) > 0
    assert conditions.parse(found).text == found


HINT = "; write it like Priority = 'High' AND WhoId != null."


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("a = 1 ; b = 2 and then much more", "character 7: '; b = 2 and then muc' is nothing SOQL knows"),
        ("a", "character 2: a comparison like = or IN is expected"),
        ("AND = 1", "character 1: a field of Task is expected"),
        ("DAY(a) = 1", "character 1: DAY is used as a function, and functions are not offered here"),
        ("a = b", "character 5: a value is expected: 'text', a number, a date, true, false or null"),
        ("(a = 1", "character 7: ) is expected"),
        ("a NOT LIKE 'x'", "character 7: IN is expected"),
        ("a IN 'x'", "character 6: ( is expected"),
        ("a = 1 b = 2", "character 7: AND, OR or the end is expected"),
        ("(" * 50 + "a = 1" + ")" * 50, "character 41: it is nested too deeply"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_how_to_write_it(written, said):
    with pytest.raises(UserMistake) as refused:
        conditions.parse(written)
    assert str(refused.value) == f"import_condition, {said}{HINT}"


@pytest.mark.parametrize("value", ["true", "FALSE", "false", "null", "LAST_90_DAYS", "n_days_ago:7"])
def test_a_keyword_is_a_value_however_it_is_written(value):
    assert conditions.parse(f"a = {value}").text == f"(a = {value})"


def test_depth_is_counted_from_the_outermost_parenthesis_whatever_stands_beside():
    deepest = "(" * 39 + "a = 1" + ")" * 39
    beside = f"NOT (b = 2) AND {deepest} AND c = 3"
    assert conditions.parse(beside).text.count("NOT") == 1
    assert conditions.parse(" AND ".join(["(a = 1)"] * 100)).text.count("AND") == 99
    with pytest.raises(UserMistake, match="nested too deeply"):
        conditions.parse(f"b = 2 AND c = 3 AND ({deepest})")


@pytest.mark.parametrize("written", ["a NOT", "a IN (", "a IN ('x'", "a =", "NOT", "("])
def test_a_condition_that_breaks_off_is_refused_at_its_end(written):
    with pytest.raises(UserMistake, match=rf"character {len(written) + 1}: "):
        conditions.parse(written)

"""Our grammar against the Apex parser of the tools: both read the same queries, and refuse the same."""

import random

from orgsim.soql import SoqlError, parse
from tests.orgsim.clients import node

SHAPES = [
    "SELECT Id FROM Task",
    "select id, subject from task",
    "SELECT Task.Id, Owner.Name FROM Task",
    "SELECT t.Id FROM Task t",
    "SELECT COUNT() FROM Task",
    "SELECT COUNT(Id), MAX(CreatedDate) newest FROM Task",
    "SELECT OwnerId, COUNT(Id) n FROM Task GROUP BY OwnerId HAVING COUNT(Id) > 1",
    "SELECT FIELDS(STANDARD) FROM Task LIMIT 200",
    "SELECT CALENDAR_YEAR(CreatedDate), COUNT(Id) FROM Task GROUP BY CALENDAR_YEAR(CreatedDate)",
    "SELECT TYPEOF Who WHEN Contact THEN Name ELSE Name END FROM Task",
    "SELECT Id FROM Task USING SCOPE mine",
    "SELECT Id FROM Task ORDER BY Id DESC NULLS LAST LIMIT 1 OFFSET 2",
    "SELECT Id FROM Task LIMIT 1 ORDER BY Id",
    "SELECT Id FROM Task OFFSET 2 LIMIT 1",
    "SELECT Id FROM Task GROUP BY Id WHERE Id = null",
    "SELECT * FROM Task",
    "SELECT FROM Task",
    "SELECT Id Task",
    "SELECT Id, FROM Task",
    "SELECT Id FROM",
    "SELECT Id FROM Task WHERE ()",
    'SELECT Id FROM Task WHERE Subject = "a"',
    "SELECT Id FROM Task WHERE Subject IS NULL",
    "SELECT Id FROM Task WHERE Subject == 'a'",
    "SELECT Id FROM Task WHERE (Subject = 'a'",
    "SELECT Id FROM Task WHERE Subject = 'a' AND NOT (Priority = 'b')",
    "SELECT Id FROM Task WHERE NOT Subject = 'a'",
    "SELECT Id FROM Task WHERE NOT (Subject = 'a' OR Subject = 'b')",
    "SELECT Id FROM Task WHERE Id IN (SELECT WhatId FROM Task)",
    "SELECT Id FROM Task WHERE Subject IN ()",
    "SELECT Id FROM Task WHERE CreatedDate = LAST_N_DAYS:3 AND ActivityDate > TODAY",
    "SELECT Id FROM Task WHERE CreatedDate > 2026-01-01T00:00:00Z",
    "SELECT Id FROM Task WHERE CreatedDate > 2026-01-01T00:00:00.000+0000",
    "SELECT Id FROM Task FOR VIEW",
]
COMPARISONS = [
    "Subject = 'a'",
    "Owner.Name LIKE 'a%'",
    "Subject != null",
    "IsClosed = true",
    "CallDurationInSeconds >= 5",
    "ActivityDate IN (2026-01-01, null)",
    "Priority NOT IN ('a', 'b')",
    "DAY_ONLY(CreatedDate) = TODAY",
]


def condition(chance, depth=0):
    """Give a random condition, sometimes one that lacks its parentheses."""
    if depth == 3 or chance.random() < 0.4:
        return chance.choice(COMPARISONS)
    parts = [condition(chance, depth + 1) for _ in range(chance.randint(1, 3))]
    text = f" {chance.choice(('AND', 'OR'))} ".join(parts)
    text = f"({text})" if chance.random() < 0.7 else text
    return f"NOT {text}" if chance.random() < 0.2 else text


def is_read(text):
    try:
        parse(text)
    except SoqlError:
        return False
    return True


def test_the_apex_parser_reads_what_we_read():
    chance = random.Random(7)
    texts = [*SHAPES, *(f"SELECT Id FROM Task WHERE {condition(chance)}" for _ in range(300))]
    theirs = node.run("soql.js", texts)
    ours = [is_read(text) for text in texts]
    assert [pair for pair in zip(texts, ours, theirs, strict=True) if pair[1] != pair[2]] == []
    assert 50 < sum(theirs) < len(texts) - 50

"""Every rule has a test of its name: the rules are read from docs/sync-rules.md, the tests from tests/conformance."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFORMANCE = ROOT / "tests/conformance"
INDEX = CONFORMANCE / "README.md"
# Limits and pages are proven by suites of their own; of them the guards alone decide what a run may do.
SECTIONS = ("MAP", "FIRST", "SUBJ", "SYNC", "MERGE", "ONCE")
RULES = [
    rule
    for rule in re.findall(r"^- \*\*([A-Z]+-\d+)", (ROOT / "docs/sync-rules.md").read_text("utf-8"), re.MULTILINE)
    if rule.split("-")[0] in SECTIONS or rule == "DIAG-6"
]


def _by_file():
    """The names of all conformance tests, by file."""
    found = {}
    for path in sorted(CONFORMANCE.glob("test_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        found[path.name] = [
            one.name for one in tree.body if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")
        ]
    return found


TESTS = _by_file()


def rule_of(test):
    """The rule a test is named after, None where it proves more than one."""
    named = re.match(r"test_([a-z]+)_(\d+)_", test)
    rule = f"{named[1].upper()}-{named[2]}" if named else None
    return rule if rule in RULES else None


def test_the_rules_are_those_of_sections_1_to_6_and_the_guards():
    assert {rule.split("-")[0] for rule in RULES} == {*SECTIONS, "DIAG"}
    assert len(RULES) == len(set(RULES)) == 38


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_conformance_test_of_its_name(rule):
    assert [test for tests in TESTS.values() for test in tests if rule_of(test) == rule]


def test_the_index_names_every_rule_with_the_files_that_prove_it():
    text = INDEX.read_text("utf-8")
    for rule in RULES:
        (row,) = re.findall(rf"^\| {rule} \| (.*) \|$", text, re.MULTILINE)
        named = set(re.findall(r"test_\w+\.py", row))
        assert named
        assert named <= {file for file, tests in TESTS.items() if any(rule_of(test) == rule for test in tests)}, rule


def test_every_file_of_tests_is_in_the_index():
    text = INDEX.read_text("utf-8")
    assert [file for file in TESTS if file not in text] == []

"""Fixtures shared by all suites, one plugin a line."""

import os

import pytest
from hypothesis import Phase, settings

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.proof",
    "tests.fixtures.servers",
]

# How long an example takes says more of the machine than of the code.
settings.register_profile("house", deadline=None)
# For `make mutation`: the same few examples each time, as every test runs a thousand times; nobody reads the smallest.
settings.register_profile(
    "mutation",
    deadline=None,
    max_examples=10,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile("house")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Let a test that skips fail where CI=true: there everything it needs can be had."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} skipped, which CI does not accept: {call.excinfo.value}"
    return report

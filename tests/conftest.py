"""Fixtures shared by all suites, one plugin a line."""

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.servers",
]

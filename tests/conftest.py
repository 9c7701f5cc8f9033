"""Fixtures shared by all suites, one plugin a line."""

from hypothesis import settings

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.servers",
]

# How long an example takes says more of the machine than of the code.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

"""Where settings and secrets come from: deploy/.env, of which deploy/example.env names every variable."""

import re

import pytest

from tests.unit.deploy_reading import COMPOSE, PROGRAMS, ROOT, SECRETS, Missing, example, read
from worker.settings import Settings


@pytest.fixture(scope="module")
def services():
    return read(SECRETS)["services"]


@pytest.fixture(params=PROGRAMS)
def program(request, services):
    return services[request.param]


@pytest.mark.parametrize("name", SECRETS)
def test_it_refuses_to_start_without_a_secret_and_names_it(name):
    without = {one: value for one, value in SECRETS.items() if one != name}
    for environ in (without, {**without, name: ""}):
        with pytest.raises(Missing) as refused:
            read(environ)
        assert refused.value.args[0] == name
        assert "deploy/.env" in refused.value.args[1]


@pytest.mark.parametrize("name", SECRETS)
def test_no_use_of_a_secret_has_a_default(name):
    text = COMPOSE.read_text()
    assert text.count(f"${{{name}:?") == text.count(f"${{{name}") > 0


def test_no_secret_stands_in_the_file(services):
    """Whatever looks like one holds what the environment gave."""
    shown = 0
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"KEY|PASSWORD|AUTH|SECRET|_URL", name) and name != "PUBLIC_URL":
                assert any(secret in value for secret in SECRETS.values()), name
                shown += 1
    assert shown > len(PROGRAMS) * 4


def test_no_secret_is_an_argument(services):
    for service in services.values():
        assert not [secret for secret in SECRETS.values() if secret in str(service.get("command"))]


def test_secrets_come_from_a_file_that_no_repository_and_no_image_takes(program):
    assert program["env_file"] == ".env"
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[1] == "*"
    assert "**/.env" in ignored
    assert "!deploy/.env" not in ignored


def test_the_example_names_every_variable_of_the_file():
    assert set(re.findall(r"\$\{(\w+)", COMPOSE.read_text())) <= set(example())


class _Asked(dict):
    """An environment that remembers what it was asked for."""

    def __init__(self, given):
        super().__init__(given)
        self.asked = set()

    def get(self, name, default=None):
        self.asked.add(name)
        return super().get(name, default)


# Of the demo and of tests; nothing an operator sets.
_NOT_FOR_OPERATORS = {
    "REMINDERSYNC_DEMO",
    "SALESFORCE_READ_SECONDS",
    "LOCK_SECONDS",
    "RUN_LEASE_SECONDS",
    "LEASE_SECONDS",
    "VISIBILITY_SECONDS",
}


def test_the_example_names_every_setting_of_the_programs(tmp_path):
    environ = _Asked({**SECRETS, "REMINDERSYNC_HOME": str(tmp_path)})
    Settings.from_env(environ)
    assert environ.asked - set(example()) == _NOT_FOR_OPERATORS


def test_each_line_of_the_example_has_a_sentence_above_it():
    for name, (_, above) in example().items():
        assert re.fullmatch(r"# \S.{10,}[.?]", above), name


def test_the_example_holds_no_secret():
    assert [name for name, (value, _) in example().items() if value and name in SECRETS] == []


def test_the_defaults_the_example_shows_are_those_of_the_programs(tmp_path):
    elsewhere = {
        "WEB_ADDRESS",
        "FLOWER_PORT",
        "REMINDERSYNC_HOME",
        "WORKER_THREADS",
        "BULK_PROCESSES",
        "REMINDERSYNC_IMAGE",
    }
    shown = {name: value for name, (value, _) in example().items() if value and name not in elsewhere}
    bare = {**SECRETS, "REMINDERSYNC_HOME": str(tmp_path)}
    assert len(shown) > 8
    assert Settings.from_env({**bare, **shown}) == Settings.from_env(bare)


@pytest.mark.parametrize(
    "name", ["WEB_ADDRESS", "FLOWER_PORT", "WORKER_THREADS", "BULK_PROCESSES", "REMINDERSYNC_IMAGE"]
)
def test_the_defaults_the_example_shows_are_those_of_the_file(name):
    assert f"${{{name}:-{example()[name][0]}}}" in COMPOSE.read_text()


def test_the_filled_in_example_is_a_valid_setting_of_each_program(program, tmp_path):
    stated = {name: value for name, (value, _) in example().items()} | SECRETS
    environ = {**stated, **program["environment"], "REMINDERSYNC_HOME": str(tmp_path)}
    settings = Settings.from_env(environ)
    assert settings.database_url == "postgresql://remindersync:a-password-of-postgres@postgres:5432/remindersync"
    assert settings.redis_url == "redis://:a-password-of-redis@redis:6379"
    assert not settings.demo


def test_servers_of_ones_own_replace_the_two():
    own = {"DATABASE_URL": "postgresql://db.example.com/x", "REDIS_URL": "rediss://redis.example.com"}
    for name in PROGRAMS:
        environment = read({**SECRETS, **own})["services"][name]["environment"]
        assert {variable: environment[variable] for variable in own} == own

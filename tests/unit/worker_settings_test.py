"""Settings: read from the environment, checked, and each wrong one told by name with its remedy (SAFE-4)."""

import stat
from pathlib import Path

import pytest

from remindersync.errors import ConfigurationError
from worker.addresses import RedisAddresses
from worker.settings import Settings

KEYS = {"SECRET_KEY": "x" * 16, "TOKEN_KEYS": "newest-key-of-all, older-key-of-them"}


def settings(**environ: str) -> Settings:
    return Settings.from_env({**KEYS, **environ})


def complaint(**environ: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        settings(**environ)
    return str(refused.value)


def test_without_further_settings_the_documented_defaults_hold():
    found = settings()
    assert found.home == Path.cwd() / ".remindersync"
    assert (found.database_url, found.redis_url) == (None, None)
    assert (found.public_url, found.port) == ("http://127.0.0.1:8000", 8000)
    assert found.salesforce_login_url == "https://login.salesforce.com"
    assert (found.poll_min_seconds, found.poll_max_seconds, found.org_feed_seconds) == (15, 900, 15)
    assert (found.api_share_percent, found.log_level, found.log_format) == (50, "INFO", "text")
    assert (found.history_days, found.bin_days, found.run_days) == (365, 30, 30)


def test_keys_are_a_list_newest_first():
    assert settings().token_keys == ("newest-key-of-all", "older-key-of-them")


def test_an_empty_variable_counts_as_not_set():
    assert settings(DATABASE_URL="", PORT=" ").port == 8000


def test_zero_days_keep_everything():
    assert settings(HISTORY_DAYS="0").history_days is None


def test_the_public_address_follows_the_port_unless_it_is_set():
    assert settings(PORT="9000").public_url == "http://127.0.0.1:9000"
    assert settings(PORT="9000", PUBLIC_URL="https://sync.example.com/").public_url == "https://sync.example.com"


def test_hosts_are_a_list_of_names():
    found = settings(SALESFORCE_ALLOWED_HOSTS="SF.example.com, 127.0.0.1:8080").salesforce_allowed_hosts
    assert found == ("sf.example.com", "127.0.0.1:8080")


def test_a_version_may_be_written_with_or_without_its_v():
    assert settings(SALESFORCE_API_VERSION="v62.0").salesforce_api_version == "62.0"


@pytest.mark.parametrize("name", ["SECRET_KEY", "TOKEN_KEYS"])
def test_without_its_keys_nothing_starts(name):
    assert complaint(**{name: ""}).startswith(f"{name} is not set: set it to a random text")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://localhost/app"),
        ("DATABASE_URL", "postgresql://host:port/app"),
        ("DATABASE_URL", "nonsense"),
        ("REDIS_URL", "http://localhost"),
        ("REDIS_URL", "redis://"),
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("PORT", "٨٠"),
        ("PUBLIC_URL", "sync.example.com"),
        ("PUBLIC_URL", "http://sync.example.com"),
        ("SALESFORCE_LOGIN_URL", "ftp://login.salesforce.com"),
        ("SALESFORCE_PRIVATE_KEY_FILE", "/no/such/file"),
        ("SALESFORCE_API_VERSION", "latest"),
        ("SALESFORCE_ALLOWED_HOSTS", "https://sf.example.com"),
        ("POLL_MIN_SECONDS", "-1"),
        ("POLL_MIN_SECONDS", "1.5"),
        ("ORG_FEED_SECONDS", "soon"),
        ("API_SHARE_PERCENT", "0"),
        ("API_SHARE_PERCENT", "99"),
        ("REQUESTS_PER_MINUTE", "0"),
        ("WEBHOOK_ALLOWED_HOSTS", "a b"),
        ("HISTORY_DAYS", "for ever"),
        ("BIN_DAYS", "-1"),
        ("RUN_DAYS", "x"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("LEASE_SECONDS", "0"),
        ("REMINDERSYNC_DEMO", "maybe"),
        ("SECRET_KEY", "short"),
    ],
)
def test_a_wrong_value_is_told_by_name_with_what_would_be_right(name, value):
    said = complaint(**{name: value})
    assert said.startswith(name)
    assert said.endswith(".")
    assert "\n" not in said


def test_the_longest_interval_is_not_below_the_shortest():
    assert complaint(POLL_MIN_SECONDS="60", POLL_MAX_SECONDS="30").startswith("POLL_MAX_SECONDS")
    assert settings(POLL_MIN_SECONDS="1000").poll_max_seconds == 1000


def test_no_secret_shows_when_settings_are_printed_or_refused():
    shown = repr(
        settings(
            DATABASE_URL="postgresql://me:hush@db/app",
            REDIS_URL="redis://:hush@cache",
            SALESFORCE_CLIENT_SECRET="hush",
            SECRET_KEY="hush" * 8,
            TOKEN_KEYS="hush" * 8,
        )
    )
    assert "hush" not in shown
    assert "hush" not in complaint(DATABASE_URL="postgres//me:hush@db/app")


def test_a_demo_makes_keys_that_stay_and_that_only_its_user_can_read(tmp_path):
    home = {"REMINDERSYNC_HOME": str(tmp_path / "home")}
    first, second = (Settings.from_env(home, demo=True) for _ in range(2))
    assert first.secret_key == second.secret_key
    assert first.token_keys == second.token_keys
    assert stat.S_IMODE((tmp_path / "home" / "keys").stat().st_mode) == 0o600


def test_a_damaged_key_file_is_one_sentence(tmp_path):
    (tmp_path / "keys").write_text("{")
    with pytest.raises(ConfigurationError, match="is damaged: delete it"):
        Settings.from_env({"REMINDERSYNC_HOME": str(tmp_path)}, demo=True)


def test_the_file_env_is_read_and_the_environment_wins(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("SECRET_KEY=written-in-the-file\nTOKEN_KEYS=written-in-the-file\nPORT=9001\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", "9002")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    found = Settings.from_env()
    assert (found.secret_key, found.port) == ("written-in-the-file", 9002)


def test_each_purpose_has_a_redis_database_of_its_own():
    found = RedisAddresses.on("rediss://:pass@cache:6390?ssl_cert_reqs=none")
    assert found.broker == "rediss://:pass@cache:6390/0?ssl_cert_reqs=none"
    assert found.results.partition("?")[0].endswith("/1")
    assert found.coordination.partition("?")[0].endswith("/2")


def test_an_address_with_a_database_keeps_everything_in_it():
    found = RedisAddresses.on("redis://cache/7")
    assert {found.broker, found.results, found.coordination} == {"redis://cache/7"}

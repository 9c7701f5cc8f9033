"""Every setting of the programs, read from the environment and `.env` once and checked (SAFE-4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from remindersync.errors import ConfigurationError
from worker.keys import demo_keys
from worker.reading import Reader, environment
from worker.tracing import Wanted, wanted

_SHORTEST_SECRET = 16
# The newest version the tests ran against.
_API_VERSION = "66.0"


@dataclass(frozen=True, slots=True)
class Settings:
    """What may be set; docs/settings.md lists the variables.

    Without `database_url` or `redis_url` the embedded server is used.
    Days of retention are None where everything is kept. `lease_seconds` is how long a dispatched user waits for
    the job to begin before being dispatched again. The four after it, in this order from the shortest to the longest,
    say how long is waited for what may be lost: an answer of Salesforce's, a run's lock, a run, a message.
    """

    home: Path
    secret_key: str = field(repr=False)
    token_keys: tuple[str, ...] = field(repr=False)
    database_url: str | None = field(repr=False, default=None)
    redis_url: str | None = field(repr=False, default=None)
    public_url: str = "http://127.0.0.1:8000"
    port: int = 8000
    salesforce_login_url: str = "https://login.salesforce.com"
    salesforce_client_id: str | None = None
    salesforce_client_secret: str | None = field(repr=False, default=None)
    salesforce_private_key_file: Path | None = None
    salesforce_api_version: str = _API_VERSION
    salesforce_allowed_hosts: tuple[str, ...] = ()
    poll_min_seconds: int = 15
    poll_max_seconds: int = 900
    org_feed_seconds: int = 15
    api_share_percent: int = 50
    webhook_allowed_hosts: tuple[str, ...] = ()
    requests_per_minute: int = 600
    history_days: int | None = 365
    bin_days: int | None = 30
    run_days: int | None = 30
    log_level: str = "INFO"
    log_format: str = "text"
    lease_seconds: int = 180
    salesforce_read_seconds: int = 30
    lock_seconds: int = 60
    run_lease_seconds: int = 120
    visibility_seconds: int = 600
    flower_url: str | None = None
    traces: Wanted | None = None
    demo: bool = False

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, *, demo: bool | None = None) -> "Settings":
        """Read the settings from `environ`; by default the process's, over those of `.env` in the working directory.

        A demo (`demo`, else REMINDERSYNC_DEMO=1) makes its own keys under the home folder.
        Raises `ConfigurationError`, naming the variable and the remedy.
        """
        given = environment() if environ is None else environ
        read = Reader(given)
        home = Path(read.text("REMINDERSYNC_HOME", ".remindersync")).expanduser().absolute()
        is_demo = read.flag("REMINDERSYNC_DEMO") if demo is None else demo
        secret_key, token_keys = _keys(read, home, is_demo)
        port = read.number("PORT", 8000, 1, 65535)
        poll_min = read.number("POLL_MIN_SECONDS", 15, 1, 86_400)
        made = cls(
            home=home,
            demo=is_demo,
            secret_key=secret_key,
            token_keys=token_keys,
            database_url=read.url("DATABASE_URL", ("postgresql", "postgres", "postgresql+psycopg")),
            redis_url=read.url("REDIS_URL", ("redis", "rediss")),
            public_url=read.web_address("PUBLIC_URL", f"http://127.0.0.1:{port}"),
            port=port,
            poll_min_seconds=poll_min,
            poll_max_seconds=read.number("POLL_MAX_SECONDS", max(900, poll_min), poll_min, 86_400),
            org_feed_seconds=read.number("ORG_FEED_SECONDS", 15, 1, 86_400),
            api_share_percent=read.number("API_SHARE_PERCENT", 50, 1, 98),
            webhook_allowed_hosts=read.hosts("WEBHOOK_ALLOWED_HOSTS"),
            requests_per_minute=read.number("REQUESTS_PER_MINUTE", 600, 1, 1_000_000),
            history_days=read.days("HISTORY_DAYS", 365),
            bin_days=read.days("BIN_DAYS", 30),
            run_days=read.days("RUN_DAYS", 30),
            log_level=read.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
            log_format=read.choice("LOG_FORMAT", "text", ("text", "json")),
            traces=wanted(given),
            flower_url=read.web_address("FLOWER_URL", "") if read.optional("FLOWER_URL") else None,
        )
        return _with_waits(_with_salesforce(made, read), read)


def _with_salesforce(made: Settings, read: Reader) -> Settings:
    return replace(
        made,
        salesforce_login_url=read.web_address("SALESFORCE_LOGIN_URL", "https://login.salesforce.com"),
        salesforce_client_id=read.optional("SALESFORCE_CLIENT_ID"),
        salesforce_client_secret=read.optional("SALESFORCE_CLIENT_SECRET"),
        salesforce_private_key_file=read.file("SALESFORCE_PRIVATE_KEY_FILE"),
        salesforce_api_version=read.version("SALESFORCE_API_VERSION", _API_VERSION),
        salesforce_allowed_hosts=read.hosts("SALESFORCE_ALLOWED_HOSTS"),
    )


def _with_waits(made: Settings, read: Reader) -> Settings:
    """Add for how long is waited for what may be lost."""
    return replace(
        made,
        lease_seconds=read.number("LEASE_SECONDS", 180, 1, 3600),
        salesforce_read_seconds=read.number("SALESFORCE_READ_SECONDS", 30, 1, 120),
        lock_seconds=read.number("LOCK_SECONDS", 60, 3, 3600),
        run_lease_seconds=read.number("RUN_LEASE_SECONDS", 120, 3, 3600),
        visibility_seconds=read.number("VISIBILITY_SECONDS", 600, 3, 86_400),
    )


def _keys(read: Reader, home: Path, is_demo: bool) -> tuple[str, tuple[str, ...]]:
    secret_key, token_keys = read.optional("SECRET_KEY"), read.names("TOKEN_KEYS")
    if is_demo and not (secret_key and token_keys):
        made = demo_keys(home)
        return secret_key or made.secret_key, token_keys or (made.token_key,)
    if not secret_key:
        raise ConfigurationError(_MAKE_ONE.format(name="SECRET_KEY"))
    if len(secret_key) < _SHORTEST_SECRET:
        raise ConfigurationError(f"SECRET_KEY has fewer than {_SHORTEST_SECRET} characters: use a longer random text.")
    if not token_keys:
        raise ConfigurationError(_MAKE_ONE.format(name="TOKEN_KEYS"))
    return secret_key, token_keys


_MAKE_ONE = (
    "{name} is not set: set it to a random text, such as the output of"
    ' `python3 -c "import secrets; print(secrets.token_urlsafe(32))"`.'
)

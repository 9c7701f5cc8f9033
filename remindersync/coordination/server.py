"""The way to a Redis server: time-outs for every call, and what the server must be like."""

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from redis.retry import Retry

from remindersync.coordination.address import place
from remindersync.errors import ConfigurationError

# kombu's restore of lost messages uses ZRANGE ... BYSCORE REV, which came with 6.2.
OLDEST_VERSION = (6, 2)


def open_redis(url: str, *, timeout_seconds: float = 5.0) -> Redis:
    """Return a client of the server at `url`; nothing is connected yet.

    A call is repeated once, at once, so every command sent through it must be safe to repeat.
    Raises `ConfigurationError` for an address that is none.
    """
    try:
        return Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=min(timeout_seconds, 2.0),
            socket_keepalive=True,
            health_check_interval=25,
            client_name="remindersync",
            retry=Retry(ConstantBackoff(0.05), 1),
        )
    except ValueError:
        raise ConfigurationError("REDIS_URL is no Redis address: write it as redis://HOST:PORT/0.") from None


def check_server(redis: Redis, url: str) -> str:
    """Return the server's version. Raises `ConfigurationError` if it is out of reach, too old or may drop keys."""
    try:
        version = str(redis.info("server")["redis_version"])
    except AuthenticationError:
        raise ConfigurationError(f"Redis at {place(url)} refused the password in REDIS_URL: correct it.") from None
    except RedisError as error:
        raise ConfigurationError(
            f"Redis at {place(url)} does not answer ({type(error).__name__}): start it or correct REDIS_URL."
        ) from None
    if _numbers(version) < OLDEST_VERSION:
        raise ConfigurationError(f"Redis at {place(url)} is version {version}: 6.2 or newer is needed.")
    _refuse_eviction(redis, url)
    return version


def _refuse_eviction(redis: Redis, url: str) -> None:
    try:
        policy = redis.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
    except ResponseError:
        # Hosted servers forbid CONFIG.
        return
    if policy != "noeviction":
        raise ConfigurationError(
            f"Redis at {place(url)} may drop locks and messages (maxmemory-policy {policy}): set it to noeviction."
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())

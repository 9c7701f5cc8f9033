"""OpenTelemetry's own variables, read and checked before anything of it is loaded (SAFE-4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from urllib.parse import urlsplit

from remindersync.errors import ConfigurationError
from worker.reading import Reader

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_TIMEOUTS = ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
_COMPRESSIONS = ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION")
_DECIDED = ("always_on", "always_off", "traceidratio")
_SAMPLERS = (*(f"parentbased_{each}" for each in _DECIDED), *_DECIDED)
_PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


@dataclass(frozen=True, slots=True)
class Wanted:
    """That traces are wanted. `variables` are OpenTelemetry's, whatever they are called; one may hold a key."""

    endpoint: str = field(repr=False)
    variables: Mapping[str, str] = field(repr=False)

    @property
    def host(self) -> str:
        """Where traces go, without a password or a path."""
        parts = urlsplit(self.endpoint)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def wanted(environ: Mapping[str, str]) -> Wanted | None:
    """Return what is wanted, None without an endpoint or where the variables turn it off.

    Raises `ConfigurationError` for a value that OpenTelemetry would pass over in silence, and without its packages.
    """
    variables = {name: value for name, value in environ.items() if name.startswith("OTEL_") and value.strip()}
    read = Reader(variables)
    name = next((name for name in _ENDPOINTS if read.optional(name)), None)
    is_off = read.choice("OTEL_SDK_DISABLED", "false", ("true", "false")) == "true"
    if name is None or is_off or read.choice("OTEL_TRACES_EXPORTER", "otlp", ("otlp", "none")) == "none":
        return None
    endpoint = read.url(name, ("https", "http")) or ""
    _check(read)
    if not all(_is_here(package) for package in _PACKAGES):
        raise ConfigurationError(
            f"{name} is set, but OpenTelemetry is not installed: run `pip install 'remindersync[otel]'`, or unset it."
        )
    return Wanted(endpoint, variables)


def _check(read: Reader) -> None:
    """Refuse what the SDK would replace by a default of its own, telling nobody, or would fail of later."""
    for name in _PROTOCOLS:
        read.choice(name, "http/protobuf", ("http/protobuf",))
    for name in _COMPRESSIONS:
        read.choice(name, "none", ("none", "gzip", "deflate"))
    for name in _TIMEOUTS:
        read.number(name, 10, 1, 60)
    most = read.number("OTEL_BSP_MAX_QUEUE_SIZE", 2048, 1, 1_000_000)
    read.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", min(512, most), 1, most)
    read.number("OTEL_BSP_SCHEDULE_DELAY", 5000, 1, 600_000)
    read.file("OTEL_EXPORTER_OTLP_CERTIFICATE")
    if "ratio" in read.choice("OTEL_TRACES_SAMPLER", _SAMPLERS[0], _SAMPLERS):
        _check_share(read.text("OTEL_TRACES_SAMPLER_ARG", "1"))


def _check_share(value: str) -> None:
    try:
        fits = 0 <= float(value) <= 1
    except ValueError:
        fits = False
    if not fits:
        raise ConfigurationError(f"OTEL_TRACES_SAMPLER_ARG is {value!r}: set it to a share from 0 to 1.")


def _is_here(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False

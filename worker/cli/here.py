"""A command's way to the services, which are imported once it is known that there is work for them."""

from typing import TYPE_CHECKING

from worker.present import present_settings

if TYPE_CHECKING:
    from worker.services import Services


def services() -> "Services":
    """Return this process's services. Raises `ConfigurationError`."""
    present_settings()
    # Four fifths of the time a command takes to start; --help, wrong use and a wrong setting need none of it.
    from worker.services import services as built  # noqa: PLC0415 the reason is above

    return built()

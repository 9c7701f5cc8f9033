"""Serves the web: `python -m web` listens on PORT of this machine, or of the address in HOST."""

import os
import sys

import uvicorn

from remindersync.errors import ConfigurationError
from web.app import create_app
from worker.services import services


def main() -> int:
    """Serve until told to stop; return the exit status."""
    try:
        parts = services()
        host = os.environ.get("HOST") or "127.0.0.1"
        uvicorn.run(
            create_app(parts),
            host=host,
            port=parts.settings.port,
            log_level=parts.settings.log_level.lower(),
            # Addresses hold sign-in links and codes, which belong in no log (SAFE-2); the metrics count requests.
            access_log=False,
            server_header=False,
        )
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201 the one sentence of a program that cannot start
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

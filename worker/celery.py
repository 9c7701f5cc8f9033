"""What `celery -A worker` loads: the app with everything its processes need, or one sentence on a wrong setting."""

import os
import sys

from remindersync.errors import ConfigurationError
from worker import signals
from worker.app import app
from worker.reading import Reader
from worker.services import services

__all__ = ["app"]

try:
    # Flower reads it before its configuration, and ends in a traceback where it is wrong or empty (flower 2.2.0).
    # Others it does not concern: Kubernetes sets it for every pod beside a service called flower.
    if "flower" in sys.argv:
        os.environ["FLOWER_PORT"] = str(Reader(os.environ).number("FLOWER_PORT", 5555, 1, 65535))
    app.conf.broker_url  # noqa: B018 reading it reads the settings and starts embedded servers
except ConfigurationError as error:
    sys.exit(str(error))
signals.connect()
# Jobs find their services here: they may not import this package.
app.services = services

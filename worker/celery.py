"""What `celery -A worker` loads: the app with everything its processes need, or one sentence on a wrong setting."""

import sys

from remindersync.errors import ConfigurationError
from worker import signals
from worker.app import app
from worker.services import services

__all__ = ["app"]

try:
    app.conf.broker_url  # noqa: B018 reading it reads the settings and starts embedded servers
except ConfigurationError as error:
    sys.exit(str(error))
signals.connect()
# Jobs find their services here: they may not import this package.
app.services = services

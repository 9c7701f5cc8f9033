"""Where beat remembers its last ticks: a file that only beat makes, so that no other command leaves a folder behind."""

from pathlib import Path

from celery.beat import PersistentScheduler


class Ticks(PersistentScheduler):
    """Celery's own schedule, in a folder made when beat opens it."""

    def setup_schedule(self) -> None:
        Path(self.schedule_filename).parent.mkdir(parents=True, exist_ok=True)
        super().setup_schedule()

"""What each org's daily calls were used for, by quarters of an hour."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from remindersync.model import UsageSample
from remindersync.store.database import Database
from remindersync.store.tables import teams
from remindersync.store.tables import usage_samples as samples
from remindersync.store.texts import known_id


class SqlUsage:
    """The samples, kept as long as runs are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, counted: Sequence[UsageSample]) -> int:
        """Store samples; return how many. Of a quarter stored before, no count becomes smaller.

        So it may be told twice, and again after the counters were emptied.
        """
        if not counted:
            return 0
        added = upsert(samples).values([_columns(sample) for sample in counted])
        larger = {name: func.greatest(samples.c[name], added.excluded[name]) for name in ("background", "edits")}
        latest = {name: func.coalesce(added.excluded[name], samples.c[name]) for name in ("used", "allowed")}
        with self._database.begin() as connection:
            connection.execute(added.on_conflict_do_update(index_elements=["org_id", "at"], set_=larger | latest))
        return len(counted)

    def since(self, org_id: str, at: datetime) -> list[UsageSample]:
        """Return an org's samples from `at` on, oldest first."""
        wanted = select(samples).where(samples.c.org_id == org_id, samples.c.at >= at).order_by(samples.c.at)
        with self._database.begin() as connection:
            return [_sample(row) for row in connection.execute(wanted)]

    def org_of(self, team_id: str) -> str | None:
        """Return a team's org, None before anybody connected."""
        with self._database.begin() as connection:
            return connection.scalar(select(teams.c.org_id).where(teams.c.id == known_id(team_id, "team")))


def _columns(sample: UsageSample) -> dict[str, object]:
    return {name: getattr(sample, name) for name in UsageSample.__dataclass_fields__}


def _sample(row: Row[tuple[object, ...]]) -> UsageSample:
    return UsageSample(**{name: getattr(row, name) for name in UsageSample.__dataclass_fields__})

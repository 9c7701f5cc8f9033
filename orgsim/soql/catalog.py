"""Where an execution finds rows and types: the contract with whoever keeps the records."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol, TypeAlias

from orgsim.schema import ObjectType
from orgsim.stamps import Span

Row: TypeAlias = Mapping[str, object]
"""Field values by field name: str, bool, int, float, date, aware dateTime in whole seconds, None."""

Schema: TypeAlias = Callable[[str], ObjectType | None]
"""The object of a name in any case, as the caller may see it (custom fields in, hidden ones out)."""


class Catalog(Protocol):
    """The rows one caller may see; the server decides what that is (sharing, deleted, archived)."""

    def rows(
        self, object_name: str, equal: Mapping[str, Collection[object]], stamped: Span | None = None
    ) -> Iterable[Row]:
        """Return the visible rows of an object, named as in the schema.

        `equal` holds constraints every wanted row meets, field name to allowed values: a hint for an
        index, since each row is tested again. It names id, reference (18 characters) and boolean fields,
        and unique text fields (lower-cased unless the field is case-sensitive). `stamped` is such a hint
        too: the SystemModstamps a wanted row can have.
        """

    def row(self, record_id: str) -> Row | None:
        """Return the visible record of any object with this 18-character id, or None."""


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """What stays the same through one execution, its semi-joins included."""

    text: str
    catalog: Catalog
    schema: Schema
    now: dt.datetime
    zone: dt.tzinfo
    url_prefix: str
    user_id: str | None

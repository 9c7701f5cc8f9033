"""A whole org as an integration login sees it: the port Org over REST (SYNC-3)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from remindersync.ports import Key, Page, SalesforceUser, Window
from remindersync.salesforce import queries, records
from remindersync.salesforce.client import Call, Client
from remindersync.salesforce.ids import record_id
from remindersync.salesforce.tasks import DEFAULT_KEY_FIELD, RestSalesforceTasks, Schemas, read

# Each takes 27 bytes in an address, of which Salesforce takes 16,384 with the headers (API limits, URI length).
USERS_PER_QUERY = 400


class RestOrg(RestSalesforceTasks):
    """Everybody's Tasks, as far as the client's login sees them."""

    def __init__(self, client: Client, schemas: Schemas, *, key_field: str = DEFAULT_KEY_FIELD) -> None:
        super().__init__(client, client.login.salesforce_id, schemas, key_field=key_field)

    def sees_all(self) -> tuple[bool, datetime]:
        answer = self._client.ask(Call("GET", "query", params={"q": queries.PERMISSIONS}))
        return read(lambda: any(row["PermissionsViewAllData"] for row in records.rows(answer.body))), answer.read_at

    def inactive(self, user_ids: Collection[str]) -> frozenset[str]:
        wanted = sorted({record_id(one) for one in user_ids})
        chunks = [wanted[start : start + USERS_PER_QUERY] for start in range(0, len(wanted), USERS_PER_QUERY)]
        answers = [self._client.ask(Call("GET", "query", params={"q": queries.inactive(chunk)})) for chunk in chunks]
        found = [read(partial(records.rows, answer.body)) for answer in answers]
        return read(lambda: frozenset(record_id(row["Id"]) for rows in found for row in rows))

    def changed(self, windows: Sequence[Window], *, after: Key | None = None, limit: int = 2000) -> Page:
        return self._page(lambda fields: queries.changed(fields, None, windows, after, limit), limit)

    def users_called(self, name: str) -> list[SalesforceUser]:
        """Return the active users whose username or e-mail address this is."""
        return self._people(queries.users_called(name))

    def user_named(self, name: str) -> list[SalesforceUser]:
        """Return the active user with this username or id, if there is one."""
        return self._people(queries.user_named(name))

    def _people(self, soql: str) -> list[SalesforceUser]:
        answer = self._client.ask(Call("GET", "query", params={"q": soql}))
        return read(lambda: [_person(row) for row in records.rows(answer.body)])


def _person(row: Mapping[str, Any]) -> SalesforceUser:
    return SalesforceUser(record_id(row["Id"]), row["Username"], row.get("Name") or "", row.get("Email") or "")

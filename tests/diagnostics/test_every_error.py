"""Every error Salesforce is known to answer, injected into real runs: explained, retried as its class says, no storm.

The table is written from the product's published diagnostics page and the platform's documentation, not from the code.
"""

from dataclasses import dataclass

import pytest

from remindersync.errors import Category, Destiny
from remindersync.model import Outcome
from remindersync.salesforce.fault_table import SERVER_ERRORS, TABLE, UNKNOWN
from remindersync.store.diagnostics import Wanted
from remindersync.store.tables import reminders

WAIT, ALLOWANCE, RECONNECT, PARK = Destiny.RETRY, Destiny.ALLOWANCE, Destiny.RECONNECT, Destiny.PARK
SOON, LOGIN, ACCESS, OTHER = Category.INTERMITTENT, Category.AUTHENTICATION, Category.ACCESS, Category.OTHER

DAILY = "TotalRequests Limit exceeded."
CROWDED = ("ConcurrentRequests (Concurrent API Requests) Limit exceeded.", "ConcurrentPerOrgLongTxn Limit exceeded.")


@dataclass(frozen=True)
class Case:
    """An error as Salesforce answers it, and what is to become of it; `shown` is the name people see."""

    code: str
    category: Category
    retry: Destiny
    message: str | None = None
    status: int | None = None
    shown: str | None = None

    @property
    def name(self) -> str:
        return self.shown or self.code

    def rule(self):
        given = {"code": self.code, "message": self.message, "status": self.status}
        return {name: value for name, value in given.items() if value is not None}

    def __str__(self) -> str:
        return f"{self.code} {(self.message or '')[:24]}".strip()


def of(category, retry, *codes):
    return [Case(code, category, retry) for code in codes]


# The whole call is refused: a read, before anything else can be done.
CALLS = [
    Case("API_CURRENTLY_DISABLED", ACCESS, PARK, status=403),
    Case("API_DISABLED_FOR_ORG", ACCESS, PARK, status=403),
    Case("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", ACCESS, PARK),
    Case("ENTITY_IS_LOCKED", ACCESS, PARK),
    Case("EXCEEDED_ID_LIMIT", OTHER, PARK),
    Case("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", SOON, WAIT),
    Case("INSUFFICIENT_ACCESS", ACCESS, PARK, status=403),
    Case("INVALID_FIELD", SOON, WAIT, message="Net::ReadTimeout"),
    Case("INVALID_FIELD", ACCESS, PARK, message="No such column 'Who' on entity 'Task'."),
    Case("INVALID_QUERY_LOCATOR", SOON, WAIT),
    Case("INVALID_REPLICATION_DATE", OTHER, PARK),
    Case("INVALID_TYPE", ACCESS, PARK),
    Case("JSON_PARSER_ERROR", OTHER, PARK),
    Case("MALFORMED_ID", OTHER, PARK),
    Case("MALFORMED_QUERY", OTHER, PARK),
    Case("METHOD_NOT_ALLOWED", OTHER, PARK, status=405),
    Case("NOT_FOUND", OTHER, PARK, status=404),
    Case("NUMBER_OUTSIDE_VALID_RANGE", OTHER, PARK),
    Case("OPERATION_TOO_LARGE", SOON, WAIT),
    Case("PROCESSING_HALTED", SOON, WAIT),
    Case("QUERY_TIMEOUT", SOON, WAIT),
    Case("QUERY_TOO_COMPLICATED", OTHER, PARK),
    Case("REQUEST_LIMIT_EXCEEDED", SOON, WAIT, message=CROWDED[0], status=403),
    Case("REQUEST_LIMIT_EXCEEDED", SOON, WAIT, message=CROWDED[1], status=403),
    Case("REQUEST_LIMIT_EXCEEDED", SOON, ALLOWANCE, message=DAILY, status=403),
    Case("SERVER_UNAVAILABLE", SOON, WAIT, status=503),
    Case("TOO_MANY_APEX_REQUESTS", SOON, WAIT),
    Case("TXN_SECURITY_METERING_ERROR", ACCESS, PARK),
    Case("TXN_SECURITY_NO_ACCESS", ACCESS, PARK, status=403),
    Case("UNABLE_TO_LOCK_ROW", SOON, WAIT),
    Case("UNKNOWN_EXCEPTION", OTHER, WAIT, status=500),
    Case("UNSUPPORTED_API_VERSION", OTHER, PARK, status=410),
    Case("SOMETHING_NEW", OTHER, PARK, message="Nobody has seen this yet."),
]

# The login behind the call is at its end, though the token endpoint goes on giving tokens.
SESSIONS = [
    Case("INVALID_SESSION_ID", LOGIN, RECONNECT, status=401),
    Case("INVALID_AUTH_HEADER", LOGIN, RECONNECT, message="INVALID_JWT_FORMAT", status=401),
    Case("ORG_NOT_OWNED_BY_INSTANCE", LOGIN, RECONNECT),
]

# What the token endpoint says when a session has ended: `code` is its word, `message` its text.
GRANTS = [
    Case("invalid_grant", LOGIN, RECONNECT, "authentication failure", shown="AUTHENTICATION_FAILURE"),
    Case("invalid_grant", LOGIN, RECONNECT, "expired access/refresh token", shown="EXPIRED_ACCESS"),
    Case("invalid_grant", LOGIN, RECONNECT, "inactive organization", shown="INACTIVE_ORGANIZATION"),
    Case("invalid_grant", LOGIN, RECONNECT, "inactive user", shown="INACTIVE_USER"),
    Case("invalid_grant", LOGIN, RECONNECT, "ip restricted", shown="INVALID_GRANT"),
    Case("invalid_grant", LOGIN, RECONNECT, "user hasn't approved this consumer", shown="INVALID_GRANT"),
    Case("inactive_user", LOGIN, RECONNECT, "user is inactive", shown="INACTIVE_USER"),
    Case("inactive_org", LOGIN, RECONNECT, "organization is inactive", shown="INACTIVE_ORGANIZATION"),
    Case("invalid_grant", LOGIN, WAIT, "Audience validation failed", shown="INVALID_ASSERTION"),
    Case("invalid_grant", SOON, WAIT, "token request is already being processed", shown="TOKEN_BUSY"),
    Case("invalid_grant", SOON, WAIT, "expired authorization code", shown="TOKEN_BUSY"),
    Case("invalid_grant", SOON, WAIT, "login rate exceeded", shown="SERVER_UNAVAILABLE"),
    Case("invalid_client", LOGIN, WAIT, "invalid client credentials", shown="INVALID_CLIENT"),
    Case("invalid_client_id", LOGIN, WAIT, "client identifier invalid", shown="INVALID_CLIENT"),
    Case("unsupported_grant_type", LOGIN, WAIT, "grant type not supported", shown="APP_MISCONFIGURED"),
    Case("invalid_request", LOGIN, WAIT, "must use HTTP POST", shown="APP_MISCONFIGURED"),
    Case("temporarily_unavailable", SOON, WAIT, "try later", shown="SERVER_UNAVAILABLE"),
    Case("server_error", SOON, WAIT, "try later", shown="SERVER_UNAVAILABLE"),
]

# One record of a call is refused; the others are saved.
RECORDS = [
    *of(ACCESS, PARK, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "DELETE_FAILED", "DUPLICATES_DETECTED"),
    *of(ACCESS, PARK, "ENTITY_IS_ARCHIVED", "ENTITY_IS_LOCKED", "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
    *of(ACCESS, PARK, "FIELD_FILTER_VALIDATION_EXCEPTION", "FIELD_INTEGRITY_EXCEPTION", "INACTIVE_OWNER_OR_USER"),
    *of(ACCESS, PARK, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "INSUFFICIENT_ACCESS_OR_READONLY"),
    *of(ACCESS, PARK, "INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    *of(ACCESS, PARK, "MAX_TASK_DESCRIPTION_EXCEEDED", "REQUIRED_FIELD_MISSING", "STRING_TOO_LONG"),
    *of(ACCESS, PARK, "TRANSFER_REQUIRES_READ", "TXN_SECURITY_NO_ACCESS"),
    *of(OTHER, PARK, "CANNOT_UPDATE_CONVERTED_LEAD", "DUPLICATE_VALUE", "ENTITY_IS_DELETED"),
    *of(OTHER, PARK, "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID", "NOT_FOUND", "UNKNOWN_EXCEPTION"),
    *of(SOON, WAIT, "ALL_OR_NONE_OPERATION_ROLLED_BACK", "UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE"),
    Case("REQUEST_LIMIT_EXCEEDED", SOON, WAIT, message=CROWDED[1]),
    Case(
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        SOON,
        WAIT,
        message="TaskTrigger: UNABLE_TO_LOCK_ROW, unable to obtain exclusive access to this record: []",
    ),
]

# Answers without a code, as edges and proxies give them: known by their status alone.
STATUSES = {
    **{status: (SOON, WAIT, f"HTTP_{status}") for status in (406, 408, 409, 412, 420, 429)},
    **{status: (OTHER, PARK, f"HTTP_{status}") for status in (405, 413, 414, 415, 428, 431)},
    **dict.fromkeys((400, 403, 404, 500, 502, 503, 504), (SOON, WAIT, "NOT_AN_ANSWER")),
    410: (OTHER, PARK, "UNSUPPORTED_API_VERSION"),
}

# What no answer is injected for here: what is found on this side, or tried where it happens.
ELSEWHERE = {
    # tests/diagnostics/test_outages.py, and client_connections_test.py and client_session_test.py in
    # tests/contract/salesforce_rest
    "FAILED_WRITE", "UNREACHABLE", "HTTP_401", "CROWDED_HERE",
    # tests/contract/salesforce_rest/sessions_test.py
    "NOT_CONNECTED", "WRONG_ORG",
}  # fmt: skip

# By destiny: how a refused run ends, and the calls that two hours of further runs may cost at most. A backoff that
# doubles from 15 s to 15 min makes some ten runs; one that gives up on a page size asks up to four times. A day's end is
# looked at every quarter of an hour, by the limits first.
ENDS = {WAIT: Outcome.RETRY, ALLOWANCE: Outcome.WAITING, RECONNECT: Outcome.RECONNECT, PARK: Outcome.FAILED}
CALLS_IN_TWO_HOURS = {WAIT: 20, ALLOWANCE: 16, RECONNECT: 0, PARK: 2}
GIVES_UP = {"QUERY_TIMEOUT", "OPERATION_TOO_LARGE"}


def told(world, case, person="ada"):
    (notice,) = world.notices(person)
    assert (notice.code, notice.category, notice.retry) == (case.name, case.category, case.retry)
    assert notice.remedy
    return notice


@pytest.mark.parametrize("case", CALLS, ids=str)
def test_a_refused_call_is_explained_comes_back_as_its_class_says_and_mends(world, case):
    world.fail(path="queryAll", **case.rule())
    (report,) = world.scene.run()
    assert report.outcome is ENDS[case.retry]
    told(world, case)
    world.forget()
    assert {one.outcome for one in world.live(2)} <= {ENDS[case.retry]}
    assert len(world.paths()) <= CALLS_IN_TWO_HOURS[case.retry] * (2 if case.code in GIVES_UP else 1)
    told(world, case)
    world.mend()
    assert Outcome.DONE in {one.outcome for one in world.live(3)}
    assert world.notices() == []


@pytest.mark.parametrize("status", STATUSES)
def test_an_answer_without_a_code_is_known_by_its_status(world, status):
    category, retry, name = STATUSES[status]
    world.fail("html", path="queryAll", status=status)
    assert world.scene.run()[-1].outcome is ENDS[retry]
    told(world, Case(name, category, retry))
    world.mend()
    assert Outcome.DONE in {one.outcome for one in world.live(2)}
    assert world.notices() == []


def test_no_error_of_the_table_is_left_out_here():
    injected = {case.name for case in (*CALLS, *SESSIONS, *GRANTS, *RECORDS)} | {name for *_, name in STATUSES.values()}
    assert {row.code for row in (*TABLE, *SERVER_ERRORS)} - injected == ELSEWHERE


@pytest.mark.parametrize("case", SESSIONS, ids=str)
def test_a_login_no_call_is_taken_from_is_one_notice_and_costs_nothing_until_it_reconnects(world, case):
    world.fail(path="/data/", user="ada@example.com", **case.rule())
    world.scene.run()
    assert told(world, case).count == 1
    assert len(world.paths()) <= 4
    lost_for_good(world, case)


@pytest.mark.parametrize("case", GRANTS, ids=str)
def test_a_refused_token_is_explained_and_only_a_lost_login_needs_its_person(world, case):
    world.door.end_sessions("ada@example.com")
    world.fail(kind="token", **case.rule())
    (report,) = world.scene.run()
    assert report.outcome is ENDS[case.retry]
    told(world, case)
    assert world.login().active is (case.retry is not RECONNECT)
    if case.retry is RECONNECT:
        lost_for_good(world, case)
        return
    world.forget()
    world.live(2)
    # Each run asks once for the page, and at most four times for a token.
    assert len(world.paths()) <= 5 * CALLS_IN_TWO_HOURS[WAIT]
    world.mend()
    assert Outcome.DONE in {one.outcome for one in world.live(1)}
    assert world.notices() == []


def lost_for_good(world, case):
    """Nobody is asked anything until the person connects again, and the others go on."""
    world.forget()
    assert {one.outcome for one in world.live(3)} == {Outcome.RECONNECT}
    assert world.paths() == []
    assert told(world, case).count == 1
    # The login server's faults are everybody's, and Bob's session has ended by now too.
    world.mend()
    assert world.scene.run("bob")[-1].outcome is Outcome.DONE
    assert world.notices("bob") == []
    world.reconnect()
    assert world.notices() == []
    assert world.scene.run()[-1].outcome is Outcome.DONE


@pytest.mark.parametrize("case", RECORDS, ids=str)
def test_a_refused_record_stops_no_other_and_waits_as_its_class_says(world, case):
    world.fail("record_error", where={"Subject": f"Bad {case}"}, **case.rule())
    bad, good = world.scene.add(f"Bad {case}"), world.scene.add(f"Good {case}")
    world.scene.run()
    assert world.scene.task_of(good)
    told(world, case)
    assert is_parked(world, bad) is (case.retry is PARK)
    world.forget()
    world.live(2)
    sent = [path for path in world.paths() if path.startswith("composite")]
    assert len(sent) <= (0 if case.retry is PARK else 20)
    told(world, case)
    world.mend()
    if case.retry is PARK:
        world.scene.run()
        assert is_parked(world, bad)
        world.scene.parts.diagnostics.retry(None, Wanted())
        world.scene.run()
    else:
        # It rests an hour at most, and half as long again by chance.
        world.live(3)
    assert world.scene.task_of(bad)
    assert world.notices() == []


def is_parked(world, reminder_id):
    reminder = world.scene.reminder(reminder_id)
    rows = {row.id: row for row in world.scene._rows(reminders)}
    return rows[reminder_id].parked_version == reminder.version


def test_an_error_nobody_knows_is_shown_in_salesforces_own_words(world):
    world.fail(path="queryAll", code="SOMETHING_NEW", message="Nobody has seen this yet.")
    world.scene.run()
    (row,) = world._rows()
    assert (row.message, row.meaning) == ("Nobody has seen this yet.", UNKNOWN.meaning)

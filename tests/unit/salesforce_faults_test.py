from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remindersync.errors import Category, Destiny
from remindersync.salesforce.answers import Problem, problems
from remindersync.salesforce.fault_table import GRANTS, SERVER_ERRORS, TABLE, UNKNOWN
from remindersync.salesforce.faults import classify, fault, is_settled

# A busy machine is no reason to fail.
UNHURRIED = settings(deadline=None)
# The codes that the product's own diagnostics page explains, with a text seen there and its category.
PUBLISHED = [
    ("API_CURRENTLY_DISABLED", "API is disabled for this user", Category.ACCESS, Destiny.PARK),
    ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "TaskTrigger: execution of AfterUpdate", Category.ACCESS, Destiny.PARK),
    ("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", Category.OTHER, Destiny.PARK),
    ("ENTITY_IS_LOCKED", "the entity is locked for editing", Category.ACCESS, Destiny.PARK),
    ("FAILED_WRITE", "end of file reached", Category.INTERMITTENT, Destiny.RETRY),
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Please give a reason", Category.ACCESS, Destiny.PARK),
    ("FIELD_FILTER_VALIDATION_EXCEPTION", "Value does not exist or does not match", Category.ACCESS, Destiny.PARK),
    ("FIELD_INTEGRITY_EXCEPTION", "There's a problem with this state", Category.ACCESS, Destiny.PARK),
    ("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "", Category.INTERMITTENT, Destiny.RETRY),
    ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "insufficient access rights", Category.ACCESS, Destiny.PARK),
    ("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", Category.ACCESS, Destiny.PARK),
    ("INVALID_FIELD", "Net::ReadTimeout", Category.INTERMITTENT, Destiny.RETRY),
    ("INVALID_FIELD", "No such column 'X__c' on sobject of type Task", Category.ACCESS, Destiny.PARK),
    ("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: WhoId", Category.ACCESS, Destiny.PARK),
    ("INVALID_TYPE", "sObject type 'Task' is not supported", Category.ACCESS, Destiny.PARK),
    ("QUERY_TIMEOUT", "Your query request was running for too long", Category.INTERMITTENT, Destiny.RETRY),
    ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", Category.INTERMITTENT, Destiny.ALLOWANCE),
    (
        "REQUEST_LIMIT_EXCEEDED",
        "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
        Category.INTERMITTENT,
        Destiny.RETRY,
    ),
    ("REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.", Category.INTERMITTENT, Destiny.RETRY),
    ("REQUIRED_FIELD_MISSING", "Required fields are missing: [Region__c]", Category.ACCESS, Destiny.PARK),
    ("SERVER_UNAVAILABLE", "Server too busy", Category.INTERMITTENT, Destiny.RETRY),
    ("TXN_SECURITY_NO_ACCESS", "not allowed due to a security policy", Category.ACCESS, Destiny.PARK),
    ("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access", Category.INTERMITTENT, Destiny.RETRY),
    ("UNKNOWN_EXCEPTION", "An unexpected error occurred. 123-45", Category.OTHER, Destiny.PARK),
]
# What the token endpoint says, and the published code for it.
GRANTED = [
    ("authentication failure", "AUTHENTICATION_FAILURE", Destiny.RECONNECT),
    ("expired access/refresh token", "EXPIRED_ACCESS", Destiny.RECONNECT),
    ("inactive organization", "INACTIVE_ORGANIZATION", Destiny.RECONNECT),
    ("inactive user", "INACTIVE_USER", Destiny.RECONNECT),
    ("ip restricted", "INVALID_GRANT", Destiny.RECONNECT),
    ("user hasn't approved this consumer", "INVALID_GRANT", Destiny.RECONNECT),
    ("something new", "INVALID_GRANT", Destiny.RECONNECT),
    ("token request is already being processed", "TOKEN_BUSY", Destiny.RETRY),
    ("expired authorization code", "TOKEN_BUSY", Destiny.RETRY),
    ("Audience validation failed", "INVALID_ASSERTION", Destiny.RETRY),
]
FURTHER = [
    "STRING_TOO_LONG",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    "INVALID_CROSS_REFERENCE_KEY",
    "MALFORMED_ID",
    "NOT_FOUND",
    "ENTITY_IS_DELETED",
    "ENTITY_IS_ARCHIVED",
    "DUPLICATE_VALUE",
    "INACTIVE_OWNER_OR_USER",
    "INVALID_SESSION_ID",
    "INVALID_AUTH_HEADER",
    "INVALID_REPLICATION_DATE",
    "EXCEEDED_ID_LIMIT",
    "INVALID_QUERY_LOCATOR",
    "MALFORMED_QUERY",
    "JSON_PARSER_ERROR",
    "API_DISABLED_FOR_ORG",
    "ORG_NOT_OWNED_BY_INSTANCE",
    "MAX_TASK_DESCRIPTION_EXCEEDED",
    "TRANSFER_REQUIRES_READ",
    "DUPLICATES_DETECTED",
    "OPERATION_TOO_LARGE",
    "QUERY_TOO_COMPLICATED",
    "NUMBER_OUTSIDE_VALID_RANGE",
    "TXN_SECURITY_METERING_ERROR",
    "TOO_MANY_APEX_REQUESTS",
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["errorCode", "statusCode", "error", "errors", "message", "error_description", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def row_error(code: str, message: str = "") -> list[dict[str, Any]]:
    return [{"message": message, "errorCode": code, "fields": []}]


@pytest.mark.parametrize(("code", "text", "category", "destiny"), PUBLISHED)
def test_every_published_error_is_explained_as_published(
    code: str, text: str, category: Category, destiny: Destiny
) -> None:
    found = classify(400, row_error(code, text))
    assert (found.code, found.message, found.category, found.destiny) == (code, text, category, destiny)
    assert found.meaning != UNKNOWN.meaning


@pytest.mark.parametrize(("text", "code", "destiny"), GRANTED)
def test_a_refused_grant_is_known_by_its_text(text: str, code: str, destiny: Destiny) -> None:
    found = classify(400, {"error": "invalid_grant", "error_description": text})
    assert (found.code, found.destiny, found.message) == (code, destiny, text)


@pytest.mark.parametrize("code", FURTHER)
def test_every_further_documented_code_is_explained(code: str) -> None:
    assert fault(code).meaning != UNKNOWN.meaning


@pytest.mark.parametrize("error", ["invalid_client", "invalid_client_id"])
def test_a_wrong_app_secret_costs_nobody_their_login(error: str) -> None:
    found = classify(400, {"error": error, "error_description": "invalid client credentials"})
    assert found.destiny is Destiny.RETRY
    assert "SALESFORCE_CLIENT_SECRET" in found.remedy


@pytest.mark.parametrize(
    ("code", "text"), [("SOMETHING_NEW", "said so"), ("REQUEST_LIMIT_EXCEEDED", "some other limit"), ("", "")]
)
def test_what_the_table_does_not_know_is_permanent(code: str, text: str) -> None:
    found = classify(400, row_error(code, text))
    assert (found.category, found.destiny, found.code) == (Category.OTHER, Destiny.PARK, code)


def test_a_trigger_that_failed_for_a_lock_is_tried_again() -> None:
    text = "TaskTrigger: System.DmlException: UNABLE_TO_LOCK_ROW, unable to obtain exclusive access to this record"
    assert classify(400, row_error("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text)).destiny is Destiny.RETRY


def test_a_row_with_a_text_goes_before_one_without_wherever_it_stands() -> None:
    for row in TABLE:
        if row.text is not None:
            sample = row.text.split("|")[0].replace(" ?", " ").replace("?", "").replace(".", "'")
            assert fault(row.code, sample).meaning == row.meaning


def test_an_error_of_salesforces_own_is_tried_again_when_the_whole_call_failed() -> None:
    assert classify(500, row_error("UNKNOWN_EXCEPTION")).destiny is Destiny.RETRY
    assert classify(200, {"success": False, "errors": [{"statusCode": "UNKNOWN_EXCEPTION"}]}).destiny is Destiny.PARK


def test_a_collections_record_is_read_by_its_own_word_for_the_code() -> None:
    body = {"success": False, "errors": [{"statusCode": "ENTITY_IS_DELETED", "message": "entity is deleted"}]}
    assert classify(200, body).code == "ENTITY_IS_DELETED"


@pytest.mark.parametrize(
    ("status", "body", "code", "destiny"),
    [
        (503, "<html><h1>Service Unavailable</h1></html>", "NOT_AN_ANSWER", Destiny.RETRY),
        (502, "", "NOT_AN_ANSWER", Destiny.RETRY),
        (500, None, "NOT_AN_ANSWER", Destiny.RETRY),
        (420, "", "HTTP_420", Destiny.RETRY),
        (429, "Too many", "HTTP_429", Destiny.RETRY),
        (406, None, "HTTP_406", Destiny.RETRY),
        (431, "<h1>Bad Message 431</h1>", "HTTP_431", Destiny.PARK),
        (401, "<html>", "HTTP_401", Destiny.RECONNECT),
        (410, "", "UNSUPPORTED_API_VERSION", Destiny.PARK),
    ],
)
def test_an_answer_without_a_code_is_judged_by_its_status(
    status: int, body: object, code: str, destiny: Destiny
) -> None:
    found = classify(status, body)
    assert (found.code, found.destiny) == (code, destiny)


@UNHURRIED
@given(st.integers(100, 599), json_values)
def test_no_body_is_too_strange_to_be_explained(status: int, body: object) -> None:
    found = classify(status, body)
    assert found.meaning
    assert isinstance(is_settled(status, body), bool)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, row_error("STRING_TOO_LONG")),
        (400, row_error("SOMETHING_NEW")),
        (403, row_error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")),
        (500, row_error("UNABLE_TO_LOCK_ROW")),
        (503, row_error("SERVER_UNAVAILABLE", "Server too busy")),
        (503, row_error("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE")),
        (429, ""),
        (431, "<h1>Bad Message 431</h1>"),
    ],
)
def test_a_clear_refusal_proves_that_nothing_was_saved(status: int, body: object) -> None:
    assert is_settled(status, body)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, row_error("UNKNOWN_EXCEPTION")),
        (500, row_error("SOMETHING_NEW")),
        (500, "<html>"),
        (502, ""),
        (503, "<html>"),
        (504, None),
        (404, "<html>Not here</html>"),
        (200, "<html>"),
    ],
)
def test_anything_less_proves_nothing(status: int, body: object) -> None:
    assert not is_settled(status, body)


def test_no_line_of_the_table_is_without_words_for_people() -> None:
    for row in (*TABLE, *SERVER_ERRORS, UNKNOWN):
        assert row.meaning.endswith(".")
        assert row.remedy.endswith(".")
        assert row.meaning[0].isupper()
        assert row.remedy[0].isupper()


def test_no_code_and_text_stand_in_the_table_twice() -> None:
    keys = [(row.code, row.text) for row in TABLE]
    assert len(set(keys)) == len(keys)


def test_every_grant_leads_to_a_line_of_the_table() -> None:
    assert {code for _, _, code in GRANTS} <= {row.code for row in TABLE}


def test_errors_are_found_in_every_shape() -> None:
    expected = [Problem("A", "m")]
    assert problems([{"errorCode": "A", "message": "m"}]) == expected
    assert problems({"statusCode": "A", "message": "m"}) == expected
    assert problems({"success": False, "errors": [{"statusCode": "A", "message": "m"}]}) == expected
    assert problems({"error": "A", "error_description": "m"}) == expected
    assert problems("<html>") == []
    assert problems(None) == []

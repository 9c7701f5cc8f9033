"""What every Salesforce error means, what to do about it, and what becomes of the work: data, in our words.

Codes and texts are the platform's; UNREACHABLE, CROWDED_HERE, FAILED_WRITE, NOT_AN_ANSWER, NOT_CONNECTED, WRONG_ORG,
TOKEN_BUSY, INVALID_CLIENT, INVALID_ASSERTION, APP_MISCONFIGURED and HTTP_… are this app's own names for what comes
without a code.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remindersync.errors import Category, Destiny


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `text`, where given, is a pattern searched in the platform's message, ignoring case."""

    code: str
    text: str | None
    category: Category
    destiny: Destiny
    meaning: str
    remedy: str


def _rows(
    category: Category, destiny: Destiny, lines: Mapping[str | tuple[str, str], tuple[str, str]]
) -> Iterator[Row]:
    for key, (meaning, remedy) in lines.items():
        code, text = (key, None) if isinstance(key, str) else key
        yield Row(code, text, category, destiny, meaning, remedy)


_LOOK = "if it lasts, look for slow triggers and flows on Task."
_STATUS_PAGE = "if it lasts, check the network and Salesforce's status page."
_OUR_FAULT = "Report it to the operator: this app asked wrongly."
_CONNECT = "Connect again under Settings."

TABLE: tuple[Row, ...] = (
    *_rows(
        Category.INTERMITTENT,
        Destiny.RETRY,
        {
            "UNREACHABLE": ("Salesforce could not be reached.", f"It is tried again by itself; {_STATUS_PAGE}"),
            "CROWDED_HERE": (
                "Salesforce answers slowly, and as many pages as may be wait for it already.",
                f"Try again in a minute; {_STATUS_PAGE}",
            ),
            "FAILED_WRITE": (
                "The connection to Salesforce was cut before the answer was complete.",
                f"It is tried again by itself; {_LOOK}",
            ),
            "NOT_AN_ANSWER": (
                "A server before Salesforce answered in its place, with a page that is no data.",
                f"It is tried again by itself; {_STATUS_PAGE}",
            ),
            "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE": (
                "Salesforce is under maintenance and takes no changes.",
                "It is tried again by itself after the maintenance.",
            ),
            "QUERY_TIMEOUT": (
                "The query ran too long for Salesforce.",
                "It is tried again by itself with a smaller page.",
            ),
            "OPERATION_TOO_LARGE": (
                "The query touches more records than this user may search at once.",
                "It is tried again by itself with a smaller page; a login with View All Data is not bound by this.",
            ),
            "INVALID_QUERY_LOCATOR": (
                "Salesforce forgot a query that was being read.",
                "The read is started again by itself.",
            ),
            ("REQUEST_LIMIT_EXCEEDED", r"concurrent"): (
                "The org is handling too many slow requests at once.",
                f"It is tried again by itself with fewer at once; {_LOOK}",
            ),
            "SERVER_UNAVAILABLE": ("Salesforce is overloaded.", "It is tried again by itself."),
            "TOO_MANY_APEX_REQUESTS": (
                "The org is running too much of its own code at once.",
                "It is tried again by itself; if it lasts, look for slow triggers and flows.",
            ),
            "UNABLE_TO_LOCK_ROW": (
                "Another transaction is holding this Task, or the account or person it belongs to.",
                "It is tried again by itself.",
            ),
            (
                "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
                r"UNABLE_TO_LOCK_ROW|unable to obtain exclusive access|QUERY_TIMEOUT",
            ): (
                "A trigger of the org failed because another transaction held a record it needed.",
                "It is tried again by itself.",
            ),
            ("INVALID_FIELD", r"Net::ReadTimeout|read timed? ?out"): (
                "Salesforce's answer came too late.",
                f"It is tried again by itself; {_LOOK}",
            ),
            "PROCESSING_HALTED": (
                "Another part of the same call failed, so this one was not carried out.",
                "It is tried again by itself.",
            ),
            "ALL_OR_NONE_OPERATION_ROLLED_BACK": (
                "Another record of the same call failed, so this one was undone.",
                "It is tried again by itself.",
            ),
            "HTTP_409": ("The record was being changed by somebody else.", "It is tried again by itself."),
            "HTTP_412": ("The record was changed after it was read.", "It is read and tried again by itself."),
            "TOKEN_BUSY": (
                "Salesforce is handling another token request of this login, or a sign-in code was used up.",
                "It is tried again by itself; a sign-in that shows this is started anew.",
            ),
        },
    ),
    *_rows(
        Category.INTERMITTENT,
        Destiny.ALLOWANCE,
        {
            ("REQUEST_LIMIT_EXCEEDED", r"total ?requests"): (
                "All apps together have used up the org's API calls of the last 24 hours.",
                "Sync goes on by itself when calls are free again; raise the org's limit or lower this app's share.",
            ),
        },
    ),
    *_rows(
        Category.AUTHENTICATION,
        Destiny.RECONNECT,
        {
            "HTTP_401": ("Salesforce does not accept this login's token.", _CONNECT),
            "NOT_CONNECTED": ("This user is not connected to Salesforce.", "Connect under Settings."),
            "INVALID_SESSION_ID": ("The Salesforce session has ended and could not be renewed.", _CONNECT),
            "INVALID_AUTH_HEADER": ("Salesforce does not accept this login's token.", _CONNECT),
            "ORG_NOT_OWNED_BY_INSTANCE": ("The org has moved to another Salesforce server.", _CONNECT),
            "WRONG_ORG": (
                "This login belongs to another Salesforce org or user than was agreed.",
                "Connect again as your own user of the team's org.",
            ),
            "AUTHENTICATION_FAILURE": ("Salesforce refused the login.", "Disconnect and connect again under Settings."),
            "EXPIRED_ACCESS": ("The permission given to this app has expired or was revoked.", _CONNECT),
            "INACTIVE_ORGANIZATION": ("The Salesforce org is not active.", "Activate it, or connect another org."),
            "INACTIVE_USER": (
                "The Salesforce user is not active.",
                "An admin activates the user in Salesforce, or hands the open reminders over to somebody else.",
            ),
            ("INVALID_GRANT", r"ip restricted"): (
                "The org takes logins from certain network addresses only, and this app's is not among them.",
                "An admin adds this app's addresses to the allow list in Salesforce; then connect again.",
            ),
            ("INVALID_GRANT", r"hasn.t approved|not admin approved"): (
                "The app is not approved for this Salesforce user.",
                "An admin approves the app for the user's profile in Salesforce; then connect again.",
            ),
            "INVALID_GRANT": ("Salesforce refused the login.", _CONNECT),
        },
    ),
    *_rows(
        Category.AUTHENTICATION,
        Destiny.RETRY,
        {
            "INVALID_CLIENT": (
                "Salesforce does not know this app, or its secret is wrong.",
                "The operator corrects SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET; logins then go on.",
            ),
            "APP_MISCONFIGURED": (
                "The connected app in Salesforce is not set up as this app needs it.",
                "The operator compares its callback address, flows and scopes with the guide to connecting Salesforce.",
            ),
            "INVALID_ASSERTION": (
                "Salesforce does not accept this app's signed login.",
                "The operator checks SALESFORCE_PRIVATE_KEY_FILE, SALESFORCE_LOGIN_URL and the server's clock.",
            ),
        },
    ),
    *_rows(
        Category.ACCESS,
        Destiny.PARK,
        {
            "API_CURRENTLY_DISABLED": (
                "This Salesforce user may not use the API.",
                "An admin grants the user the permission API Enabled.",
            ),
            "API_DISABLED_FOR_ORG": (
                "This Salesforce edition has no API.",
                "An admin has the API added to the org, or connects another org.",
            ),
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": (
                "A trigger of the org failed, or the user may not write the object it changes.",
                "An admin mends the trigger or grants the right; Salesforce's message names it.",
            ),
            "ENTITY_IS_LOCKED": (
                "The record is waiting in an approval process and cannot be edited.",
                "Decide the approval, then retry.",
            ),
            "FIELD_CUSTOM_VALIDATION_EXCEPTION": (
                "A validation rule of the org refused the values.",
                "Change the values to meet the rule, or have an admin change the rule.",
            ),
            "FIELD_FILTER_VALIDATION_EXCEPTION": (
                "Data already in the record does not meet a lookup filter.",
                "Mend the record in Salesforce, then retry.",
            ),
            "FIELD_INTEGRITY_EXCEPTION": (
                "Data in the record does not fit together.",
                "Mend the record in Salesforce, then retry.",
            ),
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": (
                "The user has no access to a record this one points to.",
                "An admin grants access to it, or remove the person from the reminder.",
            ),
            "INSUFFICIENT_ACCESS_OR_READONLY": (
                "The user may not change this record.",
                "An admin grants write access to it.",
            ),
            "INSUFFICIENT_ACCESS": (
                "The user may not do this.",
                "An admin grants the right; Salesforce's message names it.",
            ),
            "INVALID_FIELD": (
                "A field is missing in the org or hidden from the user by field-level security.",
                "An admin makes the field visible to the user; Salesforce's message names it.",
            ),
            "INVALID_FIELD_FOR_INSERT_UPDATE": (
                "The user may not write a field.",
                "An admin grants edit access to the field; Salesforce's message names it.",
            ),
            "INVALID_TYPE": (
                "The user has no access to Tasks.",
                "An admin grants access to the object that Salesforce's message names.",
            ),
            "REQUIRED_FIELD_MISSING": (
                "The org requires a field that is empty.",
                "Fill the field in Salesforce, then retry; or an admin makes it optional.",
            ),
            "TXN_SECURITY_NO_ACCESS": (
                "A transaction security policy of the org forbids this.",
                "Ask the Salesforce admin to allow it for this app.",
            ),
            "TXN_SECURITY_METERING_ERROR": (
                "A transaction security policy of the org could not be checked.",
                "Ask the Salesforce admin to look at the policy.",
            ),
            "STRING_TOO_LONG": (
                "A text is longer than its field in Salesforce.",
                "Shorten the text that Salesforce's message names.",
            ),
            "MAX_TASK_DESCRIPTION_EXCEEDED": ("The details are longer than Salesforce takes.", "Shorten the details."),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": (
                "The org does not offer this status or priority to the user.",
                "An admin corrects the value maps of the team, or adds the value in Salesforce.",
            ),
            "INACTIVE_OWNER_OR_USER": (
                "The owner of the Task is not active in Salesforce.",
                "Assign the reminder to an active user.",
            ),
            "TRANSFER_REQUIRES_READ": (
                "The new owner may not read Tasks.",
                "An admin grants the new owner access, or assign the reminder to somebody else.",
            ),
            "ENTITY_IS_ARCHIVED": (
                "The Task is archived and cannot be changed this way.",
                "Change it in Salesforce, or leave it.",
            ),
            "DUPLICATES_DETECTED": (
                "A duplicate rule of the org refused the record.",
                "An admin exempts Tasks of this app from the rule.",
            ),
            "DELETE_FAILED": (
                "Salesforce refused to delete the record.",
                "Delete it in Salesforce; Salesforce's message names what stands in the way.",
            ),
        },
    ),
    *_rows(
        Category.OTHER,
        Destiny.PARK,
        {
            "CANNOT_UPDATE_CONVERTED_LEAD": (
                "The person is a lead that was converted.",
                "Choose the contact it became as the reminder's person.",
            ),
            "DUPLICATE_VALUE": (
                "Another record already has a value that must be unique.",
                "Change the value that Salesforce's message names.",
            ),
            "ENTITY_IS_DELETED": (
                "The Task was deleted in Salesforce.",
                "Restore it in Salesforce, or restore the reminder here to make a new one.",
            ),
            "INVALID_CROSS_REFERENCE_KEY": (
                "A record this one points to, or the Task itself, does not exist or is hidden from the user.",
                "Check that the Task and its person still exist and that the user may see them.",
            ),
            "NOT_FOUND": (
                "The record does not exist or is hidden from the user.",
                "Check that it exists and that the user may see it.",
            ),
            "MALFORMED_ID": (
                "An id is not one of Salesforce's.",
                "Choose the person anew; if it lasts, report it to the operator.",
            ),
            "UNKNOWN_EXCEPTION": (
                "Salesforce failed to handle an error of its own.",
                "Keep the number in the message and open a case at Salesforce.",
            ),
            "INVALID_REPLICATION_DATE": (
                "The time asked for lies beyond Salesforce's deletion log.",
                "Run a full resync.",
            ),
            "EXCEEDED_ID_LIMIT": ("More records were asked for than Salesforce gives at once.", _OUR_FAULT),
            "MALFORMED_QUERY": (
                "Salesforce cannot read the query.",
                "Correct the team's import condition; without one, report it to the operator.",
            ),
            "QUERY_TOO_COMPLICATED": (
                "The query is too complicated for Salesforce.",
                "Simplify the team's import condition, or have an admin simplify formula fields on Task.",
            ),
            "NUMBER_OUTSIDE_VALID_RANGE": ("A number in the request is too large.", _OUR_FAULT),
            "JSON_PARSER_ERROR": ("Salesforce cannot read the request.", _OUR_FAULT),
            "METHOD_NOT_ALLOWED": ("Salesforce does not take such a request.", _OUR_FAULT),
            "UNSUPPORTED_API_VERSION": (
                "Salesforce no longer offers this version of its API.",
                "The operator sets a newer SALESFORCE_API_VERSION.",
            ),
        },
    ),
    # 406 and 420 without a body were seen in the wild and went away (airbyte source-salesforce, rate limiting).
    *_rows(
        Category.INTERMITTENT,
        Destiny.RETRY,
        {
            f"HTTP_{status}": (
                "Salesforce answered that it can't do this now.",
                f"It is tried again by itself; {_STATUS_PAGE}",
            )
            for status in (406, 408, 420, 429)
        },
    ),
    *_rows(
        Category.OTHER,
        Destiny.PARK,
        {f"HTTP_{status}": ("The request is too large for Salesforce.", _OUR_FAULT) for status in (413, 414, 431)},
    ),
    *_rows(
        Category.OTHER,
        Destiny.PARK,
        {f"HTTP_{status}": ("Salesforce does not take such a request.", _OUR_FAULT) for status in (405, 415, 428)},
    ),
)

# The whole call failed inside Salesforce, not one record: the same code as a record's error, another destiny.
SERVER_ERRORS: tuple[Row, ...] = tuple(
    _rows(
        Category.OTHER,
        Destiny.RETRY,
        {
            "UNKNOWN_EXCEPTION": (
                "Salesforce failed to handle an error of its own.",
                "It is tried again by itself; if it lasts, open a case at Salesforce with the number in the message.",
            ),
        },
    )
)

UNKNOWN = Row(
    "UNKNOWN",
    None,
    Category.OTHER,
    Destiny.PARK,
    "Salesforce refused with an error this app does not know.",
    "Read Salesforce's own message, mend its cause, then retry.",
)

# The token endpoint's word and a pattern of its free text, and the code above they are; the first that fits is taken.
# "expired authorization code" is what a colliding refresh was told until Winter '25 (release notes 250, 252).
GRANTS: tuple[tuple[str, str, str], ...] = (
    ("invalid_grant", r"already being processed|expired authorization code", "TOKEN_BUSY"),
    ("invalid_grant", r"rate exceeded", "SERVER_UNAVAILABLE"),
    ("invalid_grant", r"expired access/refresh token", "EXPIRED_ACCESS"),
    ("invalid_grant", r"inactive user", "INACTIVE_USER"),
    ("invalid_grant", r"inactive organization", "INACTIVE_ORGANIZATION"),
    ("invalid_grant", r"authentication failure", "AUTHENTICATION_FAILURE"),
    ("invalid_grant", r"audience|assertion|signature|expired jwt", "INVALID_ASSERTION"),
    ("invalid_grant", "", "INVALID_GRANT"),
    ("invalid_client", "", "INVALID_CLIENT"),
    ("invalid_client_id", "", "INVALID_CLIENT"),
    ("inactive_user", "", "INACTIVE_USER"),
    ("inactive_org", "", "INACTIVE_ORGANIZATION"),
    ("redirect_uri_mismatch", "", "APP_MISCONFIGURED"),
    ("invalid_request", "", "APP_MISCONFIGURED"),
    ("invalid_scope", "", "APP_MISCONFIGURED"),
    ("unauthorized_client", "", "APP_MISCONFIGURED"),
    ("unsupported_grant_type", "", "APP_MISCONFIGURED"),
    ("temporarily_unavailable", "", "SERVER_UNAVAILABLE"),
    ("server_error", "", "SERVER_UNAVAILABLE"),
)

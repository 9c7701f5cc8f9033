"""Errors by name: what the platform answers for each code, so that a fault needs no more than the code."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """How a code shows where a rule says nothing else; `belief` names the switch that says its status instead."""

    message: str
    status: int = 400
    belief: str | None = None


UNKNOWN = Shape("An unexpected error occurred.")
TOO_BUSY = "Server too busy"

SHAPES = {
    "API_CURRENTLY_DISABLED": Shape("API is disabled for this user", 403),
    "API_DISABLED_FOR_ORG": Shape("The REST API is not enabled for this Organization.", 403),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Shape(
        "TaskTrigger: execution of BeforeUpdate caused by: System.NullPointerException"
    ),
    "CANNOT_UPDATE_CONVERTED_LEAD": Shape("cannot reference converted lead"),
    "DUPLICATE_VALUE": Shape("duplicate value found: unknown duplicates value on record with id: unknown"),
    "ENTITY_IS_DELETED": Shape("entity is deleted", 404),
    "ENTITY_IS_LOCKED": Shape("the entity is locked for editing"),
    "FAILED_WRITE": Shape("end of file reached", 500),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": Shape("A validation rule of the org refuses these values."),
    "FIELD_FILTER_VALIDATION_EXCEPTION": Shape("Value does not exist or does not match filter criteria."),
    "FIELD_INTEGRITY_EXCEPTION": Shape("There's a problem with this state, even though it may appear correct."),
    "INACTIVE_OWNER_OR_USER": Shape("operation performed with inactive user"),
    "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE": Shape(
        "Updates can't be made during maintenance; reads still work.", 503, "maintenance_status"
    ),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": Shape("insufficient access rights on cross-reference id"),
    "INSUFFICIENT_ACCESS_OR_READONLY": Shape("insufficient access rights on object id", 403, "access_status"),
    "INVALID_CROSS_REFERENCE_KEY": Shape("invalid cross reference id"),
    "INVALID_FIELD": Shape("No such column 'Subject' on sobject of type Task"),
    "INVALID_FIELD_FOR_INSERT_UPDATE": Shape(
        "Unable to create/update fields: Subject. Please check the security settings of this field and verify "
        "that it is read/write for your profile or permission set."
    ),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": Shape("bad value for restricted picklist field"),
    "INVALID_QUERY_LOCATOR": Shape("invalid query locator", 400, "locator_status"),
    "INVALID_SESSION_ID": Shape("Session expired or invalid", 401),
    "INVALID_AUTH_HEADER": Shape("INVALID_HEADER_TYPE", 401),
    "INVALID_TYPE": Shape("sObject type 'Task' is not supported."),
    "NOT_FOUND": Shape("The requested resource does not exist", 404),
    "OPERATION_TOO_LARGE": Shape("exceeded 100000 distinct ids"),
    "ORG_NOT_OWNED_BY_INSTANCE": Shape("The organization is not owned by this instance"),
    "QUERY_TIMEOUT": Shape("Your query request was running for too long."),
    "REQUEST_LIMIT_EXCEEDED": Shape("TotalRequests Limit exceeded.", 403),
    "REQUIRED_FIELD_MISSING": Shape("Required fields are missing: [Region__c]"),
    "SERVER_UNAVAILABLE": Shape(TOO_BUSY, 503),
    "STRING_TOO_LONG": Shape("data value too large"),
    "TXN_SECURITY_NO_ACCESS": Shape(
        "The operation you requested isn't allowed due to a security policy in your organization.", 403, "policy_status"
    ),
    "UNABLE_TO_LOCK_ROW": Shape("unable to obtain exclusive access to this record", 400, "lock_status"),
    "UNKNOWN_EXCEPTION": Shape(
        "An unexpected error occurred. Please include this ErrorId if you contact support: 1452464078-31466 (-117)", 500
    ),
}

# What the diagnostics page calls a login's end: `error` and `error_description` of the token endpoint.
LOGIN_SHAPES = {
    "AUTHENTICATION_FAILURE": ("invalid_grant", "authentication failure"),
    "EXPIRED_ACCESS": ("invalid_grant", "expired access/refresh token"),
    "INACTIVE_ORGANIZATION": ("invalid_grant", "inactive organization"),
    "INACTIVE_USER": ("invalid_grant", "inactive user"),
    "INVALID_GRANT": ("invalid_grant", "ip restricted"),
    "REFRESH_COLLISION": ("invalid_grant", "token request is already being processed"),
}
# A write whose connection breaks has no answer: the code is the client's name for it.
CUT_OFF = "FAILED_WRITE"

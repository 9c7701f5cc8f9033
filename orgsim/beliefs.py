"""Every behaviour that is believed, contradictory or an org's own choice: one table, each a named switch."""

from typing import Any

from orgsim.belief import BELIEVED, DOCUMENTED, VERIFIED, Belief
from orgsim.beliefs_of_saves import SAVES

__all__ = ["BELIEFS", "BELIEVED", "BY_NAME", "DOCUMENTED", "VERIFIED", "Belief", "Beliefs", "as_table"]

BELIEFS = (
    *SAVES,
    Belief(
        "identical_update_moves_stamps",
        value=True,
        others=(False,),
        known=BELIEVED,
        says="A PATCH with the values already stored is a save: LastModifiedDate and SystemModstamp move.",
        source="platform facts 3.1, 9",
    ),
    Belief(
        "trim_text",
        value=True,
        others=(False,),
        known=BELIEVED,
        says="Outer white space of text is stripped and an empty text is stored as null.",
        source="platform facts 1.1",
    ),
    Belief(
        "subject_line_breaks",
        value="spaces",
        others=("kept",),
        known=BELIEVED,
        says="Line breaks in a single-line text are stored as spaces.",
        source="general knowledge, no source found",
    ),
    Belief(
        "description_line_endings",
        value="kept",
        others=("lf", "crlf"),
        known=BELIEVED,
        says="Comments come back with the line endings of the writer, all LF, or all CRLF.",
        source="platform facts 1.1",
    ),
    Belief(
        "length_unit",
        value="utf16",
        others=("code_points",),
        known=BELIEVED,
        says="What the limits of 255 and 32,000 count: UTF-16 units or code points.",
        source="platform facts 1.1, 9",
    ),
    Belief(
        "description_too_long",
        value="STRING_TOO_LONG",
        others=("MAX_TASK_DESCRIPTION_EXCEEDED",),
        known=BELIEVED,
        says="The code for Comments over 32,000.",
        source="platform facts 1.1 and 3.3 differ",
    ),
    Belief(
        "restricted_picklists",
        value=False,
        others=(True,),
        known=DOCUMENTED,
        says="Status and Priority refuse values off the org's list; unrestricted ones are stored silently.",
        source="platform facts 1.2, describe: restrictedPicklist false",
    ),
    Belief(
        "completed_again",
        value="unchanged",
        others=("moved",),
        known=DOCUMENTED,
        says="CompletedDateTime when saved once more with the same closed Status.",
        source="field table; the Object Reference's sentence allows both readings",
    ),
    Belief(
        "delete_moves_stamp",
        value=True,
        others=(False,),
        known=BELIEVED,
        says="Deleting moves SystemModstamp.",
        source="platform facts 2.4, 9: implied by the official undelete sample",
    ),
    Belief(
        "delete_moves_last_modified",
        value=True,
        others=(False,),
        known=BELIEVED,
        says="Deleting moves LastModifiedDate and LastModifiedById too.",
        source="general knowledge, no source found",
    ),
    Belief(
        "upsert_after_delete",
        value="creates",
        others=("entity_is_deleted",),
        known=BELIEVED,
        says="Upsert by the key of a record in the recycle bin.",
        source="platform facts 3.6: a feature request describes the new record",
    ),
    Belief(
        "recycled_key_blocks",
        value=False,
        others=(True,),
        known=BELIEVED,
        says="A unique value of a record in the recycle bin still counts as taken.",
        source="platform facts 3.6, 9",
    ),
    Belief(
        "external_id_case_sensitive",
        value=False,
        others=(True,),
        known=DOCUMENTED,
        says="Whether the unique external id tells capitals from small letters: the field's own setting.",
        source="platform facts 3.6",
    ),
    Belief(
        "unmodified_since_compares",
        value="LastModifiedDate",
        others=("SystemModstamp",),
        known=BELIEVED,
        says="The stamp that If-Unmodified-Since is held against.",
        source="platform facts 3.2, 9",
    ),
    Belief(
        "composite_conditional_headers",
        value=True,
        others=(False,),
        known=DOCUMENTED,
        says="Parts of a composite call may carry If-Unmodified-Since for a Task.",
        source="platform facts 3.2, 9: allowed in general, no Task trace found",
    ),
    Belief(
        "hidden_row_write",
        value="not_found",
        others=("insufficient_access",),
        known=BELIEVED,
        says="Writing a record the user may not see: an unknown id, or a lack of rights.",
        source="platform facts 1.7, 3.3",
    ),
    Belief(
        "wrong_who_type",
        value="FIELD_INTEGRITY_EXCEPTION",
        others=("INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"),
        known=BELIEVED,
        says="The code for a WhoId that is neither a Lead nor a Contact.",
        source="public error traces use several codes",
    ),
    Belief(
        "inactive_owner_blocks_update",
        value=False,
        others=(True,),
        known=BELIEVED,
        says="An edit of a Task whose owner is inactive is refused even when the owner stays.",
        source="platform facts 1.7",
    ),
    Belief(
        "series_delete_by_api",
        value="all",
        others=("open",),
        known=DOCUMENTED,
        says="Deleting a series through the API deletes all occurrences; through the pages the open ones.",
        source="platform facts 1.5",
    ),
    Belief(
        "collection_field_error",
        value="whole_call",
        others=("record",),
        known=BELIEVED,
        says="An unknown field in one record of a collection refuses the call, or that record.",
        source="platform facts 3.3: no trace found",
    ),
    Belief(
        "lock_status",
        value=400,
        others=(500,),
        known=BELIEVED,
        says="The HTTP status of UNABLE_TO_LOCK_ROW on a single-row call.",
        source="error bodies: sources differ",
    ),
    Belief(
        "access_status",
        value=403,
        others=(400,),
        known=BELIEVED,
        says="The HTTP status of INSUFFICIENT_ACCESS_OR_READONLY.",
        source="platform facts 3.3: sources differ",
    ),
    Belief(
        "locator_status",
        value=400,
        others=(404,),
        known=BELIEVED,
        says="The HTTP status of INVALID_QUERY_LOCATOR.",
        source="platform facts 3.3, 9",
    ),
    Belief(
        "maintenance_status",
        value=503,
        others=(500, 400),
        known=BELIEVED,
        says="The HTTP status of INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE.",
        source="platform facts 3.3, 9",
    ),
    Belief(
        "retired_version_code",
        value="GONE",
        others=("UNSUPPORTED_API_VERSION",),
        known=BELIEVED,
        says="The errorCode of a call to a retired API version (410).",
        source="restforce issue 941: seen in July 2025; the code list knows the other",
    ),
    Belief(
        "refresh_ends_sessions",
        value="when_rotating",
        others=("always", "never"),
        known=BELIEVED,
        says="Whether a refresh ends the access tokens issued before from the same approval.",
        source="platform facts 4.4, 5.3, 9",
    ),
    Belief(
        "refresh_collisions",
        value=True,
        others=(False,),
        known=DOCUMENTED,
        says="Simultaneous refreshes with one token: all but the first are told it is being processed.",
        source="platform facts 5.3",
    ),
    Belief(
        "approvals_per_user",
        value=5,
        others=(1, 1000),
        known=DOCUMENTED,
        says="Approvals of one app by one user; one more revokes the oldest.",
        source="platform facts 5.3",
    ),
)

BY_NAME = {belief.name: belief for belief in BELIEFS}


def as_table() -> str:
    """Give the beliefs as the Markdown table of the README."""
    head = "| switch | value (others) | known | what it says |\n| --- | --- | --- | --- |"
    return "\n".join([head, *(_line(belief) for belief in BELIEFS)])


def _line(belief: Belief) -> str:
    others = ", ".join(str(other) for other in belief.others)
    return f"| `{belief.name}` | {belief.value} ({others}) | {belief.known} | {belief.says} |"


class Beliefs:
    """The switches of one org: the table's values with this org's own settings over them."""

    def __init__(self) -> None:
        self._set: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        return self._set[name] if name in self._set else BY_NAME[name].value

    def set(self, changes: dict[str, Any]) -> None:
        """Set switches by name; ValueError names one that is unknown or given an impossible value."""
        for name, value in changes.items():
            if name not in BY_NAME:
                raise ValueError(f"No belief is called {name!r}; they are {', '.join(BY_NAME)}.")
            belief = BY_NAME[name]
            if value not in (belief.value, *belief.others):
                choices = ", ".join(repr(choice) for choice in (belief.value, *belief.others))
                raise ValueError(f"Belief {name!r} can't be {value!r}: choose one of {choices}.")
        self._set.update(changes)

    def changed(self) -> dict[str, Any]:
        """Give the switches that differ from the table."""
        return dict(self._set)

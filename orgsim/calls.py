"""A call and its answer, free of any web framework: a part of a composite call is one too."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote

from orgsim.errors import Refusal, parser_error
from orgsim.org import Org
from orgsim.sessions import Session

if TYPE_CHECKING:
    from orgsim.world import World


@dataclass(slots=True)
class Request:
    """What arrived: `path` is still percent-encoded, header names are lower case."""

    method: str
    path: str
    query_string: str
    headers: dict[str, str]
    body: bytes
    base_url: str

    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    def segments(self) -> list[str]:
        """Split the path; empty parts (doubled or trailing slashes) fall away."""
        return [unquote(part) for part in self.path.split("/") if part]

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(slots=True)
class Answer:
    """What goes back; `body` is JSON-ready, or text for pages, or None for an empty one."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json;charset=UTF-8"

    def encoded(self) -> bytes:
        if self.body is None:
            return b""
        if isinstance(self.body, str):
            # A lone surrogate may stand in a record, but not in a page.
            return self.body.encode("utf-8", "replace")
        try:
            return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()
        except UnicodeEncodeError:
            # Half a surrogate pair travels as an escape only.
            return json.dumps(self.body, separators=(",", ":")).encode()


@dataclass(slots=True)
class Call:
    """An authenticated REST call: who, which org, which version, and what was asked."""

    world: "World"
    org: Org
    session: Session
    version: str
    request: Request
    params: dict[str, str] = field(default_factory=dict)
    kind: str = ""
    is_part: bool = False

    @property
    def user_id(self) -> str:
        return self.session.user_id

    @property
    def url_prefix(self) -> str:
        return f"/services/data/{self.version}/sobjects"

    def row_url(self, object_name: str, record_id: str) -> str:
        return f"{self.url_prefix}/{object_name}/{quote(record_id)}"

    def json(self) -> Any:
        """Give the body's JSON; raises Refusal when it is none."""
        try:
            return json.loads(self.request.body)
        except ValueError as error:
            raise parser_error(f"Unexpected character or end of input: {error}") from None

    def json_object(self) -> dict[str, Any]:
        body = self.json()
        if not isinstance(body, dict):
            raise parser_error("The HTTP entity body is required, but this request has no entity body.")
        return body


def refused(refusal: Refusal) -> Answer:
    return Answer(refusal.status, [refusal.as_row_error()])


def truth(value: object) -> bool:
    """Read a boolean that may come as JSON or as query text."""
    return value is True or str(value).lower() == "true"

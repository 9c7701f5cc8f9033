"""Webhooks: being told what happens to reminders instead of asking."""

from http import HTTPStatus
from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field, StringConstraints

from remindersync.store.changes import Happened
from remindersync.store.webhooks import Scope, Webhook
from web.api.access import App, Caller
from web.api.once import OnceKey, own_id
from web.api.shapes import Moment, Taken
from web.problems import described
from web.programs import LONGEST_URL, add_webhook

# No `OncePerKey`: an answer with a secret is not kept. A repeated request finds its webhook by id.
router = APIRouter(tags=["webhooks"])
WebhookId = Annotated[str, Path(max_length=64, examples=["3f1f0ae6-0000-4000-8000-000000000000"])]
_NO_SUCH = described(HTTPStatus.NOT_FOUND)
Told = Literal["created", "edited", "deleted", "restored", "arrived", "left"]


class NewWebhook(Taken):
    """Where to send, of whose reminders (the caller's own, or for admins the whole team's), and which changes."""

    url: Annotated[str, StringConstraints(max_length=LONGEST_URL)] = Field(examples=["https://example.com/reminders"])
    scope: Scope = Scope.OWN
    events: list[Told] = Field(default=list(get_args(Told)), min_length=1, max_length=len(get_args(Told)))


class WebhookShape(BaseModel):
    """A webhook and how it fares; `stopped` says why nothing is sent any more."""

    id: str
    url: str
    scope: Scope
    events: list[Told]
    created_at: Moment
    failures: int
    failing_since: Moment | None
    next_attempt_at: Moment | None
    last_answer: str | None
    stopped: str | None


class MadeWebhook(WebhookShape):
    """A webhook with its new secret, which signs what it is sent. It is shown this once."""

    secret: str


class WebhookList(BaseModel):
    items: list[WebhookShape]
    next_cursor: None = None


class AttemptShape(BaseModel):
    """One delivery: how many events it held, none for a test, whether and how it was answered, when it is repeated."""

    at: Moment
    is_test: bool
    events: int
    taken: bool
    answer: str
    again_at: Moment | None


class AttemptList(BaseModel):
    items: list[AttemptShape]
    next_cursor: None = None


@router.get("/webhooks", summary="The caller's webhooks; an admin's list has the team's too")
def list_webhooks(services: App, caller: Caller) -> WebhookList:
    return WebhookList(items=[_shape(each) for each in services.hooks.of(caller)])


@router.post("/webhooks", summary="Be told what happens from now on", status_code=201)
def add(services: App, caller: Caller, new: NewWebhook, response: Response, once: OnceKey = None) -> MadeWebhook:
    events = {Happened(one) for one in new.events}
    made, secret = add_webhook(services, caller, new.url, new.scope, events, own_id(caller, once))
    response.headers["Location"] = f"/api/v1/webhooks/{made.id}"
    return MadeWebhook(**_shape(made).model_dump(), secret=secret)


@router.delete("/webhooks/{webhook_id}", summary="Remove a webhook", status_code=204, responses=_NO_SUCH)
def remove(services: App, caller: Caller, webhook_id: WebhookId) -> None:
    services.hooks.remove(caller, webhook_id)


@router.post(
    "/webhooks/{webhook_id}/resume", summary="Try a webhook again now, also one that was stopped", responses=_NO_SUCH
)
def resume(services: App, caller: Caller, webhook_id: WebhookId) -> WebhookShape:
    return _shape(services.hooks.resume(caller, webhook_id))


@router.post("/webhooks/{webhook_id}/pause", summary="Send nothing more until it is resumed", responses=_NO_SUCH)
def pause(services: App, caller: Caller, webhook_id: WebhookId) -> WebhookShape:
    return _shape(services.hooks.pause(caller, webhook_id))


@router.post(
    "/webhooks/{webhook_id}/test",
    summary="Send a message without events soon, also to one that is paused",
    status_code=202,
    responses=_NO_SUCH,
)
def test(services: App, caller: Caller, webhook_id: WebhookId) -> WebhookShape:
    return _shape(services.hooks.test(caller, webhook_id))


@router.post(
    "/webhooks/{webhook_id}/secret", summary="A new secret; the one before signs too for a day", responses=_NO_SUCH
)
def renew_secret(services: App, caller: Caller, webhook_id: WebhookId) -> MadeWebhook:
    renewed, secret = services.hooks.renew_secret(caller, webhook_id)
    return MadeWebhook(**_shape(renewed).model_dump(), secret=secret)


@router.get(
    "/webhooks/{webhook_id}/deliveries", summary="How the last 20 deliveries went, latest first", responses=_NO_SUCH
)
def deliveries(services: App, caller: Caller, webhook_id: WebhookId) -> AttemptList:
    found = services.hooks.attempts(caller, webhook_id)
    return AttemptList(items=[AttemptShape.model_validate(one, from_attributes=True) for one in found])


def _shape(webhook: Webhook) -> WebhookShape:
    return WebhookShape.model_validate(webhook, from_attributes=True)

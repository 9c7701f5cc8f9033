"""Webhooks: being told what happens to reminders instead of asking."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field, StringConstraints

from remindersync.store.webhooks import Scope, Webhook
from web.api.access import App, Caller
from web.api.once import OnceKey, own_id
from web.api.shapes import Moment, Taken
from web.problems import described

# No `OncePerKey`: an answer with a secret is not kept. A repeated request finds its webhook by id.
router = APIRouter(tags=["webhooks"])
WebhookId = Annotated[str, Path(max_length=64, examples=["3f1f0ae6-0000-4000-8000-000000000000"])]
_NO_SUCH = described(HTTPStatus.NOT_FOUND)


class NewWebhook(Taken):
    """Where to send, and of whose reminders: the caller's own, or the whole team's (admins)."""

    url: Annotated[str, StringConstraints(max_length=2000)] = Field(examples=["https://example.com/reminders"])
    scope: Scope = Scope.OWN


class WebhookShape(BaseModel):
    """A webhook and how it fares; `stopped` says why nothing is sent any more."""

    id: str
    url: str
    scope: Scope
    created_at: Moment
    failures: int
    failing_since: Moment | None
    last_answer: str | None
    stopped: str | None


class MadeWebhook(WebhookShape):
    """A new webhook, with the secret that signs what it is sent. It is shown this once."""

    secret: str


class WebhookList(BaseModel):
    items: list[WebhookShape]
    next_cursor: None = None


@router.get("/webhooks", summary="The caller's webhooks; an admin's list has the team's too")
def list_webhooks(services: App, caller: Caller) -> WebhookList:
    return WebhookList(items=[_shape(each) for each in services.hooks.of(caller)])


@router.post("/webhooks", summary="Be told what happens from now on", status_code=201)
def add(services: App, caller: Caller, new: NewWebhook, response: Response, once: OnceKey = None) -> MadeWebhook:
    services.outside.judge(new.url)
    made, secret = services.hooks.add(caller, new.url, new.scope, webhook_id=own_id(caller, once))
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


def _shape(webhook: Webhook) -> WebhookShape:
    return WebhookShape(**{name: getattr(webhook, name) for name in WebhookShape.model_fields})

"""Many reminders in one request, each made or refused by itself."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError

from remindersync.errors import SyncError, UserMistake
from remindersync.store.app_reminders import Changed
from remindersync.store.people import AppUser
from web.api import converting
from web.api.access import App, Caller
from web.api.once import OnceKey, OncePerKey, own_id
from web.api.reminders import wake
from web.api.shapes import Batch, BatchAnswer, BatchAnswers, BatchItem
from web.problems import FieldProblem, Problem, field_problems
from worker.services import Services

router = APIRouter(tags=["reminders"], route_class=OncePerKey)


@router.post("/reminders/batch", summary="Make or replace up to 200 reminders")
def batch(services: App, caller: Caller, sent: Batch, once: OnceKey = None) -> BatchAnswers:
    done: list[Changed] = []
    answers = [_one(services, caller, item, done, own_id(caller, once, place)) for place, item in enumerate(sent.items)]
    wake(services, *done)
    return BatchAnswers(items=answers)


def _one(services: Services, caller: AppUser, sent: Any, done: list[Changed], reminder_id: str | None) -> BatchAnswer:
    try:
        item = BatchItem.model_validate(sent)
        changed = _saved(services, caller, item, reminder_id)
    except ValidationError as error:
        errors = field_problems([{**each, "loc": ("body", *each["loc"])} for each in error.errors()])
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "This item is not valid; errors says why.", errors)
    except UserMistake as mistake:
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(mistake))
    except SyncError:
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "This item was not saved: send it again in a minute.")
    done.append(changed)
    status = HTTPStatus.CREATED if changed.created else HTTPStatus.OK
    return BatchAnswer(
        status=status, reminder=converting.shape(converting.after(services, caller, changed, item.assignee))
    )


def _saved(services: Services, caller: AppUser, item: BatchItem, reminder_id: str | None) -> Changed:
    draft = converting.draft(item)
    if item.external_key is None:
        return services.reminders.create(caller, draft, reminder_id=reminder_id)
    return services.reminders.by_key(caller, item.external_key, draft)


def _problem(status: HTTPStatus, detail: str, errors: list[FieldProblem] | None = None) -> BatchAnswer:
    return BatchAnswer(status=status, problem=Problem(title=status.phrase, status=status, detail=detail, errors=errors))

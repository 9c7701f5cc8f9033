"""Between the API's shapes and the store's values."""

from remindersync.errors import SyncError
from remindersync.model import Person, Reminder
from remindersync.store.app_reminders import Changed, Draft, HistoryEntry
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from remindersync.store.shown import ListedReminder, OpenError, ReminderState, SyncView
from web.api.shapes import (
    Call,
    Campaign,
    HistoryShape,
    NewReminder,
    PersonShape,
    Raw,
    ReminderChanges,
    ReminderShape,
    SyncShape,
)
from worker.services import Services


def draft(new: NewReminder) -> Draft:
    """Return what the store makes a reminder from."""
    campaign, call = new.campaign or Campaign(), new.call or Call()
    return Draft(
        name=new.name,
        type=new.type,
        status=new.status,
        priority=new.priority,
        due_date=new.due_date,
        details=new.details,
        person=_person(new.person),
        campaign_name=campaign.name,
        campaign_day=campaign.day,
        campaign_step=campaign.step,
        call_outcome=call.outcome,
        call_reason=call.reason,
        assignee=new.assignee,
    )


def changes(sent: ReminderChanges) -> dict[str, object]:
    """Return the fields that were sent, as the store names them."""
    given = {name: getattr(sent, name) for name in sent.model_fields_set - {"person", "campaign", "call"}}
    if "person" in sent.model_fields_set:
        given["person"] = _person(sent.person)
    for name, whole in (("campaign", sent.campaign or Campaign()), ("call", sent.call or Call())):
        if name in sent.model_fields_set:
            # Null empties every member; an object only changes those it has.
            members = set(type(whole).model_fields) if getattr(sent, name) is None else whole.model_fields_set
            given |= {f"{name}_{member}": getattr(whole, member) for member in members}
    return given


def shape(listed: ListedReminder) -> ReminderShape:
    """Return a reminder as the API shows it."""
    reminder = listed.reminder
    return ReminderShape(
        id=reminder.id,
        external_key=listed.external_key,
        name=reminder.name,
        type=reminder.type,
        status=reminder.status,
        priority=reminder.priority,
        due_date=reminder.due_date,
        details=reminder.details,
        assignee=listed.assignee_email,
        person=_person_shape(reminder.person),
        campaign=_campaign(reminder),
        call=_call(reminder),
        created_at=reminder.created_at,
        updated_at=reminder.updated_at,
        completed_at=reminder.completed_at,
        deleted_at=reminder.deleted_at,
        version=reminder.version,
        sync=_sync(listed.sync),
        salesforce=None if listed.sync.salesforce is None else Raw(**listed.sync.salesforce),
    )


def after(services: Services, caller: AppUser, changed: Changed, assignee: str | None = None) -> ListedReminder:
    """Return a changed reminder as it is listed now, also where the change gave it to somebody else.

    The change is saved: a database that goes away before it can be read back makes no error of it.
    """
    try:
        return services.reminders.get(caller, changed.reminder.id)
    except (NotFound, SyncError):
        state = ReminderState.PENDING if changed.reminder.shared else ReminderState.LOCAL
        return ListedReminder(changed.reminder, assignee or caller.email, SyncView(state))


def event(entry: HistoryEntry) -> HistoryShape:
    """Return an event of a history as the API shows it."""
    return HistoryShape(
        id=str(entry.id),
        at=entry.at,
        reminder=entry.reminder_id,
        side=entry.side,
        actor=entry.actor,
        login=entry.login,
        field=entry.field,
        old=entry.old,
        new=entry.new,
        kept=entry.kept,
        rule=entry.rule,
        run=entry.run_id,
    )


def explained(error: OpenError | None) -> str | None:
    """Return what keeps a reminder from syncing, in words."""
    return None if error is None else f"{error.meaning} {error.remedy}"


def _person(sent: PersonShape | None) -> Person | None:
    return None if sent is None else Person(sent.name, sent.email, sent.salesforce_id)


def _person_shape(person: Person | None) -> PersonShape | None:
    if person is None:
        return None
    # Not validated: what came from Salesforce may be longer than what is taken in here.
    return PersonShape.model_construct(name=person.name, email=person.email, salesforce_id=person.salesforce_id)


def _campaign(reminder: Reminder) -> Campaign | None:
    name, day, step = reminder.campaign_name, reminder.campaign_day, reminder.campaign_step
    return (
        Campaign.model_construct(name=name, day=day, step=step) if name or day is not None or step is not None else None
    )


def _call(reminder: Reminder) -> Call | None:
    outcome, reason = reminder.call_outcome, reminder.call_reason
    return Call.model_construct(outcome=outcome, reason=reason) if outcome or reason else None


def _sync(view: SyncView) -> SyncShape:
    return SyncShape(state=view.state, salesforce_id=view.salesforce_id, url=view.url, error=explained(view.error))

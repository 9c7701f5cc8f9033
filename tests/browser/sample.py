"""A team at work, for pictures and for what is looked at on every page."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import insert, update

from remindersync.model import Person
from remindersync.salesforce.ids import record_id
from remindersync.store.app_reminders import Draft
from remindersync.store.people import AppUser
from remindersync.store.tables import webhook_attempts, webhooks
from remindersync.store.webhooks import Scope
from tests.browser.stack import Stack, Team
from tests.fixtures.waiting import eventually
from web.pages.words import today_in

_RULE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
ADA, BOB, CHLOE = "Ada Larsen", "Bob Keller", "Chloe Martin"
_HOSTS = ("dialler", "warehouse", "chat")
# By webhook: how many events each delivery held, none for a test, and what came back.
_ANSWERS = (
    ((0, "HTTP 200"), (12, "HTTP 200"), (1, "HTTP 200")),
    ((3, "HTTP 200"), (2, "HTTP 503"), (2, "It gave no answer in 10 seconds.")),
    ((4, "HTTP 200"),),
)
_LEADS = ("Lea Novak", "Sam Okafor", "Priya Raman", "Tom Becker")


def build(stack: Stack) -> Team:
    """Make a team of three whose Ada syncs, has reminders of every kind, a conflict behind her and one error."""
    team = stack.team(ADA, BOB, CHLOE, world=_world)
    there, today = team.there(ADA), today_in("Europe/Berlin", datetime.now(UTC))
    for subject, days, status, priority, lead in _TASKS:
        due = (today + timedelta(days=days)).isoformat() if days is not None else None
        who = {"WhoId": _lead(team.org_id, lead)} if lead is not None else {}
        there.create(Subject=subject, ActivityDate=due, Status=status, Priority=priority, **who)
    ada = team.sync(ADA)
    _work(stack, team, ada, today)
    _programs(stack, team, ada)
    return team


def _programs(stack: Stack, team: Team, ada: AppUser) -> None:
    """Give Ada and the team tokens, and webhooks of which one works, one fails and one is paused."""
    directory, hooks = stack.parts.directory, stack.parts.hooks
    for name in ("Nightly export", "Spreadsheet of the west"):
        directory.user_of_token(directory.issue_token(ada.id, name))
    directory.issue_token(ada.id, "Old laptop")
    directory.issue_team_token(team.name, "Dialler")
    added = [hooks.add(ada, f"https://{host}.example/reminders", Scope.TEAM)[0] for host in _HOSTS]
    for hook, answers in zip(added, _ANSWERS, strict=True):
        for events, answer in answers:
            _delivered(stack, hook.id, events, answer)
    hooks.pause(ada, added[-1].id)


def _delivered(stack: Stack, hook_id: str, events: int, answer: str) -> None:
    """Write down a delivery as if a worker had made it: the addresses are nobody's."""
    taken = answer == "HTTP 200"
    went = {"webhook_id": hook_id, "is_test": not events, "events": events, "taken": taken, "answer": answer}
    again_at = None if taken else datetime.now(UTC) + timedelta(minutes=40)
    fares = {"last_answer": answer, "failures": 0 if taken else 7, "next_attempt_at": again_at}
    with stack.parts.database.begin() as connection:
        connection.execute(insert(webhook_attempts).values(**went, again_at=again_at))
        connection.execute(update(webhooks).where(webhooks.c.id == hook_id).values(fares))


def _work(stack: Stack, team: Team, ada: AppUser, today: date) -> None:
    """Let Ada add and change things here, once in conflict with Salesforce."""
    reminders = stack.parts.reminders
    named = {each.reminder.name: each.reminder for each in reminders.list(ada).items}
    refused = Draft("Send the invoice to procurement", due_date=today + timedelta(days=1))
    stack.sim.door.add_fault("record_error", code=_RULE, where={"Subject": refused.name}, times=None)
    drafts = (
        refused,
        Draft("Ask legal about the renewal clause", due_date=today, priority="high", type="email"),
        Draft("Invite Sam to the webinar", due_date=today + timedelta(days=1), type="inmail"),
        Draft("Prepare the quarterly review", due_date=today + timedelta(days=4), person=Person("Lea Novak")),
        Draft("Hand the Becker account over", due_date=today + timedelta(days=1), assignee=team.email(BOB)),
    )
    with stack.nothing_syncs_for(ada):
        for draft in drafts:
            reminders.create(ada, draft)
        offer = named["Call Lea about the offer"]
        team.there(ADA).update(_task(team, offer.name)["Id"], Subject="Call Lea about the revised offer")
        reminders.edit(ada, offer.id, {"name": "Call Lea about the offer before noon"})
        reminders.complete(ada, named["Thank Priya for the referral"].id)
        reminders.delete(ada, named["Old reminder about the fair"].id)
        stack.parts.send(ada.id)
    eventually(lambda: {draft.name for draft in drafts[1:4]} <= set(team.subjects()))
    eventually(lambda: _is_settled(stack, ada))


def _is_settled(stack: Stack, ada: AppUser) -> bool:
    return {each.sync.state for each in stack.parts.reminders.list(ada).items} <= {"synced", "local", "parked"}


def _task(team: Team, subject: str) -> dict[str, object]:
    return next(task for task in team.tasks() if task["Subject"] == subject)


def _lead(org_id: str, number: int) -> str:
    return record_id(f"00QB{org_id[9:15]}{number:05}")


def _world(org_id: str) -> dict[str, object]:
    owner = record_id(f"005BR{int(org_id[5:15]):08}00")
    return {"leads": [{"Id": _lead(org_id, at), "Name": name, "OwnerId": owner} for at, name in enumerate(_LEADS)]}


# Subject, days from today, status, priority, lead.
_TASKS = (
    ("Send the signed contract to Novak", -3, "Not Started", "High", 0),
    ("Follow up on the demo", -1, "In Progress", "Normal", 1),
    ("Call Lea about the offer", 0, "Not Started", "High", 0),
    ("Check the pricing table with finance", 0, "Waiting on someone else", "Normal", None),
    ("Confirm Thursday’s meeting room", 0, "Not Started", "Low", None),
    ("Send Priya the case study", 1, "Not Started", "Normal", 2),
    ("Review the security questionnaire", 1, "Deferred", "High", 3),
    ("Renewal: Becker GmbH, 40 seats", 6, "Not Started", "Normal", 3),
    ("Plan the visit to Gothenburg", 12, "Not Started", "Normal", None),
    ("Update the account plan", None, "Not Started", "Normal", None),
    ("Thank Priya for the referral", 0, "Not Started", "Normal", 2),
    ("Old reminder about the fair", -30, "Not Started", "Low", None),
)

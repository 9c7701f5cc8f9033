"""A whole pipeline at DEBUG, with imports, edits, refusals, a refresh and a lost login: what comes out names nobody's secret.

Searched is all that leaves the process or lies somewhere: logs as text and as JSON, traces, every key of Redis with its
messages opened, Flower, the commands' output, and every column of the database (SAFE-2).
"""

from contextlib import ExitStack

import pytest

from orgsim.sessions import DEFAULT_CLIENT_SECRET
from remindersync.model import Outcome
from remindersync.store.app_reminders import Draft
from tasks import names
from tests.diagnostics.house import KEYS, open_house
from tests.fixtures.salesforce import ADA, BEN, USERNAMES
from tests.fixtures.waiting import eventually

pytestmark = pytest.mark.processes

# What people wrote, each word found nowhere else.
WORDS = ("Okapi", "Quokka", "Numbat", "Zorilla", "Tapir", "Axolotl")
COMMANDS = (
    ["status"], ["status", "--json"], ["users", "list"], ["teams", "list", "--json"], ["db", "status"], ["doctor"],
    ["diagnostics", "list"], ["diagnostics", "list", "--each"], ["keys", "rotate"],
)  # fmt: skip
# Whoever asks for these asks to see records.
SHOW_RECORDS = (["audit", "--json"], ["diagnostics", "export"])


@pytest.fixture
def house(postgres_url, tmp_path):
    with open_house(postgres_url, tmp_path) as house:
        yield house


def test_no_token_leaves_the_vault_and_no_word_of_peoples_leaves_their_records(house):
    ada, ben = house.join(ADA), house.join(BEN)
    house.remember_tokens(ada, ben)
    with ExitStack() as processes:
        workers = ["worker", "--pool=threads", "--concurrency=2", "--without-mingle", "--without-gossip", "--events"]
        flower = ["flower", "--conf=worker/flowerconfig.py"]
        processes.enter_context(house.process("flower", *flower, LOG_FORMAT="text"))
        eventually(house.flower_answers)
        for form, queues in (("json", "interactive"), ("text", "sync,bulk")):
            arguments = (*workers, f"--queues={queues}", f"--hostname={form}@here")
            processes.enter_context(house.process(form, *arguments, LOG_FORMAT=form))
        eventually(lambda: len(house.app.control.inspect(timeout=1).ping() or {}) == 2)
        live(house, ada, ben)
        shown = {"flower": house.flower(), "redis": house.redis_dump()}
        for command in (*COMMANDS, *SHOW_RECORDS):
            shown[" ".join(command)] = house.command(*command)
    for user in (ada, ben):
        # Nobody takes these any more, so they lie in their queues.
        house.dispatcher.send(user.id)
    shown |= {"messages": house.redis_dump(), **{name: house.log(name) for name in ("json", "text", "flower")}}
    # Each worker has sent what it had left when it ended.
    shown["traces"] = house.collector.text
    look_for_secrets(house, shown)


def live(house, ada, ben):
    """Let happen what may quote a secret: imports, edits, refusals of all kinds, a refresh, a lost login."""
    house.sim.door.as_user(USERNAMES[ADA]).create(Subject="Okapi subject", Description="Quokka comment")
    house.reminders.create(ada, Draft("Zorilla name", details="Numbat details"))
    house.run(ada, until=Outcome.DONE)
    quoting = {"where": {"Subject": "Axolotl"}, "message": "Axolotl: value too long", "code": "STRING_TOO_LONG"}
    house.sim.door.add_fault("record_error", times=None, **quoting)
    house.reminders.create(ada, Draft("Axolotl", person=None, details="Tapir details"))
    house.run(ada, until=Outcome.DONE)
    for trouble in (
        {"action": "error", "code": "MALFORMED_QUERY", "message": "Okapi: unexpected token", "path": "queryAll"},
        {"action": "html", "path": "queryAll"},
        {"action": "cut", "path": "queryAll"},
    ):
        house.sim.door.add_fault(**trouble, times=1)
        eventually(lambda: house.meets_trouble(ada), pause_seconds=0.3)
    house.run(ada, until=Outcome.DONE)
    house.sim.door.end_sessions(USERNAMES[ADA])
    house.run(ada, until=Outcome.DONE)
    house.remember_tokens(ada)
    house.sim.door.end_sessions(USERNAMES[BEN], refresh_tokens=True)
    house.run(ben, until=Outcome.RECONNECT)
    # A job that meets what nobody foresaw, and what quotes people.
    house.app.send_task(names.SYNC_USER, args=("Okapi is no user", 1), queue=names.SYNC, argsrepr="()")
    eventually(lambda: "sync_user stopped" in house.log("text") + house.log("json"))


def look_for_secrets(house, shown):
    secrets = house.tokens | {DEFAULT_CLIENT_SECRET, *KEYS.values()}
    assert len(house.tokens) >= 5
    for where, what in shown.items():
        assert what, where
        assert not [secret for secret in secrets if secret in what], where
        # What is no argument of ours is what the test itself sent.
        wrote = [word for word in WORDS if word in what.replace("Okapi is no user", "")]
        assert not wrote or where.split() in SHOW_RECORDS, where
    for column, stored in house.columns().items():
        assert not [secret for secret in secrets if secret in stored], column
    told = house.columns()
    for column in (("run_state", "last_error"), ("runs", "error"), ("teams", "settings")):
        assert not [word for word in WORDS if word in told[column]], column
    # The test looks where there is something to find.
    assert "Okapi" in told["links", "base"]
    assert '"event": "synced"' in shown["json"]
    assert "INFO synced" in shown["text"]
    assert "DEBUG" in shown["text"] + shown["json"]
    assert "user=ada@acme.example" in shown["messages"] + shown["flower"]
    assert "salesforce PATCH composite/sobjects" in shown["traces"]
    # Traces name people by ids alone.
    assert not [email for email in USERNAMES.values() if email in shown["traces"]]

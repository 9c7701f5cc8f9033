"""Whoever looks on is told each step of a run by kinds, ids and counts, and never what people wrote."""

from contextlib import contextmanager

from remindersync.engine import Engine
from remindersync.errors import SalesforceRefused
from remindersync.model import Outcome
from remindersync.org_feed import OrgFeed, Parts
from remindersync.pace import FeedPace
from remindersync.salesforce.faults import fault
from tests.fixtures.world import ADA, World


class Onlooker:
    """Keeps the works it saw, each as a path of names, with what was told of it."""

    def __init__(self):
        self.under_way, self.seen, self.failed = [], [], {}

    @contextmanager
    def during(self, work, **facts):
        self.under_way.append((work, dict(facts)))
        self.seen.append((" > ".join(name for name, _ in self.under_way), self.under_way[-1][1]))
        try:
            yield
        finally:
            self.under_way.pop()

    def note(self, **facts):
        self.under_way[-1][1].update(facts)

    def fail(self, code):
        self.failed[self.under_way[-1][0]] = code

    @property
    def works(self):
        return [work for work, _ in self.seen]

    def all(self, work):
        return [facts for name, facts in self.seen if name == work]

    def facts(self, work):
        return self.all(work)[0]


def watched():
    world, onlooker = World(), Onlooker()
    world.engine = Engine(world.store, world.org.connect, world.locks, world.clock, watch=onlooker)
    return world, onlooker


def test_an_edit_is_told_as_reading_planning_and_sending():
    world, onlooker = watched()
    world.sync("ada")
    world.add("Visit the Byrons")
    onlooker.seen.clear()
    world.sync("ada")
    assert onlooker.works == ["run", "run > pull staged", "run > pull changes", "run > plan", "run > send"]
    run = onlooker.facts("run")
    assert {name: run[name] for name in ("user", "outcome", "created_there")} == {
        "user": "ada", "outcome": "done", "created_there": 1
    }  # fmt: skip
    assert {"run", "kind", "calls"} <= set(run)
    assert onlooker.facts("run > plan") == {"pairs": 1, "here": 0, "there": 1, "held": 0}
    assert onlooker.facts("run > send") == {"actions": 1, "all": True, "moved": 0}
    assert "Byrons" not in repr(onlooker.seen)
    assert onlooker.failed == {}


def test_what_comes_in_is_told_as_applied():
    world, onlooker = watched()
    world.org.create(ADA, Subject="Visit the Byrons")
    world.sync("ada")
    # By date, without a date, and what stays out.
    assert onlooker.all("run > pull first page") == [{"pairs": 0}, {"pairs": 1}, {"pairs": 0}]
    assert {"actions": 1} in onlooker.all("run > apply")
    assert onlooker.facts("run")["created_here"] == 1
    assert "Byrons" not in repr(onlooker.seen)


def test_a_run_that_ends_in_trouble_is_told_by_its_outcome():
    world, onlooker = watched()

    def refuse(user, *, background):
        raise SalesforceRefused(fault("SERVER_UNAVAILABLE", "Visit the Byrons"))

    world.engine = Engine(world.store, refuse, world.locks, world.clock, watch=onlooker)
    world.sync("ada")
    assert onlooker.facts("run")["outcome"] == "retry"
    assert onlooker.failed == {"run": "retry"}


def test_a_reading_of_an_org_is_told_too():
    world, onlooker = watched()
    world.locks.acquire("org:team")
    pace = FeedPace(15, 900)
    feed = OrgFeed(Parts(None, None, world.locks, world.clock, pace, watch=onlooker))
    assert feed.read("team").outcome is Outcome.BUSY
    assert onlooker.seen == [("read org", {"team": "team", "outcome": "busy", "rows": 0, "calls": 0})]

"""What Salesforce refuses for now is tried again ever later; what spoils a call is found, and its size remembered."""

from contextlib import contextmanager
from datetime import timedelta
from statistics import mean

import pytest

from remindersync.errors import Category, Destiny, Fault
from remindersync.memory.salesforce import refused
from remindersync.send import backoff
from tests.fixtures.world import ADA, ORG, World

LOCKED = Fault("UNABLE_TO_LOCK_ROW", "", Category.INTERMITTENT, "Locked.", "Wait.", Destiny.RETRY)
BUSY = Fault("TOO_MANY_APEX_REQUESTS", "", Category.INTERMITTENT, "Busy.", "Wait.", Destiny.RETRY)
TOO_LARGE = Fault("OPERATION_TOO_LARGE", "", Category.ACCESS, "Too much.", "Less.", Destiny.PARK)


@pytest.fixture
def world():
    world = World()
    world.sync("ada")
    return world


# ── Records ─────────────────────────────────────────────────────────────────────────────────────────────────


def rests(code):
    """The middle rest after each refusal in a row, of many records."""
    return [
        mean(backoff.rest(code, refusals, f"r{record}").total_seconds() for record in range(400))
        for refusals in range(12)
    ]


def test_rests_double_up_to_an_hour():
    wanted = [30 * 2**refusals for refusals in range(7)] + [3600] * 5
    assert rests("TOO_MANY_APEX_REQUESTS") == pytest.approx(wanted, rel=0.1)


def test_a_locked_row_is_tried_quickly_first_and_then_like_any_other():
    assert rests("UNABLE_TO_LOCK_ROW") == pytest.approx([2, 4, 8, *rests("OTHER")[3:]], rel=0.1)


def test_records_that_were_refused_together_are_not_tried_together():
    tries = {backoff.rest("OTHER", 3, f"r{record}") for record in range(200)}
    assert len(tries) == 200
    assert timedelta(seconds=120) <= min(tries) < max(tries) <= timedelta(seconds=360)


def test_a_record_refused_for_now_rests_longer_each_time_and_is_forgiven_once_it_goes_through(world):
    task = world.org.create(ADA, Subject="Call")
    world.sync("ada")
    reminder = world.reminder("Call").id
    world.store.edit(reminder, details="ours")
    world.org.refuse[task] = BUSY
    waited = []
    for refusals in range(1, 5):
        world.clock.at = max(world.clock.at, world.reminder("Call").hold_until or world.clock.at)
        world.sync("ada")
        assert world.reminder("Call").refusals == refusals
        waited.append((world.reminder("Call").hold_until - world.clock.now()).total_seconds())
        calls = world.org.calls
        world.sync("ada")
        assert world.org.calls == calls + 1
    assert waited[3] > waited[0]
    world.org.refuse.clear()
    world.clock.advance(600)
    world.sync("ada")
    assert world.org.tasks[task].values["Description"] == "ours"
    assert world.reminder("Call").refusals == 0
    assert world.store.open_faults() == []


def test_an_edit_by_a_person_ends_the_rest(world):
    task = world.org.create(ADA, Subject="Call")
    world.sync("ada")
    reminder = world.reminder("Call").id
    world.org.refuse[task] = BUSY
    world.store.edit(reminder, details="ours")
    world.sync("ada")
    world.org.refuse.clear()
    world.store.edit(reminder, details="ours, again")
    assert (world.reminder("Call").hold_until, world.reminder("Call").refusals) == (None, 0)
    world.sync("ada")
    assert world.org.tasks[task].values["Description"] == "ours, again"


# ── Whole calls ─────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def calls(world, name):
    """Note how many records each call of a kind carries."""
    sizes, session = [], world.org.connect

    def connect(user, *, background):
        seen = session(user, background=background)
        real = getattr(seen, name)
        setattr(seen, name, lambda writes: (sizes.append(len(writes)), real(writes))[1])
        return seen

    world.engine._connect = connect
    yield sizes
    world.engine._connect = session


def add(world, count, name="n"):
    for number in range(count):
        world.add(f"{name}{number}")


def test_an_error_that_automation_gives_all_records_is_about_the_call_and_its_size_is_remembered(world):
    world.org.most = 50
    add(world, 200)
    with calls(world, "create") as sizes:
        report = world.sync("ada")
    assert (report.counts.created_there, report.counts.parked) == (200, 0)
    assert sizes[:3] == [200, 1, 1]
    with calls(world, "create") as sizes:
        add(world, 100, "more")
        world.sync("ada")
    assert max(sizes) <= 50
    assert sum(sizes) == 100
    assert world.store.open_faults() == []


def test_the_size_grows_back_when_what_was_in_the_way_is_gone(world):
    world.org.most = 50
    add(world, 200)
    world.sync("ada")
    world.org.most = None
    for hours, most in ((1, 100), (2, 200)):
        world.clock.advance(3600)
        with calls(world, "create") as sizes:
            add(world, 200, f"{hours} h ")
            world.sync("ada")
            world.sync("ada")
        assert most / 2 < max(sizes) <= most


def test_an_error_that_each_record_has_for_itself_costs_two_more_calls_and_no_size(world):
    rule = Fault("FIELD_CUSTOM_VALIDATION_EXCEPTION", "no", Category.ACCESS, "A rule.", "Meet it.", Destiny.PARK)
    for number in range(40):
        world.org.refuse[f"n{number}"] = rule
    add(world, 40)
    with calls(world, "create") as sizes:
        report = world.sync("ada")
    assert (sizes, report.counts.parked) == ([40, 1, 1], 40)
    assert world.store.state.batches == {}
    assert world.sync("ada").counts.parked == 0


def test_one_record_that_spoils_every_call_it_is_in_is_found_and_no_size_is_remembered(world):
    add(world, 64)
    bad = "n17"
    session = world.org.connect

    def connect(user, *, background):
        seen = session(user, background=background)
        real = seen.create

        def create(writes):
            if any(one.values["Subject"] == bad for one in writes):
                refused(TOO_LARGE)()
            return real(writes)

        seen.create = create
        return seen

    world.engine._connect = connect
    report = world.sync("ada")
    assert (report.counts.created_there, report.counts.parked) == (63, 1)
    assert world.reminder(bad).parked_version == 1
    assert world.store.state.batches == {}


def test_a_whole_call_refused_for_its_size_is_halved_and_the_size_is_the_orgs(world):
    add(world, 64)
    session = world.org.connect

    def connect(user, *, background):
        seen = session(user, background=background)
        real = seen.create
        seen.create = lambda writes: refused(TOO_LARGE)() if len(writes) > 20 else real(writes)
        return seen

    world.engine._connect = connect
    assert world.sync("ada").counts.created_there == 64
    assert world.store.state.batches[ORG].size == 16


def test_a_state_of_the_whole_org_is_not_split(world):
    add(world, 64)
    world.org.before = refused(BUSY)
    calls_before = world.org.calls
    world.sync("ada")
    assert world.org.calls - calls_before == 2
    assert world.store.state.batches == {}


# ── Turns ───────────────────────────────────────────────────────────────────────────────────────────────────


class Turns:
    """Turns that note how many parents each was taken at; those of the one numbered `kept` are others'."""

    def __init__(self, kept=None):
        self.taken, self._kept, self._held = [], kept, False

    @contextmanager
    def take(self, org_id, parents, *, wait_seconds):
        assert not self._held, "who holds a turn waits for another: two such callers may wait for each other"
        self.taken.append(len(parents))
        self._held = True
        yield len(self.taken) - 1 != self._kept
        self._held = False


@pytest.fixture
def edited(world):
    """Eight reminders about a person each, edited here, in an org whose automation takes three records a call."""
    for number in range(8):
        world.org.create(ADA, Subject=f"n{number}", WhoId=f"00300000000000{number}AAA")
    world.sync("ada")
    for number in range(8):
        world.store.edit(world.reminder(f"n{number}").id, details="ours")
    world.org.most = 3
    return world


def ours(world):
    return sum(one.values.get("Description") == "ours" for one in world.org.live())


def test_each_call_of_a_batch_that_is_split_has_a_turn_of_its_own_at_its_own_parents(edited, monkeypatch):
    monkeypatch.setattr("remindersync.send.batches.CHECKED_UPDATES", 0)
    edited.engine._turns = Turns()
    with calls(edited, "update") as sizes:
        edited.sync("ada")
    assert ours(edited) == 8
    assert len(sizes) > 3
    assert edited.engine._turns.taken == sizes


def test_a_split_that_waits_for_a_turn_in_vain_judges_nothing_and_goes_on_in_the_next_run(edited, monkeypatch):
    monkeypatch.setattr("remindersync.send.batches.CHECKED_UPDATES", 0)
    edited.engine._turns = Turns(kept=1)
    report = edited.sync("ada")
    assert (ours(edited), report.counts.parked, edited.store.state.batches) == (0, 0, {})
    assert len(edited.engine._turns.taken) == 2
    edited.engine._turns = Turns()
    edited.sync("ada")
    assert ours(edited) == 8

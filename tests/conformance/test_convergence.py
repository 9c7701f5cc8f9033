"""Convergence with counted operations: what both sides cost, call by call, and that a third run writes nothing."""

from math import ceil

import pytest

from remindersync.model import Outcome

BATCH = 200
SIZES = [4, pytest.param(450, marks=pytest.mark.full)]


def calls_of(scene):
    """The calls a run makes, by name and how often."""
    scene.hooks.calls.clear()
    with scene.cost() as cost:
        assert [one.outcome for one in scene.run() if one.outcome is not Outcome.MORE] == [Outcome.DONE]
    made = {name: scene.hooks.calls.count(name) for name in dict.fromkeys(scene.hooks.calls)}
    return made, cost


@pytest.mark.parametrize("n", SIZES)
def test_both_sides_converge_with_counted_operations(scene, n):
    matched = [scene.create(Subject=f"matched {number}") for number in range(3 * n)]
    scene.run()
    pairs = [(scene.reminder_of(task), task) for task in matched]

    here = [scene.add(f"only here {number}") for number in range(n)]
    there = [scene.create(Subject=f"only there {number}") for number in range(n)]
    made, cost = calls_of(scene)
    slices = ceil(n / BATCH)
    assert (made["changed"], made["create"]) == (slices, slices)
    assert set(made) == {"changed", "create"}
    assert (cost.writes_here, cost.created_there, cost.updated_there, cost.deleted_there) == (n, n, 0, 0)
    pairs += [(one, scene.task_of(one)) for one in here] + [(scene.reminder_of(one), one) for one in there]
    assert len(pairs) == len(scene.live()) == len(scene.reminders()) == 5 * n

    # More than 25 that were saved in the last ten minutes would go 25 a call, each on a condition.
    scene.wait(601)
    scene.run()
    groups = [pairs[start::5] for start in range(5)]
    for reminder, _ in groups[0]:
        scene.change(reminder, details="edited here")
    for _, task in groups[1]:
        scene.edit(task, Priority="High")
    for reminder, _ in groups[2]:
        scene.bin(reminder)
    for _, task in groups[3]:
        scene.delete(task)
    made, cost = calls_of(scene)
    # A slice takes 200 of the 2n edits made here, and what was made there comes along: one read, one call each way.
    assert made == dict.fromkeys(("changed", "update", "delete"), ceil(2 * n / BATCH))
    assert cost.calls == sum(made.values())
    assert (cost.created_there, cost.updated_there, cost.deleted_there) == (0, n, n)
    assert cost.writes_here == 2 * n

    scene.wait(3)
    scene.quiet()
    assert {scene.task(task)["Description"] for _, task in groups[0]} == {"edited here"}
    assert {scene.reminder(reminder).priority for reminder, _ in groups[1]} == {"high"}
    assert all(scene.task(task)["IsDeleted"] for _, task in groups[2])
    assert all(scene.reminder(reminder).deleted_at for reminder, _ in groups[3])
    assert len(scene.live()) == len(scene.reminders()) == 3 * n


def test_the_transactions_of_a_run_do_not_grow_with_what_it_does(scene):
    costs = []
    for number in (1, 20):
        for one in range(number):
            scene.add(f"ours {number} {one}")
            scene.create(Subject=f"theirs {number} {one}")
        with scene.cost() as cost:
            scene.run()
        assert (cost.writes_here, cost.created_there, cost.calls) == (number, number, 2)
        costs.append(cost.transactions)
    assert costs[0] == costs[1]


def test_the_statements_of_a_run_do_not_grow_with_what_it_does(on_pipeline):
    scene = on_pipeline
    scene.pair(Subject="theirs")

    def statements():
        with scene.changes() as changed:
            scene.run()
        return len(changed)

    def counted(number):
        """Import, change there, create, change here and delete so many; return what each took."""
        tasks = [scene.create(Subject=f"theirs {number} {one}") for one in range(number)]
        yield statements()
        for task in tasks:
            scene.edit(task, Priority="High")
        yield statements()
        ours = [scene.add(f"ours {number} {one}") for one in range(number)]
        yield statements()
        for task in tasks:
            scene.delete(task)
        yield statements()
        for act in (lambda one: scene.change(one, details="edited here"), scene.bin):
            # Only then they go in one call, rather than 25 or fewer at a time on conditions.
            scene.wait(601)
            scene.run()
            for reminder in ours:
                act(reminder)
            yield statements()

    assert list(counted(2)) == list(counted(30))


def test_sync_6_the_bookkeeping_of_a_run_that_finds_nothing_is_two_statements(on_pipeline):
    scene = on_pipeline
    scene.pair(Subject="theirs")
    scene.pair_from_here("ours")
    scene.quiet()
    scene.wait(5)
    claim = scene.claim("ada")
    with scene.changes() as changed:
        assert scene.deliver("ada", claim).outcome is Outcome.DONE
    assert len(changed) == 2, changed
    scene.add("Call")
    with scene.changes() as changed:
        scene.run()
    assert len(changed) > 2

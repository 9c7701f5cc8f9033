"""Diamond and metamorphic: other orders, sizes and rhythms of the same doings leave the same state. In memory."""

from contextlib import contextmanager
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from remindersync.ports import Page
from remindersync.pull import first, linked, reading
from remindersync.send import batches as batching
from tests.conformance.histories import HISTORIES, OPS, Give, Op, Run, after, left, world
from tests.conformance.scene import ORG

EXAMPLES = {"quick": 60, "full": 600}
sizes = pytest.mark.parametrize("size", ["quick", pytest.param("full", marks=pytest.mark.full)])


def over(strategy, examples):
    """Return a decorator that tries so many examples, always the same."""

    def decorate(check):
        bound = settings(
            max_examples=examples,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        return bound(given(strategy)(check))

    return decorate


def test_two_field_operations_on_the_two_sides_commute():
    """The diamond, in 1,100 cases: whichever of two edits of one moment comes first, and whoever runs first."""

    @over(st.tuples(OPS, OPS, st.booleans()), 1100)
    @example((Op(here=True, pair=0, field="name", value=1), Op(here=False, pair=0, field="name", value=2), False))
    def check(case):
        one, other, turned = case
        here, there = replace(one, here=True), replace(other, here=False)
        assert after([here, there, Run(turned=False)]) == after([there, here, Run(turned=turned)])

    check()


@sizes
def test_edits_of_different_fields_commute_with_a_run_between(size):
    @over(st.tuples(OPS, OPS), EXAMPLES[size])
    def check(case):
        one, other = case
        if (one.pair, one.field) != (other.pair, other.field):
            assert after([one, Run(), other, Run()]) == after([other, Run(), one, Run()])

    check()


@contextmanager
def batches(size):
    """Let runs read, send and re-read so many records at a time."""
    kept = {(module, name): getattr(module, name) for module, name in _SIZES}
    for module, name in kept:
        setattr(module, name, size)
    try:
        yield
    finally:
        for (module, name), value in kept.items():
            setattr(module, name, value)


_SIZES = ((batching, "BATCH"), (reading, "PAGE_ROWS"), (first, "FIRST_PAGE_ROWS"), (linked, "REREAD_ROWS"))


@sizes
def test_the_size_of_batches_and_pages_does_not_matter(size):
    @over(HISTORIES, EXAMPLES[size])
    def check(history):
        states = []
        for records in (1, 3, 200):
            scene, pairs = world()
            with batches(records):
                for step in history:
                    step.do(scene, pairs)
            states.append(left(scene, pairs))
        assert states == [after(history)] * 3

    check()


@sizes
def test_the_order_of_the_users_runs_does_not_matter(size):
    @over(HISTORIES.filter(lambda steps: not any(isinstance(one, Give) for one in steps)), EXAMPLES[size])
    def check(history):
        turned = [replace(one, turned=not one.turned) if isinstance(one, Run) else one for one in history]
        assert after(turned) == after(history)

    check()


@sizes
def test_the_order_of_rows_does_not_matter(size):
    @over(st.tuples(HISTORIES, st.randoms(use_true_random=False)), EXAMPLES[size])
    def check(case):
        history, random = case
        scene, pairs = world()
        scene.hooks.shown = lambda page: _shuffled(page, random)
        for step in history:
            step.do(scene, pairs)
        assert left(scene, pairs) == after(history)

    check()


def _shuffled(page: Page, random: Random) -> Page:
    rows = list(page.tasks)
    if not page.more:  # where more is to come, the last row is where it goes on
        random.shuffle(rows)
    return replace(page, tasks=tuple(rows))


@sizes
def test_whether_the_feed_reads_or_each_user_does_not_matter(size):
    @over(HISTORIES, EXAMPLES[size])
    def check(history):
        scene, pairs = world()
        scene.feed()
        run = scene.run
        scene.run = lambda person="ada": (scene.tick(), run(person))[1]
        for step in history:
            step.do(scene, pairs)
        scene.wait(700)
        scene.settle()
        assert scene.store.state.feeds[ORG].trusted
        # From here on each asks for themselves again, and finds nothing that the feed did not bring.
        scene.run = run
        scene.store.state.feeds.clear()
        with scene.cost() as cost:
            found = left(scene, pairs)
        assert cost.nothing
        assert found == after(history)

    check()


@sizes
def test_messages_that_come_again_do_not_matter(size):
    @over(HISTORIES, EXAMPLES[size])
    def check(history):
        usual = after(history)
        scene, pairs = world()
        deliver = scene.deliver

        def twice(person, claim):
            report = deliver(person, claim)
            deliver(person, claim)
            return report

        scene.deliver = twice
        for step in history:
            step.do(scene, pairs)
        assert left(scene, pairs) == usual

    check()


@sizes
def test_which_of_two_users_is_which_does_not_matter(size):
    @over(HISTORIES, EXAMPLES[size])
    def check(history):
        assert [_swapped(one) for one in after([_other(step) for step in history])] == _paired(after(history))

    check()


def _other(step):
    """The same step of the other person: pair 0 is Ada's and 1 Bob's, and so on."""
    if isinstance(step, Run):
        return replace(step, turned=not step.turned)
    other = {"ada": "bob", "bob": "ada"}
    return replace(step, pair=step.pair ^ 1, **({"to": other[step.to]} if isinstance(step, Give) else {}))


def _swapped(one):
    return one if one is True else _without_names(one)


def _paired(state):
    return [_swapped(state[number ^ 1]) for number in range(len(state))]


def _without_names(one):
    """What is left of a pair, without its first name and its owner: those are not the other's."""
    values, shown, _ = one
    names = {"name", "Subject"}
    untouched = str(values["name"]).startswith("pair")
    return tuple(
        {name: None if untouched and name in names else value for name, value in side.items()}
        for side in (values, shown)
    )


@sizes
def test_the_same_history_gives_the_same_trace(size):
    @over(HISTORIES, EXAMPLES[size] // 2)
    def check(history):
        traces = []
        for _ in range(2):
            scene, pairs = world()
            with scene.cost() as cost:
                for step in history:
                    step.do(scene, pairs)
            traces.append((scene.hooks.calls, scene.hooks.transactions, cost, left(scene, pairs)))
        assert traces[0] == traces[1]

    check()


# ── Histories in which no field is edited on both sides between two runs ──


def _calm(history):
    """Leave out what would be a conflict: an edit of a field of a pair that the other side touched since the last run."""
    touched = {}
    for step in history:
        if isinstance(step, Run):
            touched.clear()
        else:
            here = getattr(step, "here", False)
            field = getattr(step, "field", "all of it")
            sides = [side for (pair, name), side in touched.items() if pair == step.pair and _meet(name, field)]
            if any(side != here for side in sides):
                continue
            touched[step.pair, field] = here
        yield step


def _meet(one, other):
    return one == other or "all of it" in (one, other)


CALM = HISTORIES.map(lambda history: list(_calm(history)))


@sizes
def test_without_conflicts_the_rhythm_does_not_matter(size):
    @over(CALM, EXAMPLES[size])
    def check(history):
        often = [more for step in history for more in ((step,) if isinstance(step, Run) else (step, Run(30)))]
        assert after(often) == after(history)

    check()


@sizes
def test_without_conflicts_saves_that_change_nothing_do_not_matter(size):
    @over(CALM, EXAMPLES[size])
    def check(history):
        scene, pairs = world()
        for step in history:
            step.do(scene, pairs)
            for _, task in pairs:
                if not scene.task(task)["IsDeleted"]:
                    scene.edit(task)
        assert left(scene, pairs) == after(history)

    check()

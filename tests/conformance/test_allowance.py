"""SYNC-2: polls stretch as the org's allowance runs down."""

DAY = 86_400


def polled_for_a_day(scene):
    """Run both whenever they are due for a virtual day; return how often each ran."""
    due, now, runs = {"ada": 0.0, "bob": 0.0}, 0.0, {"ada": 0, "bob": 0}
    while min(due.values()) < DAY:
        person = min(due, key=due.__getitem__)
        scene.wait(max(due[person] - now, 0))
        now = due[person]
        scene.slice(person)
        runs[person] += 1
        due[person] = now + max(scene.rest(person), 1)
    return runs


def test_sync_2_all_polls_of_a_day_fit_into_the_calls_that_are_left(scene):
    scene.pair(Subject="Call")
    scene.allow(120)
    with scene.cost() as cost:
        runs = polled_for_a_day(scene)
    assert cost.calls <= 120
    assert min(runs.values()) > 10  # who gets nothing read is not kept in step
    assert max(runs.values()) < 2 * min(runs.values())


def test_sync_2_a_user_is_polled_as_often_as_was_set_while_calls_are_plenty(scene):
    scene.allow(100_000)
    scene.add("Call")
    scene.run()
    assert scene.rest("ada") < 20


def test_sync_2_an_edit_is_sent_at_once_however_far_polls_are_stretched(scene):
    scene.allow(20)
    scene.run()
    assert scene.rest("ada") > 3600
    reminder = scene.add("Call")
    assert scene.rest("ada") <= 0
    scene.run()
    assert scene.task_of(reminder) in scene.live()

"""ONCE-1, the last moment: our own late write is written over, and that is owed until it is saved."""

from contextlib import suppress

import pytest

from remindersync.errors import Category, Destiny, Fault, SalesforceRefused
from tests.conformance.hooks import TRANSACTION, Killed

MINUTE = 60


@pytest.fixture(params=[False, True], ids=["asked", "fed"])
def synced(request, scene):
    """A pair whose first write lands, late, only when its announcement is about to be settled; its second is saved."""
    reminder, task = scene.pair(Subject="Call")
    if request.param:
        scene.feed()
    scene.change(reminder, name="first thought")
    scene.lose(saved=False)
    scene.run()
    scene.change(reminder, name="second thought")
    scene.run()
    scene.wait(580)
    scene.edit(task, Subject="first thought")
    scene.wait(30)
    if request.param:
        scene.tick()
    return reminder, task


_FOR_NOW = Fault("SERVER_UNAVAILABLE", "", Category.OTHER, "Salesforce is busy.", "Wait.", Destiny.RETRY)


def _refused(scene):
    def refuse():
        raise SalesforceRefused(_FOR_NOW)

    scene.hooks.once(refuse, at=("update",))
    scene.run()


def _cut_off(scene):
    """End the process once the old announcement is settled, before the write over it is announced."""

    def end(name):
        if name == TRANSACTION and scene.open_intents() == 0:
            scene.hooks.reset()
            raise Killed

    scene.hooks.before = end
    with suppress(Killed):
        scene.run()


@pytest.mark.parametrize("trouble", [_refused, _cut_off])
def test_once_1_a_write_over_our_own_late_write_is_owed_until_it_is_saved(scene, synced, trouble):
    reminder, task = synced
    trouble(scene)
    assert (scene.task(task)["Subject"], scene.open_intents()) == ("first thought", 0)
    # Before the sweep shows the row once more; to who is served by the feed it never does.
    scene.wait(5 * MINUTE)
    scene.run()
    assert scene.reminder(reminder).name == scene.task(task)["Subject"] == "second thought"

"""Who reaches a reminder, and that to everybody else there is none."""

import pytest
from sqlalchemy import update

from remindersync.store.app_reminders import Draft, NotFound
from remindersync.store.tables import users
from tests.integration.app_store.drafts import NOBODY

CHANGES = {
    "get": [],
    "history": [],
    "edit": [{"name": "Write"}],
    "complete": [],
    "reopen": [],
    "delete": [],
    "restore": [],
    "push": [],
}


class TestReach:
    @pytest.mark.parametrize("call", CHANGES)
    def test_what_is_somebody_elses_looks_as_if_it_were_not_there(self, app, ada, bob, stranger, call):
        reminder = app.create(ada, Draft("Call")).reminder
        told_of_nothing = set()
        for actor, reminder_id in [(bob, reminder.id), (stranger, reminder.id), (ada, NOBODY), (ada, "x"), (ada, "\0")]:
            with pytest.raises(NotFound) as caught:
                getattr(app, call)(actor, reminder_id, *CHANGES[call])
            told_of_nothing.add(str(caught.value))
        assert told_of_nothing == {"There is no such reminder."}
        assert app.get(ada, reminder.id).reminder == reminder

    @pytest.mark.parametrize("who", ["ada", "chief"])
    def test_an_owner_and_an_admin_of_the_team_reach_it(self, app, ada, who, request):
        actor = request.getfixturevalue(who)
        reminder = app.create(ada, Draft("Call")).reminder
        assert app.get(actor, reminder.id).reminder == reminder
        assert app.edit(actor, reminder.id, {"name": "Write"}).reminder.name == "Write"
        assert len(app.history(actor, reminder.id)) == 2

    def test_who_is_about_to_own_it_reaches_it(self, app, syncing_ada, syncing_bob, shared, link):
        link(shared)
        app.edit(syncing_ada, shared.id, {"assignee": syncing_bob.email})
        assert app.edit(syncing_bob, shared.id, {"name": "Write"}).due_user_id == syncing_ada.id

    def test_an_admin_who_moved_to_another_team_reaches_it_no_more(
        self, app, database, directory, ada, chief, stranger
    ):
        reminder = app.create(ada, Draft("Call")).reminder
        with database.begin() as connection:
            connection.execute(update(users).where(users.c.id == chief.id).values(team_id=stranger.team_id))
        with pytest.raises(NotFound):
            app.get(directory.user_by_id(chief.id), reminder.id)

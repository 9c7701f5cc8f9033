"""A reminder that stayed local is let out to Salesforce."""

import pytest

from remindersync.errors import UserMistake
from remindersync.store.app_reminders import Draft
from tests.integration.app_store.drafts import told


class TestPushing:
    @pytest.fixture
    def local(self, app, directory, ada, grant, make_idle):
        reminder = app.create(ada, Draft("Call")).reminder
        directory.connect(ada.id, grant())
        directory.turn_on(ada.id)
        make_idle(ada)
        return reminder

    @pytest.mark.parametrize("who", ["ada", "chief"])
    def test_a_user_or_an_admin_lets_a_local_reminder_out(self, app, ada, local, who, request, is_due):
        changed = app.push(request.getfixturevalue(who), local.id)
        assert (changed.reminder.shared, changed.due_user_id) == (True, ada.id)
        assert changed.reminder.version > changed.reminder.synced_version
        assert is_due(ada)
        assert told(app, ada, local)[-1] == ("shared", None, "yes", "push")

    def test_twice_is_once(self, app, ada, local):
        pushed = app.push(ada, local.id).reminder
        again = app.push(ada, local.id)
        assert (again.reminder, again.due_user_id) == (pushed, None)

    def test_while_sync_is_off_nothing_can_be_pushed(self, app, ada):
        reminder = app.create(ada, Draft("Call")).reminder
        with pytest.raises(UserMistake, match="turn sync on"):
            app.push(ada, reminder.id)

    def test_nothing_is_pushed_from_the_bin(self, app, ada, local):
        app.delete(ada, local.id)
        with pytest.raises(UserMistake, match="restore it"):
            app.push(ada, local.id)

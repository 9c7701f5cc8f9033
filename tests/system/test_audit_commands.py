"""The commands that compare both sides, have differences mended, and encrypt tokens with another key."""

import pytest
from sqlalchemy import select, update

from remindersync.errors import ConfigurationError
from remindersync.store.logins import SqlLogins
from remindersync.store.tables import links, reminders, salesforce_logins
from remindersync.store.vault import Vault
from tests.system.commands import KEYS
from tests.system.conftest import Office

COUNTS = {"pairs", "expected_calls", "calls", "drift", "pending", "notices"}
FINDING = {"weight", "user", "what", "reminder", "tasks", "field", "here", "there", "reason"}


def names(office: Office) -> dict[str, str]:
    """Ada's reminders: name by Task id."""
    mine = select(links.c.task_id, reminders.c.name).join(reminders, reminders.c.id == links.c.reminder_id)
    with office.database.begin() as connection:
        found = connection.execute(mine.where(reminders.c.owner_id == office.user().id))
        return {row.task_id: row.name for row in found}


def lose_an_edit(office: Office) -> None:
    """Rename a reminder so that nothing notices."""
    mine = (reminders.c.owner_id == office.user().id) & (reminders.c.name == "Call Cora")
    with office.database.begin() as connection:
        connection.execute(update(reminders).where(mine).values(name="Call Dora"))


def test_an_audit_of_sides_in_step_says_so_and_ends_well(in_sync):
    told = in_sync.line.run("audit", in_sync.email(), "--pause", "0")
    assert "Both sides agree." in told.told()
    assert f"{in_sync.email()}: 2 pairs in 3 calls, 0 drifted" in told.out
    assert "about 3 calls" in told.err
    found = in_sync.line.run("audit", in_sync.email(), "--json").json()
    assert set(found["users"][in_sync.email()]) == COUNTS
    assert (found["findings"], found["failed"]) == ([], {})


def test_drift_is_a_table_with_reasons_and_ends_with_1(in_sync):
    lose_an_edit(in_sync)
    told = in_sync.line.run("audit", in_sync.email(), "--pause", "0")
    assert told.code == 1
    for words in ("drift", "Call Dora", "Call Cora", "Changed here; no run dealt with it.", "1 drifted"):
        assert words in told.out
    told = in_sync.line.run("audit", in_sync.email(), "--pause", "0", "--json")
    assert told.code == 1
    assert '"field": "name"' in told.out


def test_repair_mends_drift_by_a_run_and_looks_again(in_sync):
    lose_an_edit(in_sync)
    told = in_sync.line.run("audit", in_sync.email(), "--repair", "--pause", "0", "--json")
    mended = told.json()
    assert mended["drift_before_repair"] == {in_sync.email(): 1}
    assert [one for one in mended["findings"] if one["weight"] == "drift"] == []
    assert all(set(one) == FINDING for one in mended["findings"])
    subjects = {task["Subject"] for task in in_sync.sim.door.tasks(in_sync.org_id)}
    assert subjects == {"Call Dora", "Write to Lea"} == set(names(in_sync).values()), (mended, told.err)
    told = in_sync.line.run("audit", in_sync.email(), "--repair", "--pause", "0").told()
    assert "mended" not in told


def test_a_repair_whose_run_meets_trouble_goes_on_with_the_next_one(in_sync):
    lose_an_edit(in_sync)
    in_sync.sim.door.add_fault("cut", when="before", path="composite", times=1)
    told = in_sync.line.run("audit", in_sync.email(), "--repair", "--pause", "0")
    assert "1 mended" in told.told()
    assert "the run ended as" in told.err
    assert "Call Dora" in {task["Subject"] for task in in_sync.sim.door.tasks(in_sync.org_id)}


def test_what_was_edited_lately_is_pending_and_ends_well(in_sync):
    in_sync.there().update(next(iter(names(in_sync))), Priority="High")
    told = in_sync.line.run("audit", in_sync.email(), "--pause", "0").told()
    assert "0 drifted, 1 pending" in told


def test_one_lost_login_hides_nobody_else(in_sync):
    # What other tests left differing is no matter of this one's.
    for user in in_sync.directory.users():
        if user.sync_on and user.email != in_sync.email():
            in_sync.directory.turn_off(user.id)
    in_sync.connect("ben")
    in_sync.line.run("sync", "on", in_sync.email("ben")).told()
    in_sync.sim.door.end_sessions(in_sync.email("ben"), refresh_tokens=True)
    told = in_sync.line.run("audit", "--pause", "0")
    assert told.code == 1
    assert f"{in_sync.email()}: 2 pairs" in told.out
    assert f"{in_sync.email('ben')} was not compared: " in told.out
    assert told.out.startswith("Both sides agree for whom was compared.")


def test_who_does_not_sync_is_not_audited(office):
    assert "Sync is off" in office.line.run("audit", office.email()).complaint()


def test_keys_rotate_seals_every_token_with_the_newest_key(office):
    office.connect()
    new = "a newer token key for tests only"
    before = sealed(office)
    both = office.line.knowing(TOKEN_KEYS=f"{new},{KEYS['TOKEN_KEYS']}")
    assert both.run("keys", "rotate", "--json").json()["logins"] >= 1
    assert sealed(office) != before
    login = SqlLogins(office.database, Vault([new])).of_user(office.user().id)
    assert login.access_token.startswith("00D")
    with pytest.raises(ConfigurationError, match="TOKEN_KEYS"):
        SqlLogins(office.database, Vault([KEYS["TOKEN_KEYS"]])).of_user(office.user().id)
    # Back, for the other tests share the database; and in words.
    back = office.line.knowing(TOKEN_KEYS=f"{KEYS['TOKEN_KEYS']},{new}")
    assert "encrypted with the newest key" in back.run("keys", "rotate").told()


def test_keys_rotate_changes_nothing_without_the_old_key(office):
    office.connect()
    before = sealed(office)
    alone = office.line.knowing(TOKEN_KEYS="another token key for tests only")
    assert "TOKEN_KEYS" in alone.run("keys", "rotate").complaint()
    assert sealed(office) == before


def sealed(office: Office) -> list[bytes]:
    with office.database.begin() as connection:
        return list(
            connection.execute(select(salesforce_logins.c.access_token).order_by(salesforce_logins.c.id)).scalars()
        )

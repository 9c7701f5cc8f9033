"""Reading a whole org with an integration login: the port Org over REST, against an org in a box."""

from datetime import UTC, datetime, timedelta

import pytest

from remindersync.errors import LoginLost, SalesforceRefused
from remindersync.ports import Window
from remindersync.salesforce.ids import record_id
from remindersync.salesforce.org import RestOrg
from tests.fixtures.salesforce import ADA, BEN, ORG, ROOT, Box

ALWAYS = [Window(datetime(2000, 1, 1, tzinfo=UTC))]


@pytest.fixture
def org(box: Box) -> RestOrg:
    """The org as its integration login sees it, described already."""
    box.login(ROOT, user_id=None)
    org = box.sessions.org("team", ORG)
    org.facts()
    box.sim.door.reset_counters()
    return org


def test_everybodys_tasks_come_in_one_call(box: Box, org: RestOrg) -> None:
    tasks = {box.person(user).create(Subject="Call") for user in (ADA, BEN)}
    page = org.changed(ALWAYS)
    assert {task.id for task in page.tasks} == tasks
    assert {task.owner_id for task in page.tasks} == {ADA, BEN}
    assert box.calls() == 1


def test_deleted_tasks_come_too(box: Box, org: RestOrg) -> None:
    task = box.person(ADA).create(Subject="Call")
    box.person(ADA).delete(task)
    assert [row.is_deleted for row in org.changed(ALWAYS).tasks] == [True]


@pytest.mark.parametrize(("right", "sees"), [(True, True), (False, False)])
def test_the_login_tells_whether_it_sees_all(box: Box, org: RestOrg, right: bool, sees: bool) -> None:
    box.sim.door.set_user("root@acme.example", ViewAllData=right)
    found, at = org.sees_all()
    assert found is sees
    assert abs(at - box.sim.door.now()) < timedelta(seconds=5)
    assert box.calls() == 1


def test_who_is_not_active_is_told_in_one_call_for_every_400_users(box: Box, org: RestOrg) -> None:
    box.sim.door.set_user("ben@acme.example", IsActive=False)
    nobody = [record_id(f"005SM{number:010d}") for number in range(5000, 5399)]
    assert org.inactive([ADA, *nobody]) == frozenset()
    assert box.calls() == 1
    assert org.inactive([ADA, BEN, *nobody]) == {BEN}
    assert box.calls() == 3
    assert org.inactive([]) == frozenset()
    assert box.calls() == 3


def test_the_deletion_log_names_hard_deletions(box: Box, org: RestOrg) -> None:
    task = box.person(ADA).create(Subject="Call")
    box.sim.door.hard_delete(task)
    now = box.sim.door.now() + timedelta(minutes=2)
    box.sim.door.advance(120)
    log = org.deleted(now - timedelta(days=1), now)
    assert set(log.at) == {task}
    assert log.covered_until <= now
    assert org.by_ids([task]).tasks == ()


def test_a_span_beyond_the_log_is_refused_by_its_name(box: Box, org: RestOrg) -> None:
    now = box.sim.door.now()
    with pytest.raises(SalesforceRefused) as refused:
        org.deleted(now - timedelta(days=16), now)
    assert refused.value.fault.code == "INVALID_REPLICATION_DATE"


def test_a_team_without_an_integration_login_has_no_org(box: Box) -> None:
    box.login(ADA)
    with pytest.raises(LoginLost):
        box.sessions.org("team", ORG)


def test_an_integration_login_of_another_org_is_refused(box: Box) -> None:
    box.login(ROOT, user_id=None, org_id="00DSM0000000009")
    with pytest.raises(LoginLost):
        box.sessions.org("team", ORG)

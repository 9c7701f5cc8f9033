"""The org feed without a server: its pace, and its job."""

from dataclasses import dataclass, field

import pytest
from celery import Celery

import tasks.read_org  # noqa: F401 so that its job is known
from remindersync.model import Outcome
from remindersync.org_feed import FeedReport
from remindersync.pace import FeedPace, Pace
from remindersync.ports import FeedTeam
from tasks import names


@dataclass
class FakeFeed:
    """An org feed that answers as told and keeps what it was asked."""

    teams: list = field(default_factory=list)
    outcomes: list = field(default_factory=list)
    read_teams: list = field(default_factory=list)

    @property
    def org_feed(self):
        return self

    def due(self):
        return self.teams

    def read(self, team_id):
        self.read_teams.append(team_id)
        return FeedReport(team_id, self.outcomes.pop(0), staged=2, calls=1)


@pytest.fixture
def feed():
    return FakeFeed()


@pytest.fixture
def job(feed, monkeypatch):
    """The job, whose messages are kept in `sent`."""
    app = Celery("test", set_as_current=False)
    app.services = lambda: feed
    app.finalize()
    made = app.tasks[names.READ_ORG]
    made.sent = []
    monkeypatch.setattr(type(made), "apply_async", lambda self, args, **options: self.sent.append((args, options)))
    return made


def test_the_name_on_the_wire_never_changes():
    assert names.READ_ORG == "remindersync.read_org"


def test_a_tick_sends_a_job_for_each_org_that_is_due(feed, job):
    feed.teams = [FeedTeam("t1", "Sales"), FeedTeam("t2", "Service")]
    job()
    assert [(args, options["argsrepr"]) for args, options in job.sent] == [
        (("t1",), "(team=Sales)"),
        (("t2",), "(team=Service)"),
    ]
    assert feed.read_teams == []


def test_a_job_reads_its_team_s_org_once(feed, job):
    feed.outcomes = [Outcome.DONE]
    job("t1")
    assert (feed.read_teams, job.sent) == (["t1"], [])


def test_a_reading_that_ran_out_of_time_goes_on_at_once(feed, job):
    feed.outcomes = [Outcome.MORE]
    job("t1")
    assert [args for args, _ in job.sent] == [("t1",)]


@pytest.mark.parametrize(
    ("calls_left", "seconds"),
    [(None, 15), (1_000_000, 15), (5_760, 30), (864, 200), (10, 900), (0, 900)],
)
def test_the_feed_takes_half_of_what_is_left_of_a_day(calls_left, seconds):
    assert FeedPace(15, 900).wait(calls_left) == seconds


def test_the_feed_s_own_interval_may_be_longer_than_a_users():
    assert FeedPace(3600, 900).wait(0) == 3600


def test_a_user_whom_the_feed_serves_rests_longest_also_after_a_change():
    rest = Pace(15, 900).rest(Outcome.DONE, 15, changed=True, spread=0.5, fed=True)
    assert (rest.wait_seconds, rest.poll_seconds) == (945, 900)


def test_a_run_that_failed_backs_off_whoever_reads():
    rest = Pace(15, 900).rest(Outcome.RETRY, 15, changed=False, spread=0, fed=True)
    assert rest.wait_seconds == 30

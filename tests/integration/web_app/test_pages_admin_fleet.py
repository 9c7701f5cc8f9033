"""The fleet and the allowance on the admin pages, and who may see Flower (FACE-3, DIAG-3)."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from remindersync.model import UsageSample
from remindersync.store.usage import SqlUsage
from tests.integration.web_app.conftest import ORG

FLOWER = "https://flower.example.com/flower"


@pytest.fixture
def settings(settings):
    return replace(settings, flower_url=FLOWER)


@pytest.fixture
def chief_s(browser, chief):
    opened = browser(chief)
    opened.get("/admin")
    return opened


@pytest.fixture
def other_team(services, ada):
    services.directory.add_team("Others")
    return services.directory.add_user("stranger@example.com", "Others", is_admin=True)


# ── Fleet ──


def test_the_fleet_shows_queues_and_the_teams_people(chief_s, syncing_ada, services):
    services.send(syncing_ada.id)
    page = chief_s.get("/admin/fleet").text
    for queue in ("ticks", "interactive", "sync", "bulk"):
        assert f"<strong>{queue}</strong>" in page
    assert re.search(r"First sync under way</td><td class=\"number\">1</td>", page)
    assert "No worker was heard of." in page


def test_workers_and_runs_are_told_by_what_was_counted(chief_s, services):
    services.tally.lives("worker@<host>")
    services.tally.ticked()
    for _ in range(15):
        services.tally.ran("done")
    page = chief_s.get("/admin/fleet").text
    assert "worker@&lt;host&gt;" in page
    assert re.search(r'<td>done</td><td class="number">1(\.\d+)?</td>', page)
    assert "Nobody takes beat" not in page


def test_a_fleet_without_beat_says_what_to_start(chief_s):
    assert "start beat, and the worker" in chief_s.get("/admin/fleet").text


def test_an_open_page_asks_for_a_part_alone(chief_s):
    part = chief_s.http.get("/admin/fleet/part", headers={"X-Part": "1"}).text
    assert part.startswith('<div class="stack" id="fleet"')
    assert "<html" not in part


def test_nobody_of_another_team_is_named(browser, other_team, syncing_ada):
    page = browser(other_team).get("/admin/fleet").text
    assert "ada@example.com" not in page
    assert "First sync under way" not in page


# ── Flower ──


def test_flower_is_for_the_admins_of_the_only_team(browser, chief, bob):
    assert browser().http.get("/admin/flower-access").status_code == 401
    assert browser(bob).http.get("/admin/flower-access").status_code == 403
    assert browser(chief).http.get("/admin/flower-access").status_code == 204
    assert f'href="{FLOWER}/"' in browser(chief).get("/admin/fleet").text


def test_flower_is_for_nobody_where_there_are_several_teams(browser, chief, other_team):
    assert browser(chief).http.get("/admin/flower-access").status_code == 403
    assert FLOWER not in browser(chief).get("/admin/fleet").text


# ── Allowance ──


def test_without_an_org_there_is_nothing_to_count(chief_s):
    assert "there is no org to count calls of" in chief_s.get("/admin/allowance").text


@pytest.fixture
def used(services, database, syncing_ada):
    """An org of 1,000 calls, of which we made 30 and others 70 just now."""
    services.limiter.saw(ORG, 100, 1000)
    now = datetime.now(UTC)
    at = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    SqlUsage(database).keep([UsageSample(org_id=ORG, at=at, background=20, edits=10, used=100, allowed=1000)])


def test_the_allowance_tells_our_calls_from_others(chief_s, used):
    page = chief_s.get("/admin/allowance").text
    figures = dict(re.findall(r'<span class="soft small">([^<]+)</span><strong>([^<]+)</strong>', page))
    assert figures == {
        "Used by us": "30",
        "Used by others": "70",
        "The org may make": "1,000",
        "Left to background work": "400",
    }
    assert 'aria-label="100 of 1,000 calls are used"' in page


@pytest.mark.parametrize(("over", "bars"), [("day", 24), ("month", 30), ("<x>", 24)])
def test_the_chart_has_a_table_of_the_same_numbers(chief_s, used, over, bars):
    page = chief_s.get("/admin/allowance", params={"over": over}).text
    chart = page.partition('<svg class="chart"')[2].partition("</svg>")[0]
    assert chart.count('class="ours"') == chart.count('class="theirs"') == bars
    assert page.count('<th scope="row">') == bars
    assert "style=" not in page
    last = page.rpartition('<th scope="row">')[2]
    assert re.findall(r'<td class="number">([^<]+)</td>', last) == ["20", "10", "70", "1,000"]


def test_a_pause_and_a_used_up_share_are_said(chief_s, used, services):
    services.limiter.saw(ORG, 600, 1000)
    assert "The share is used up" in chief_s.get("/admin/allowance").text
    services.limiter.hold(ORG, 90)
    assert "Salesforce asked for a pause" in chief_s.get("/admin/allowance").text

"""What admins watch through the API: the fleet and the org's calls, of their own team only."""


def test_an_admin_sees_the_fleet_and_their_own_team_in_it(api, chief, syncing_ada, services):
    services.directory.add_team("Others")
    stranger = services.directory.add_user("stranger@example.com", "Others", is_admin=True)
    services.tally.lives("worker@here")
    mine, theirs = (api(admin).get("/team/fleet").json() for admin in (chief, stranger))
    assert {queue["name"] for queue in mine["queues"]} == {"ticks", "interactive", "sync", "bulk"}
    assert mine["users"]["first_sync"] == 1
    assert mine["oldest"]["user"] == "ada@example.com"
    assert (theirs["users"]["first_sync"], theirs["oldest"]) == (0, None)
    assert mine["workers"][0]["name"] == theirs["workers"][0]["name"] == "worker@here"


def test_an_admin_sees_what_the_orgs_calls_are_used_for(api, chief, syncing_ada, services):
    org = services.directory.team("Sales").org_id
    services.limiter.saw(org, 0, 1000)
    services.limiter.admit(org, background=True)
    services.limiter.admit(org, background=False)
    services.limiter.saw(org, 100, 1000)
    services.usage.note()
    found = api(chief).get("/team/usage").json()
    assert {name: found[name] for name in ("used", "allowed", "background", "edits", "others", "left")} == {
        "used": 100,
        "allowed": 1000,
        "background": 1,
        "edits": 1,
        "others": 98,
        "left": 400,
    }
    assert len(found["series"]) == 24
    assert found["series"][-1]["others"] == 98
    assert len(api(chief).get("/team/usage?step=day").json()["series"]) == 30


def test_a_team_without_an_org_has_no_usage_yet(api, chief):
    answer = api(chief).get("/team/usage")
    assert answer.status_code == 404
    assert "connect first" in answer.json()["detail"]


def test_only_admins_watch(api, ada, services):
    for path in ("/team/fleet", "/team/usage"):
        assert api(ada).get(path).status_code == 403
        assert api().get(path).status_code == 401

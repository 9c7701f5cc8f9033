"""An admin connects the team's integration login by logging in at Salesforce (SYNC-3, SYNC-9)."""

import httpx
from sqlalchemy import update

from remindersync.salesforce.ids import record_id
from remindersync.store.tables import users

ORG, ROOT, OTHER = (record_id(bare) for bare in ("00DSM0000000001", "005SM0000000001", "00DSM0000000002"))
WORLD = {
    "orgs": [
        {"id": ORG, "name": "Acme", "users": [{"Id": ROOT, "Username": "root@acme.example", "ViewAllData": True}]},
        {"id": OTHER, "name": "Other", "users": [{"Id": record_id("005SM0000000002"), "Username": "x@other.example"}]},
    ]
}


def at_salesforce(person, username: str, **form: str) -> str:
    """Log in where the page sends its person; return the path it comes back to."""
    address = person.http.get("/admin/integration/connect").headers["Location"]
    assert httpx.URL(address).params["prompt"] == "login"
    back = httpx.URL(httpx.post(address, data={"username": username, **form}).headers["Location"])
    return f"{back.path}?{back.query.decode()}"


def test_an_admin_connects_the_teams_login_and_not_their_own(browser, services, chief, sim):
    chief_s = browser(chief)
    page = chief_s.get(at_salesforce(chief_s, "root@acme.example"))
    assert page.url.path == "/admin/people"
    assert "The team acts in Salesforce as root@acme.example." in page.text
    login = services.logins.of_team(chief.team_id)
    assert (login.username, login.active) == ("root@acme.example", True)
    assert services.directory.user_by_id(chief.id).salesforce_id is None


def test_a_login_that_salesforce_took_back_is_told_on_the_page(browser, services, chief, sim):
    chief_s = browser(chief)
    chief_s.get(at_salesforce(chief_s, "root@acme.example"))
    assert '<span class="badge good">works</span>' in chief_s.get("/admin/people").text
    services.logins.lose(services.logins.of_team(chief.team_id), "revoked")
    assert "no longer accepts the login of root@acme.example" in chief_s.get("/admin/people").text


def test_another_orgs_login_is_refused_with_both_named(browser, services, chief, sim):
    chief_s = browser(chief)
    chief_s.get(at_salesforce(chief_s, "root@acme.example"))
    page = chief_s.get(at_salesforce(chief_s, "x@other.example"))
    assert page.url.path == "/admin/people"
    assert ORG in page.text
    assert OTHER in page.text
    assert services.logins.of_team(chief.team_id).username == "root@acme.example"


def test_who_is_no_admin_any_more_on_the_way_back_connects_nothing(browser, services, chief, sim, database):
    chief_s = browser(chief)
    back = at_salesforce(chief_s, "root@acme.example")
    with database.begin() as connection:
        connection.execute(update(users).where(users.c.id == chief.id).values(is_admin=False))
    chief_s.get(back)
    assert services.logins.of_team(chief.team_id) is None

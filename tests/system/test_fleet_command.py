"""The command that shows how all work stands."""

from tests.system.conftest import Office


def test_the_fleet_is_shown_in_words_and_as_json(office: Office) -> None:
    office.connect()
    office.directory.turn_on(office.user().id)
    words = office.line.run("fleet").told()
    assert f"Longest overdue: {office.email()}" in words
    assert "first_sync" in words
    now = office.line.run("fleet", "--json").json()
    assert {queue["name"] for queue in now["queues"]} == {"interactive", "sync", "bulk"}
    assert now["redis"]
    assert now["users"]["first_sync"] == 1

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from remindersync.errors import ConfigurationError, UserMistake
from remindersync.ports import Grant
from remindersync.store.directory import Directory
from remindersync.store.logins import SqlLogins
from remindersync.store.mistakes import NotFound, OfAnotherTeam
from remindersync.store.tables import diagnostics, salesforce_logins
from remindersync.store.vault import Vault

BOBS_ID = "005000000000002AAA"


@pytest.fixture
def logins(database, vault):
    return SqlLogins(database, vault)


@pytest.fixture
def at_once(directory, grant):
    """Let two people connect with one login at once; how it went for each."""

    def connect(user):
        try:
            directory.connect(user.id, grant())
        except UserMistake:
            return "refused"
        return "connected"

    def both(*two):
        with ThreadPoolExecutor(2) as pool:
            return sorted(pool.map(connect, two))

    return both


class TestConnecting:
    def test_a_connected_user_has_the_login_they_were_granted(self, directory, logins, ada, grant):
        directory.connect(ada.id, grant())
        login = logins.of_user(ada.id)
        assert (login.user_id, login.team_id, login.org_id) == (ada.id, ada.team_id, grant().org_id)
        assert (login.access_token, login.refresh_token) == ("access token", "refresh token")
        assert (login.username, login.instance_url) == ("ada@org", "https://acme.my.salesforce.com")
        assert (login.grant, login.active, login.version) == (Grant.REFRESH, True, 1)

    def test_who_never_connected_has_no_login(self, logins, ada, team):
        assert logins.of_user(ada.id) is None
        assert logins.of_team(team.id) is None

    def test_tokens_lie_encrypted_and_show_in_no_repr(self, directory, logins, ada, grant, rows):
        directory.connect(ada.id, grant())
        assert "access token" not in f"{rows(salesforce_logins)} {grant()!r} {logins.of_user(ada.id)!r}"

    def test_the_first_login_gives_the_team_its_org_and_the_user_their_salesforce_user(self, directory, ada, grant):
        directory.connect(ada.id, grant())
        assert directory.team("Sales").org_id == grant().org_id
        assert directory.user(ada.email).salesforce_id == grant().salesforce_id

    def test_ids_of_15_characters_mean_the_same_org_and_user(self, directory, logins, ada, grant):
        directory.connect(ada.id, grant(org_id="00D000000000001", salesforce_id="005000000000001"))
        directory.connect(ada.id, grant())
        assert logins.of_user(ada.id).org_id == "00D000000000001EAA"

    def test_connecting_again_keeps_the_login_and_makes_it_active(self, directory, logins, ada, grant):
        directory.connect(ada.id, grant())
        first = logins.of_user(ada.id)
        logins.lose(first, "revoked")
        directory.connect(ada.id, grant(access_token="new", refresh_token=None, grant=Grant.NONE))
        again = logins.of_user(ada.id)
        assert (again.id, again.active, again.version) == (first.id, True, 2)
        assert (again.access_token, again.refresh_token, again.grant) == ("new", None, Grant.NONE)

    def test_connecting_again_makes_a_syncing_user_due(self, directory, syncing_ada, grant, state, make_idle):
        make_idle(syncing_ada)
        assert directory.connect(syncing_ada.id, grant()) is True
        assert state(syncing_ada)["next_due_at"].year < 2100
        assert state(syncing_ada)["lane"] == "interactive"

    def test_connecting_makes_nobody_due_who_does_not_sync(self, directory, ada, grant, state):
        assert directory.connect(ada.id, grant()) is False
        assert state(ada)["next_due_at"] is None

    def test_connecting_again_withdraws_the_notice_to_reconnect(self, directory, ada, bob, grant, rows, add_diagnostic):
        for user, retry in [(ada, "reconnect"), (ada, "parked"), (bob, "reconnect")]:
            add_diagnostic(user, retry=retry, code=f"{retry} of {user.name}")
        directory.connect(ada.id, grant())
        assert {row["code"] for row in rows(diagnostics, diagnostics.c.state == "open")} == {
            "parked of Ada",
            "reconnect of Bob",
        }

    def test_a_login_of_another_org_is_refused_with_both_named(self, directory, ada, bob, grant, logins):
        directory.connect(ada.id, grant())
        with pytest.raises(UserMistake, match=r"00D000000000001EAA.*bob@other.*00D000000000002EAA"):
            directory.connect(bob.id, grant(org_id="00D000000000002", salesforce_id=BOBS_ID, username="bob@other"))
        assert logins.of_user(bob.id) is None

    def test_an_org_belongs_to_one_team_and_only_the_operator_is_told_which(self, directory, ada, stranger, grant):
        directory.connect(ada.id, grant())
        with pytest.raises(OfAnotherTeam, match="00D000000000001EAA belongs to another team") as refused:
            directory.connect(stranger.id, grant(salesforce_id=BOBS_ID))
        assert "team Sales" not in str(refused.value)
        assert "belongs to the team Sales" in refused.value.to_operator
        assert refused.value.team_id == ada.team_id

    def test_a_salesforce_user_is_one_app_user_and_both_are_named(self, directory, ada, bob, grant, logins):
        directory.connect(ada.id, grant())
        with pytest.raises(UserMistake, match=r"ada@org is connected as ada@example\.com.*bob@example\.com"):
            directory.connect(bob.id, grant())
        assert logins.of_user(bob.id) is None

    def test_a_person_is_called_as_the_latest_login_of_theirs_names_them(self, directory, ada, grant):
        assert ada.in_salesforce is None
        directory.connect(ada.id, grant())
        assert directory.user_by_id(ada.id).in_salesforce == "ada@org"
        directory.connect(ada.id, grant(username="ada.married@org"))
        assert directory.user_by_id(ada.id).in_salesforce == "ada.married@org"

    def test_an_app_user_stays_one_salesforce_user_and_both_are_named(self, directory, ada, grant, logins):
        directory.connect(ada.id, grant())
        with pytest.raises(UserMistake, match="is ada@org in Salesforce, but the login is bob@org's"):
            directory.connect(ada.id, grant(salesforce_id=BOBS_ID, username="bob@org"))
        assert logins.of_user(ada.id).username == "ada@org"

    def test_two_who_connect_as_one_at_once_are_not_both_let_in(self, at_once, ada, bob):
        assert at_once(ada, bob) == ["connected", "refused"]

    def test_two_teams_that_claim_one_org_at_once_do_not_both_get_it(self, at_once, ada, stranger):
        assert at_once(ada, stranger) == ["connected", "refused"]

    def test_what_salesforce_calls_an_id_is_taken_as_it_says(self, directory, logins, ada, grant):
        directory.connect(ada.id, grant(salesforce_id="a sandbox's own"))
        assert logins.of_user(ada.id).salesforce_id == "a sandbox's own"

    def test_a_user_or_team_that_is_not_there_cannot_connect(self, directory, team, grant):
        with pytest.raises(NotFound):
            directory.connect("8b0c9e5e-0000-4000-8000-000000000000", grant())
        with pytest.raises(NotFound):
            directory.connect_team("8b0c9e5e-0000-4000-8000-000000000000", grant())


class TestIntegrationLogin:
    def test_a_team_has_one_integration_login_apart_from_its_users(self, directory, logins, ada, team, grant):
        directory.connect(ada.id, grant())
        directory.connect_team(team.id, grant(username="robot@org", grant=Grant.JWT))
        directory.connect_team(team.id, grant(username="robot2@org", grant=Grant.JWT))
        login = logins.of_team(team.id)
        assert (login.user_id, login.username, login.grant, login.version) == (None, "robot2@org", Grant.JWT, 2)
        assert logins.of_user(ada.id).username == "ada@org"

    def test_it_must_be_of_the_teams_org(self, directory, ada, team, grant, logins):
        directory.connect(ada.id, grant())
        with pytest.raises(UserMistake, match="belongs to the Salesforce org"):
            directory.connect_team(team.id, grant(org_id="00D000000000002"))
        assert logins.of_team(team.id) is None

    def test_losing_it_stops_it(self, directory, logins, team, grant):
        directory.connect_team(team.id, grant())
        logins.lose(logins.of_team(team.id), "revoked")
        assert not logins.of_team(team.id).active


class TestRenewing:
    def renew(self, logins, login, name):
        return logins.renew(login, access_token=name, instance_url="https://new.my.salesforce.com", refresh_token=None)

    def test_new_tokens_are_stored_under_a_new_version(self, directory, logins, ada, grant):
        directory.connect(ada.id, grant())
        renewed = logins.renew(
            logins.of_user(ada.id), access_token="a2", instance_url="https://new.my.salesforce.com", refresh_token="r2"
        )
        assert renewed == logins.of_user(ada.id)
        assert (renewed.access_token, renewed.refresh_token, renewed.version) == ("a2", "r2", 2)
        assert renewed.instance_url == "https://new.my.salesforce.com"

    def test_a_refresh_token_that_is_not_replaced_stays(self, directory, logins, ada, grant):
        directory.connect(ada.id, grant())
        assert self.renew(logins, logins.of_user(ada.id), "a2").refresh_token == "refresh token"

    def test_who_renews_an_older_version_gets_what_the_other_stored(self, directory, logins, ada, grant):
        directory.connect(ada.id, grant())
        login = logins.of_user(ada.id)
        first = self.renew(logins, login, "first")
        assert self.renew(logins, login, "second") == first

    def test_of_many_who_renew_at_once_one_wins_and_all_use_its_token(self, directory, logins, ada, grant):
        directory.connect(ada.id, grant())
        login = logins.of_user(ada.id)
        with ThreadPoolExecutor(4) as pool:
            tokens = {got.access_token for got in pool.map(lambda n: self.renew(logins, login, f"t{n}"), range(4))}
        assert tokens == {logins.of_user(ada.id).access_token}
        assert logins.of_user(ada.id).version == 2

    def test_a_login_that_was_removed_cannot_be_renewed(self, database, directory, logins, ada, grant):
        directory.connect(ada.id, grant())
        login = logins.of_user(ada.id)
        with database.begin() as connection:
            connection.execute(salesforce_logins.delete())
        with pytest.raises(NotFound):
            self.renew(logins, login, "late")


class TestLosing:
    def test_a_lost_login_waits_for_its_user_and_its_status_says_why(self, directory, logins, syncing_ada):
        logins.lose(logins.of_user(syncing_ada.id), "The login was revoked.")
        (status,) = directory.status(syncing_ada.id)
        assert not logins.of_user(syncing_ada.id).active
        assert (status.state, status.last_error) == ("reconnect", "The login was revoked.")

    def test_a_login_renewed_meanwhile_is_not_lost(self, directory, logins, ada, grant):
        directory.connect(ada.id, grant())
        stale = logins.of_user(ada.id)
        directory.connect(ada.id, grant())
        logins.lose(stale, "expired")
        assert logins.of_user(ada.id).active


class TestRotatingKeys:
    def test_every_token_opens_with_the_new_key_alone(self, database, directory, ada, bob, grant):
        directory.connect(ada.id, grant())
        directory.connect(bob.id, grant(salesforce_id=BOBS_ID, refresh_token=None))
        directory.connect_team(ada.team_id, grant())
        new = "the next key, long enough"
        assert Directory(database, Vault([new, "a key for tests, long enough"])).rotate_keys() == 3
        login = SqlLogins(database, Vault([new])).of_user(ada.id)
        assert (login.access_token, login.refresh_token, login.version) == ("access token", "refresh token", 1)
        assert SqlLogins(database, Vault([new])).of_user(bob.id).refresh_token is None

    def test_more_logins_than_a_batch_are_all_rotated(self, database, vault, directory, team):
        with database.begin() as connection:
            connection.execute(
                text(
                    "WITH u AS (INSERT INTO users (team_id, email) SELECT :team, 'u' || n || '@x.y'"
                    " FROM generate_series(1, 450) n RETURNING id, team_id)"
                    " INSERT INTO salesforce_logins (user_id, team_id, org_id, salesforce_id, username, instance_url,"
                    " access_token) SELECT id, team_id, 'o', 's', 'n', 'i', :token FROM u"
                ),
                {"team": team.id, "token": vault.seal("secret")},
            )
        assert directory.rotate_keys() == 450

    def test_without_the_old_key_nothing_is_changed_and_the_setting_is_named(
        self, database, logins, directory, ada, grant
    ):
        directory.connect(ada.id, grant())
        with pytest.raises(ConfigurationError, match="TOKEN_KEYS"):
            Directory(database, Vault(["another key, long enough"])).rotate_keys()
        assert logins.of_user(ada.id).access_token == "access token"

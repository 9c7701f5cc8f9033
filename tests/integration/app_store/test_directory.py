from dataclasses import replace

import pytest

from remindersync.errors import UserMistake
from remindersync.store.mistakes import NotFound, OfAnotherTeam
from remindersync.store.tables import api_tokens
from remindersync.store.tokens import MOST_TOKENS

NOBODY = "8b0c9e5e-0000-4000-8000-000000000000"


class TestTeamsAndPeople:
    def test_a_team_is_listed_under_its_trimmed_name(self, directory):
        team = directory.add_team("  Sales ")
        assert directory.teams() == [team]
        assert (team.name, team.org_id) == ("Sales", None)

    @pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\0b", "\ud800", "x" * 201])
    def test_a_team_needs_a_name_that_can_be_stored_and_shown(self, directory, name):
        with pytest.raises(UserMistake, match="The team's name"):
            directory.add_team(name)

    def test_a_teams_name_is_taken_once(self, directory, team):
        with pytest.raises(UserMistake, match="'Sales' already"):
            directory.add_team("Sales")

    def test_a_user_is_found_by_address_in_any_case_and_by_id(self, directory, team):
        ada = directory.add_user(" Ada@Example.COM ", "Sales", name="Ada", time_zone="Europe/Berlin", is_admin=True)
        assert (ada.email, ada.time_zone, ada.is_admin, ada.active) == ("ada@example.com", "Europe/Berlin", True, True)
        assert (ada.team_id, ada.sync_on, ada.salesforce_id) == (team.id, False, None)
        assert directory.user("ADA@example.com") == directory.user_by_id(ada.id) == ada

    @pytest.mark.parametrize(
        "email", ["", "ada", "ada@", "@example.com", "a@b@c", "a da@example.com", "a,b@c.de", "a\0@b.c"]
    )
    def test_what_is_no_address_is_refused(self, directory, team, email):
        with pytest.raises(UserMistake, match="The e-mail address"):
            directory.add_user(email, "Sales")

    @pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "Europe", "a\0b", "\ud800"])
    def test_an_unknown_time_zone_is_refused(self, directory, team, zone):
        with pytest.raises(UserMistake, match="time zone"):
            directory.add_user("ada@example.com", "Sales", time_zone=zone)

    def test_an_unknown_team_is_refused(self, directory):
        with pytest.raises(UserMistake, match="no team 'Sales'"):
            directory.add_user("ada@example.com", "Sales")

    def test_an_address_is_taken_once_in_a_team(self, directory, ada):
        with pytest.raises(UserMistake, match=r"ada@example\.com already in the team:"):
            directory.add_user("ADA@example.com", "Sales")

    def test_an_address_is_taken_once_in_all_teams_and_only_the_operator_is_told_where(self, directory, ada):
        directory.add_team("Others")
        with pytest.raises(OfAnotherTeam, match=r"^The address ada@example\.com cannot be used here: ") as refused:
            directory.add_user("ADA@example.com", "Others")
        assert "ada@example.com already in the team Sales:" in refused.value.to_operator
        assert refused.value.team_id == ada.team_id

    def test_users_are_listed_by_team(self, directory, ada, bob, stranger):
        assert directory.users("Sales") == [ada, bob]
        assert directory.users() == [ada, bob, stranger]

    @pytest.mark.parametrize("user_id", [NOBODY, "nonsense", "a\0", ""])
    def test_an_id_that_is_nobodys_is_not_found(self, directory, user_id):
        with pytest.raises(NotFound):
            directory.user_by_id(user_id)

    @pytest.mark.parametrize("email", ["nobody@example.com", "a\0@b", "\ud800"])
    def test_an_address_that_is_nobodys_is_not_found(self, directory, email):
        with pytest.raises(NotFound):
            directory.user(email)


class TestTokens:
    def test_a_token_speaks_for_its_user(self, directory, ada, bob):
        assert directory.user_of_token(directory.issue_token(ada.id)) == ada

    def test_a_user_may_have_several_tokens(self, directory, ada):
        first, second = directory.issue_token(ada.id), directory.issue_token(ada.id)
        assert first != second
        assert directory.user_of_token(first) == directory.user_of_token(second) == ada

    def test_a_token_shows_what_it_is_and_holds_256_random_bits(self, directory, ada):
        token = directory.issue_token(ada.id)
        assert token.startswith("rs_")
        assert len(token) == len("rs_") + 43

    def test_only_a_digest_of_a_token_is_stored(self, directory, ada, rows):
        token = directory.issue_token(ada.id)
        (row,) = rows(api_tokens)
        assert token not in str(row)
        assert token.encode() not in row["digest"]
        assert len(row["digest"]) == 32

    @pytest.mark.parametrize("token", ["", "rs_", "rs_wrong", "\0", "\ud800"])
    def test_a_token_nobody_holds_speaks_for_nobody(self, directory, ada, token):
        directory.issue_token(ada.id)
        assert directory.user_of_token(token) is None

    def test_the_token_of_a_deactivated_user_speaks_for_nobody(self, directory, ada, deactivate):
        token = directory.issue_token(ada.id)
        deactivate(ada)
        assert directory.user_of_token(token) is None

    def test_use_is_noted_so_that_unused_tokens_can_be_found(self, directory, ada, rows):
        token = directory.issue_token(ada.id)
        directory.issue_token(ada.id)
        directory.user_of_token(token)
        assert sorted(row["last_used_at"] is not None for row in rows(api_tokens)) == [False, True]

    def test_tokens_are_known_by_name_and_time_and_revoked_one_by_one(self, directory, ada):
        nightly = directory.issue_token(ada.id, " Nightly export ")
        directory.issue_token(ada.id, "Spreadsheet")
        directory.user_of_token(nightly)
        listed = {one.name: one for one in directory.tokens_of(ada.id)}
        assert set(listed) == {"Nightly export", "Spreadsheet"}
        assert listed["Nightly export"].last_used_at >= listed["Nightly export"].created_at
        assert listed["Spreadsheet"].last_used_at is None
        assert directory.revoke_token(ada, listed["Nightly export"].id).name == "Nightly export"
        assert directory.user_of_token(nightly) is None
        assert [one.name for one in directory.tokens_of(ada.id)] == ["Spreadsheet"]

    def test_a_token_made_again_under_its_id_replaces_the_first(self, directory, ada):
        first = directory.issue_token(ada.id, "Export", token_id=NOBODY)
        second = directory.issue_token(ada.id, "Export", token_id=NOBODY)
        assert directory.user_of_token(first) is None
        assert directory.user_of_token(second) == ada
        assert len(directory.tokens_of(ada.id)) == 1

    def test_nobody_revokes_anothers_token_and_admins_their_teams(self, directory, ada, bob):
        directory.issue_token(ada.id)
        (own,) = directory.tokens_of(ada.id)
        directory.issue_team_token("Sales", "Dialler")
        (team_s,) = directory.team_tokens(ada.team_id)
        chief = replace(bob, is_admin=True)
        stranger = replace(chief, team_id=NOBODY)
        for actor, token in ((bob, own), (chief, own), (ada, team_s), (stranger, team_s)):
            with pytest.raises(NotFound):
                directory.revoke_token(actor, token.id)
        directory.revoke_token(chief, team_s.id)
        assert directory.team_tokens(ada.team_id) == []

    def test_a_person_has_so_many_tokens_as_can_be_told_apart(self, directory, ada, bob):
        for _ in range(MOST_TOKENS):
            directory.issue_token(ada.id)
        with pytest.raises(UserMistake, match="revoke those"):
            directory.issue_token(ada.id)
        assert directory.issue_token(bob.id)

    @pytest.mark.parametrize("name", ["x" * 101, "a\nb", "\0"])
    def test_a_token_s_name_is_one_short_line(self, directory, ada, name):
        with pytest.raises(UserMistake, match="name"):
            directory.issue_token(ada.id, name)

    def test_a_token_for_nobody_is_not_made(self, directory):
        with pytest.raises(NotFound):
            directory.issue_token(NOBODY)

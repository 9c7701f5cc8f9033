from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remindersync.errors import UserMistake
from remindersync.model import PRIORITY_MAP, STATUS_MAP, ConflictRule, Side, TeamSettings, ValueMap
from remindersync.store import rows, team_settings
from remindersync.store.mistakes import NotFound

GERMAN = ValueMap(
    {"open": frozenset({"Offen", "Neu"}), "completed": frozenset({"Erledigt"})},
    {"open": "Offen", "completed": "Erledigt"},
)


def test_a_new_team_has_the_products_defaults(directory, team):
    assert directory.settings(team.id) == TeamSettings()


def test_settings_are_read_as_they_were_saved(directory, team):
    settings = TeamSettings(
        subject_template="{{activity_type}}: {{activity_subject}}",
        template_on_imported=True,
        subject_inbound=False,
        status_map=GERMAN,
        import_closed_on_creation=True,
        conflict_rule=ConflictRule.SALESFORCE,
        tie_rule=Side.SALESFORCE,
        deletion_wins=False,
        api_share_percent=20,
    )
    directory.save_settings(team.id, settings)
    assert directory.settings(team.id) == settings


def test_who_saves_one_setting_takes_back_none_that_somebody_else_saved_meanwhile(directory, team):
    before = directory.settings(team.id)
    directory.save_settings(team.id, replace(before, guard_count=7), before)
    saved = directory.save_settings(team.id, replace(before, api_share_percent=30), before)
    assert (saved.guard_count, saved.api_share_percent) == (7, 30)


def test_a_run_sees_the_settings_as_saved(directory, team, syncing_ada):
    directory.save_settings(team.id, TeamSettings(status_map=GERMAN))
    assert directory.sync_user(syncing_ada.id).settings.status_map == GERMAN


def test_settings_have_the_names_of_the_http_api():
    assert team_settings.to_json(TeamSettings()) == {
        "subject_template": "{{activity_subject}}",
        "template_on_imported": False,
        "subject_inbound": True,
        "status_map": {
            "open": ["Not Started"],
            "completed": ["Completed"],
            "write_open": "Not Started",
            "write_completed": "Completed",
        },
        "priority_map": {"normal": ["Normal"], "high": ["High"], "write_normal": "Normal", "write_high": "High"},
        "import_condition": "",
        "import_closed_on_creation": False,
        "conflict_rule": "latest",
        "tie_rule": "app",
        "delete_rule": "delete_wins",
        "api_share_percent": 50,
        "guard_count": 50,
        "guard_percent": 30,
    }


words = st.text("abcXYZ äé-", min_size=1, max_size=12).map(str.strip).filter(bool)


@st.composite
def value_maps(draw, ours):
    raws = draw(st.lists(words, min_size=2, max_size=6, unique_by=str.casefold))
    cut = draw(st.integers(1, len(raws) - 1))
    first, second = raws[:cut], raws[cut:]
    lists = dict(zip(ours, (frozenset(first), frozenset(second)), strict=True))
    return ValueMap(lists, dict(zip(ours, (draw(st.sampled_from(first)), draw(st.sampled_from(second))), strict=True)))


@given(
    st.builds(
        TeamSettings,
        subject_template=words,
        status_map=value_maps(("open", "completed")),
        priority_map=value_maps(("normal", "high")),
        conflict_rule=st.sampled_from(ConflictRule),
        tie_rule=st.sampled_from(Side),
        api_share_percent=st.integers(0, 100),
    )
)
def test_settings_that_may_be_saved_come_back_the_same_to_pages_and_to_runs(settings):
    stored = team_settings.to_json(settings)
    assert team_settings.from_json(stored) == rows.settings(stored) == team_settings.checked(settings) == settings


def test_a_salesforce_value_in_two_lists_is_refused():
    twice = ValueMap({**STATUS_MAP.reads, "open": frozenset({"Not Started", "completed"})}, STATUS_MAP.writes)
    with pytest.raises(UserMistake, match="'Completed' is in two lists, open and completed"):
        team_settings.checked(TeamSettings(status_map=twice))


def test_a_written_value_that_its_list_lacks_is_refused():
    stray = replace(PRIORITY_MAP, writes={"normal": "Low", "high": "High"})
    with pytest.raises(UserMistake, match="'Low' is written for normal"):
        team_settings.checked(TeamSettings(priority_map=stray))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("subject_template", "{{no_such_field}}"),
        ("subject_template", "\0"),
        ("subject_template", None),
        ("template_on_imported", "yes"),
        ("conflict_rule", "oldest"),
        ("tie_rule", 1),
        ("delete_rule", "delete"),
        ("delete_rule", []),
        ("api_share_percent", 101),
        ("api_share_percent", -1),
        ("api_share_percent", True),
        ("api_share_percent", "50"),
        ("status_map", None),
        ("status_map", {"open": ["Not Started"]}),
        ("status_map", {"open": [], "completed": ["C"], "write_open": "N", "write_completed": "C"}),
        ("status_map", {"open": ["\0"], "completed": ["C"], "write_open": "\0", "write_completed": "C"}),
        ("status_map", {"open": "N", "completed": ["C"], "write_open": "N", "write_completed": "C"}),
        ("priority_map", {"normal": [1], "high": ["H"], "write_normal": 1, "write_high": "H"}),
        ("favourite_colour", "blue"),
    ],
)
def test_a_wrong_setting_is_refused(name, value):
    with pytest.raises(UserMistake):
        team_settings.from_json({name: value})


def test_a_wrong_setting_saves_nothing(directory, team):
    with pytest.raises(UserMistake, match="api_share_percent"):
        directory.save_settings(team.id, TeamSettings(api_share_percent=200, deletion_wins=False))
    assert directory.settings(team.id) == TeamSettings()


def test_the_settings_of_no_team_are_not_found(directory):
    with pytest.raises(NotFound):
        directory.settings("nonsense")
    with pytest.raises(NotFound):
        directory.save_settings("8b0c9e5e-0000-4000-8000-000000000000", TeamSettings())

"""The services that need the database alone."""

# ruff: noqa: PLC0415 each part is imported when it is first asked for: all of them take most of a command's time

from typing import TYPE_CHECKING

from worker.part import Part, Whole

if TYPE_CHECKING:
    from remindersync.store.answers import KeptAnswers
    from remindersync.store.app_reminders import AppReminders
    from remindersync.store.changes import ReminderChanges
    from remindersync.store.database import Database
    from remindersync.store.diagnostics import Diagnostics
    from remindersync.store.directory import Directory
    from remindersync.store.due import SqlDue
    from remindersync.store.guards import Approvals
    from remindersync.store.logins import SqlLogins
    from remindersync.store.requests import RunRequests
    from remindersync.store.retention import SqlRetention
    from remindersync.store.settings_preview import SettingsPreviews
    from remindersync.store.sign_ins import SignIns
    from remindersync.store.team_actions import TeamActions
    from remindersync.store.vault import Vault
    from remindersync.store.webhooks import SqlWebhooks
    from worker.embedded import Servers
    from worker.settings import Settings


class Books(Whole):
    """What is written down of people, reminders and runs."""

    def __init__(self, settings: "Settings", servers: "Servers") -> None:
        super().__init__()
        self.settings = settings
        self.servers = servers

    @Part
    def database(self) -> "Database":
        from remindersync.store.database import Database

        return Database(self.servers.database_url)

    @Part
    def vault(self) -> "Vault":
        from remindersync.store.vault import Vault

        return Vault(self.settings.token_keys)

    @Part
    def directory(self) -> "Directory":
        from remindersync.store.directory import Directory

        return Directory(self.database, self.vault)

    @Part
    def sign_ins(self) -> "SignIns":
        from remindersync.store.sign_ins import SignIns

        return SignIns(self.database, self.vault)

    @Part
    def logins(self) -> "SqlLogins":
        from remindersync.store.logins import SqlLogins

        return SqlLogins(self.database, self.vault)

    @Part
    def due(self) -> "SqlDue":
        from remindersync.store.due import SqlDue

        return SqlDue(self.database)

    @Part
    def requests(self) -> "RunRequests":
        from remindersync.store.requests import RunRequests

        return RunRequests(self.database)

    @Part
    def reminders(self) -> "AppReminders":
        from remindersync.store.app_reminders import AppReminders

        return AppReminders(self.database)

    @Part
    def changes(self) -> "ReminderChanges":
        from remindersync.store.changes import ReminderChanges

        return ReminderChanges(self.database)

    @Part
    def answers(self) -> "KeptAnswers":
        from remindersync.store.answers import KeptAnswers

        return KeptAnswers(self.database)

    @Part
    def diagnostics(self) -> "Diagnostics":
        from remindersync.store.diagnostics import Diagnostics

        return Diagnostics(self.database)

    @Part
    def approvals(self) -> "Approvals":
        from remindersync.store.guards import Approvals

        return Approvals(self.database)

    @Part
    def settings_previews(self) -> "SettingsPreviews":
        from remindersync.store.settings_preview import SettingsPreviews

        return SettingsPreviews(self.database)

    @Part
    def team_actions(self) -> "TeamActions":
        from remindersync.store.team_actions import TeamActions

        return TeamActions(self.database)

    @Part
    def retention(self) -> "SqlRetention":
        from remindersync.store.retention import SqlRetention

        return SqlRetention(self.database)

    @Part
    def hooks(self) -> "SqlWebhooks":
        from remindersync.store.webhooks import SqlWebhooks

        return SqlWebhooks(self.database, self.vault)

"""What people do about the programs that work for them, the same for pages and programs (FACE-4)."""

from collections.abc import Collection

from remindersync.errors import UserMistake
from remindersync.store.changes import Happened
from remindersync.store.people import AppUser
from remindersync.store.webhooks import Scope, Webhook
from worker.services import Services

LONGEST_URL = 2000


def add_webhook(
    services: Services, actor: AppUser, url: str, scope: Scope, events: Collection[Happened], webhook_id: str | None
) -> tuple[Webhook, str]:
    """Have `url` told of `events`; return the webhook and its secret, which is shown this once.

    One that is there already under this id gets a new secret and stays as it is. Raises `UserMistake` for an address
    to which nothing is sent (SAFE-3), and what `SqlWebhooks.add` raises.
    """
    if len(url) > LONGEST_URL:
        raise UserMistake(f"url: it is longer than {LONGEST_URL} characters: shorten it.")
    services.outside.judge(url)
    return services.hooks.add(actor, url, scope, events=events, webhook_id=webhook_id)

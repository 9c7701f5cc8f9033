"""The reasons of actions, in words a person can read."""

from collections.abc import Collection

from remindersync import mapping

GIVEN = "Its Task was given to them in Salesforce"


def listed(names: Collection[str]) -> str:
    """Return fields, by their names on either side, as people call them."""
    labels = [field.label for field in mapping.FIELDS if field.name in names or field.salesforce in names]
    return ", ".join([*labels, "assignee"] if "OwnerId" in names else labels).capitalize()

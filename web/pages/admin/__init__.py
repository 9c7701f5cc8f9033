"""The admin pages: the team's people, settings, guards, errors, and how the fleet does. A file for each tab."""

from fastapi import APIRouter

from web.pages.admin import (
    actions,
    allowance,
    diagnostics,
    fleet,
    guards,
    hook,
    maps,
    people,
    person,
    programs,
    rules,
    template,
)

router = APIRouter()
for _part in (people, person, template, actions, maps, rules, guards, allowance, diagnostics, programs, hook, fleet):
    router.include_router(_part.router)

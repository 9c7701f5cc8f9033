"""The admin pages: the team's people, settings, guards, errors, and how the fleet does. A file for each tab."""

from fastapi import APIRouter

from web.pages.admin import people, person

router = APIRouter()
for _part in (people, person):
    router.include_router(_part.router)

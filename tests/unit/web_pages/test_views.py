"""Where the Command Center's views are."""

import pytest

from web.pages import views


@pytest.mark.parametrize("view", views.PARTS)
@pytest.mark.parametrize("after", [None, "cursor&=? #"])
def test_an_address_names_its_view_and_place(view, after):
    assert views.place(views.address(view, after)) == (view, after)


@pytest.mark.parametrize(
    "address", ["/", "/?view=nonsense", "/settings", "/?view=", "/?&&=", "/reminders/1?back=/%3Fview%3Dall"]
)
def test_any_other_address_is_where_one_starts(address):
    assert views.place(address) == (views.START, None)

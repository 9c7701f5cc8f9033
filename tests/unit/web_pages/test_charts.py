"""The chart of calls: places that fit into the picture, whatever the numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.pages.admin.charts import HEIGHT, WIDTH, Amount, chart, scale

AMOUNTS = st.builds(Amount, st.just("12:00"), st.integers(0, 10_000_000), st.none() | st.integers(0, 10_000_000))


@pytest.mark.parametrize(("most", "top"), [(0, 10), (10, 10), (11, 20), (21, 50), (51, 100), (999, 1000), (1001, 2000)])
def test_the_top_is_the_next_even_number(most, top):
    assert scale(most) == top


def test_bars_stand_on_the_ground_with_others_on_top_of_ours():
    drawn = chart([Amount("a", 5, 5), Amount("b", 10, None)], 1)
    both, ours = drawn.bars
    assert both.ours_y + both.ours_height == drawn.ground == ours.ours_y + ours.ours_height
    assert both.others_y + both.others_height == both.ours_y
    assert both.ours_height == both.others_height == pytest.approx(ours.ours_height / 2)
    assert ours.others_height == 0


def test_labels_are_counted_from_the_last_bar():
    drawn = chart([Amount(str(number), 0, 0) for number in range(6)], 4)
    assert [bar.label for bar in drawn.bars] == ["", "1", "", "", "", "5"]


def test_no_amounts_draw_no_bars():
    assert chart([], 4).bars == ()


@given(st.lists(AMOUNTS, min_size=1, max_size=40))
def test_every_bar_is_inside_the_picture(amounts):
    drawn = chart(amounts, 4)
    for bar in drawn.bars:
        assert drawn.left <= bar.x <= bar.x + bar.width <= WIDTH
        assert 0 <= bar.others_y <= bar.ours_y <= drawn.ground < HEIGHT
        assert bar.ours_height >= 0
        assert bar.others_height >= 0

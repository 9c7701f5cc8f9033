"""Bars of what was used by us and by others, as places on a picture: pure, so that the server draws it."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 960, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 12, 24
_GAP = 0.25
_FEWEST = 10


@dataclass(frozen=True, slots=True)
class Amount:
    """What one bar is of; `others` is None where it is not known."""

    label: str
    ours: int
    others: int | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar's places in the picture: ours from the ground up, others' on top of it. `label` is empty for most."""

    x: float
    width: float
    ours_y: float
    ours_height: float
    others_y: float
    others_height: float
    middle: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the picture, with the number it stands for."""

    y: float
    number: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of bars, in units of its own size."""

    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    ground: float
    left: int = _LEFT
    width: int = WIDTH
    height: int = HEIGHT


def chart(amounts: Sequence[Amount], every_label: int) -> Chart:
    """Return the picture; every so many bars, counted from the last, have their label below."""
    top = scale(max((one.ours + (one.others or 0) for one in amounts), default=0))
    step = (WIDTH - _LEFT - _RIGHT) / max(len(amounts), 1)
    last = len(amounts) - 1
    bars = tuple(
        _bar(one, _LEFT + step * place, step, top, labelled=(last - place) % every_label == 0)
        for place, one in enumerate(amounts)
    )
    return Chart(bars, tuple(Mark(_y(number, top), number) for number in (0, top // 2, top)), _y(0, top))


def scale(most: int) -> int:
    """Return the even number at the picture's top: 1, 2 or 5 times a power of ten, not below `most`."""
    power = _FEWEST
    while True:
        for times in (1, 2, 5):
            if times * power >= most:
                return times * power
        power *= 10


def _bar(one: Amount, x: float, step: float, top: int, *, labelled: bool) -> Bar:
    ours, others = _y(one.ours, top), _y(one.ours + (one.others or 0), top)
    return Bar(
        x=round(x + step * _GAP / 2, 1),
        width=round(step * (1 - _GAP), 1),
        ours_y=ours,
        ours_height=round(_y(0, top) - ours, 1),
        others_y=others,
        others_height=round(ours - others, 1),
        middle=round(x + step / 2, 1),
        label=one.label if labelled else "",
    )


def _y(number: float, top: int) -> float:
    room = HEIGHT - _TOP - _BOTTOM
    return round(_TOP + room * (1 - number / top), 1)

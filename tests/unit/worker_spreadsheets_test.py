"""Tables that a spreadsheet opens."""

import csv

import pytest

from worker.spreadsheets import csv_lines


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1"])
def test_no_value_of_somebody_elses_becomes_a_formula(text):
    _, (value,) = csv.reader(csv_lines(["said"], [{"said": text}]))
    assert value == f"'{text}"


def test_numbers_and_other_texts_stay_as_they_are():
    _, *rows = csv.reader(csv_lines(["said", "times"], [{"said": "1=1", "times": -1}]))
    assert rows == [["1=1", "-1"]]

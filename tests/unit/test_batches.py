"""Which records go in one call, and at what it takes turns: records of one parent, whoever they are about (DIAG-2)."""

import pytest

from remindersync.model import Base, ChangeTask, CreateTask, DeleteTask, Link
from remindersync.send.batches import BATCH, cut
from remindersync.send.parents import families, newly_named, parents

ANN, BEN, CAT = "003A", "003B", "003C"
ACME, BELL, DEAL = "001A", "001B", "006D"


def create(reminder, person=None):
    payload = {"Subject": reminder} | ({"WhoId": person} if person else {})
    return CreateTask(reminder, 1, f"key of {reminder}", payload, Base({}, payload), "new")


def change(reminder, person=None, company=None, related=None, *, to=None):
    payload = {"Subject": "x"} if to is None else {"WhoId": to}
    after = Base({}, {"WhoId": person} | payload)
    link = Link(reminder, "00D", f"Task of {reminder}", after, company_id=company, related_id=related)
    return ChangeTask(reminder, 1, payload, {"WhoId": person}, link, "changed")


def delete(reminder, person=None, company=None):
    link = Link(reminder, "00D", f"Task of {reminder}", Base({}, {"WhoId": person}), company_id=company)
    return DeleteTask(reminder, 1, link, "deleted")


def ids(groups):
    return ["".join(one.reminder_id for one in getattr(group, "actions", group)) for group in groups]


def test_a_write_takes_turns_at_its_task_s_person_company_and_what_it_is_related_to():
    assert parents([change("a", ANN, ACME, DEAL)], {}) == {ANN, ACME, DEAL}
    assert parents([delete("a", ANN, ACME), delete("b")], {}) == {ANN, ACME}


def test_who_is_named_anew_counts_with_the_companies_other_tasks_tell():
    known = {BEN: frozenset({ACME, BELL}), CAT: frozenset({BELL})}
    assert newly_named([create("a", BEN), change("b", ANN, to=CAT), change("c", ANN), delete("d", ANN)]) == {BEN, CAT}
    assert parents([create("a", BEN)], known) == {BEN, ACME, BELL}
    assert parents([change("a", ANN, ACME, to=CAT)], known) == {ANN, ACME, CAT, BELL}
    assert parents([create("a", BEN), create("b")], {}) == {BEN}


def test_records_of_one_parent_are_together_also_through_one_another():
    actions = [change("a", ANN, ACME), change("b", BEN, BELL), change("c"), change("d", CAT, ACME), change("e")]
    assert ids(families(actions, {})) == ["ad", "b", "c", "e"]
    assert ids(families([*actions, change("f", BEN, ACME)], {})) == ["abdf", "c", "e"]
    assert ids(families([create("a", ANN), create("b", BEN)], {ANN: {ACME}, BEN: {ACME}})) == ["ab"]


def test_a_thousand_records_of_a_chain_of_parents_are_one_family():
    chain = [change(f"{number} ", f"003{number}", f"003{number + 1}") for number in range(1000)]
    assert len(families(chain[::2] + chain[1::2], {})) == 1


def test_few_records_go_on_conditions_together():
    (batch,) = cut([change("a"), change("b", ANN)], set(), {})
    assert (ids([batch]), batch.checked) == (["ab"], True)


def test_of_many_a_young_one_takes_along_what_shares_its_company():
    actions = [change("y", ANN, ACME), change("z", BEN, ACME), *(change(".") for _ in range(30))]
    batches = cut(actions, {"y"}, {})
    assert [(one, batch.checked) for batch, one in zip(batches, ids(batches), strict=True)] == [
        ("yz", True),
        ("." * 30, False),
    ]


def test_of_a_company_too_large_for_one_call_on_conditions_only_the_young_have_any():
    actions = [change(name, f"003{place}", ACME) for place, name in enumerate("y" + "." * 60)]
    batches = cut(actions, {"y"}, {})
    assert [(ids([batch]), batch.checked) for batch in batches] == [(["y"], True), (["." * 60], False)]


@pytest.mark.parametrize("size", [BATCH, BATCH + 1])
def test_a_company_fills_calls_of_its_own_where_one_does_not_hold_it(size):
    actions = [create("o"), *(create(".", f"003{number}") for number in range(size))]
    companies = {f"003{number}": frozenset({ACME}) for number in range(size)}
    assert [len(batch.actions) for batch in cut(actions, set(), companies)] == [1, *([BATCH, 1][: size - BATCH + 1])]

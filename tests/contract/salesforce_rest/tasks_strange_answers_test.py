"""Answers that are not what was asked for: a read is tried again, a write stays open."""

import pytest

from remindersync.errors import Destiny, SalesforceRefused, SalesforceUnclear
from remindersync.ports import TaskWrite
from tests.contract.salesforce_rest.task_records import ALWAYS, NOON, VALUES, number, tasks_behind
from tests.fixtures.salesforce import Box, answer, raw_server


@pytest.mark.parametrize(
    "body", ["[]", "{}", "null", "7", '"text"', '{"records": [{}], "done": true}', '{"records": {}, "done": true}']
)
def test_a_strange_answer_to_a_read_is_tried_again(box: Box, body: str) -> None:
    with raw_server(answer("200 OK", body)) as server:
        tasks = tasks_behind(box, server.url)
        for read in (lambda: tasks.changed(ALWAYS), lambda: tasks.count_first(NOON)):
            with pytest.raises(SalesforceRefused) as caught:
                read()
            assert caught.value.fault.destiny is Destiny.RETRY


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "null",
        "[]",
        "[{}]",
        '[{"success": "yes"}]',
        '[{"success": false, "errors": 7}, 7]',
        '[{"success":true},{"success":true}]',
    ],
)
def test_a_strange_answer_to_a_write_leaves_it_open(box: Box, body: str) -> None:
    with raw_server(answer("200 OK", body)) as server:
        tasks = tasks_behind(box, server.url)
        with pytest.raises(SalesforceUnclear):
            tasks.update([TaskWrite({"Subject": "New"}, id=number(1))])


@pytest.mark.parametrize(
    "body", ['[{"success": true}]', '[{"success": true, "id": "nonsense"}]', '[{"success": true, "id": 7}]']
)
def test_a_create_that_names_no_id_leaves_it_open(box: Box, body: str) -> None:
    with raw_server(answer("200 OK", body)) as server, pytest.raises(SalesforceUnclear):
        tasks_behind(box, server.url).create([TaskWrite(VALUES, key="key-1")])


def test_an_error_of_one_record_renews_no_token(box: Box) -> None:
    body = '[{"success": false, "errors": [{"statusCode": "ORG_NOT_OWNED_BY_INSTANCE", "message": "m"}]}]'
    with raw_server(answer("200 OK", body)) as server:
        tasks = tasks_behind(box, server.url)
        assert tasks.update([TaskWrite({"Subject": "New"}, id=number(1))])[0].fault is not None
        assert tasks.calls == 1

import pickle

import pytest

from orgsim.soql import SoqlError, parse

HINT = "Please reference your WSDL or the describe call for the appropriate names."


def refusal(ask, text):
    with pytest.raises(SoqlError) as caught:
        ask(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "column", "code", "message"),
    [
        ("SELECT * FROM Task", 8, "MALFORMED_QUERY", "unexpected token: '*'"),
        ("invalid", 1, "MALFORMED_QUERY", "unexpected token: 'invalid'"),
        ("SELECT Id, FROM Task", 12, "MALFORMED_QUERY", "unexpected token: 'FROM'"),
        ("SELECT Id FROM", 15, "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("", 1, "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Task WHERE IsClosed = true AND Subject = 'a' OR Subject = 'b'", 61, "MALFORMED_QUERY", "unexpected token: 'OR'"),
        ("SELECT Id FROM Task WHERE IsClosed = true AND NOT (Subject LIKE 'a')", 47, "MALFORMED_QUERY", "unexpected token: 'NOT'"),
        ("SELECT Id FROM Task LIMIT 1 ORDER BY Id", 29, "MALFORMED_QUERY", "unexpected token: 'ORDER'"),
        ("SELECT Id FROM Task ALL ROWS", 21, "MALFORMED_QUERY", "ALL ROWS not allowed in this context"),
        ("SELECT Id FROM Task WHERE Subject = :name", 37, "MALFORMED_QUERY", "Bind variables only allowed in Apex code"),
        ("SELECT Id FROM Task WHERE Subject = foo", 37, "MALFORMED_QUERY", "unexpected token: 'foo'"),
        ("SELECT Id FROM Task WHERE Subject IS NULL", 35, "MALFORMED_QUERY", "unexpected token: 'IS'"),
        ("SELECT Id FROM Task WHERE SystemModstamp > 2026-01-01T00:00:00", 54, "MALFORMED_QUERY", "unexpected token: 'T00'"),
        ("SELECT Id FROM Task WHERE SystemModstamp > 2026-01-01T00:00:00 00:00", 54, "MALFORMED_QUERY", "unexpected token: 'T00'"),
        ("SELECT Id FROM Task WHERE SystemModstamp > 2026-13-01T00:00:00Z", 44, "MALFORMED_QUERY", "Invalid date: 2026-13-01T00:00:00Z"),
        ("SELECT Id FROM Task WHERE ActivityDate > 2026-02-30", 42, "MALFORMED_QUERY", "Invalid date: 2026-02-30"),
        ("SELECT Id FROM Task WHERE ActivityDate = LAST_N_DAYS:x", 54, "MALFORMED_QUERY", "unexpected token: 'x'"),
        ("SELECT Id FROM Task WHERE ActivityDate = TODAY:3", 42, "MALFORMED_QUERY", "unexpected token: 'TODAY'"),
        ("SELECT Id FROM Task WHERE ActivityDate = LAST_N_DAYS:-3", 54, "MALFORMED_QUERY", "numeric value out of range: -3"),
        ("SELECT Id FROM Task LIMIT 99999999999", 27, "MALFORMED_QUERY", "numeric value out of range: 99999999999"),
        ("SELECT Id FROM Task LIMIT -1", 27, "MALFORMED_QUERY", "numeric value out of range: -1"),
        ("SELECT Id FROM Task OFFSET 2001", 28, "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
        (r"SELECT Id FROM Task WHERE Subject = '\x'", 37, "MALFORMED_QUERY", r"Invalid string literal '\x'. Illegal character sequence '\x' in string literal."),
        ("SELECT Id FROM Task USING SCOPE team", 33, "MALFORMED_QUERY", "unexpected token: 'team'"),
        ("SELECT Id FROM Task ORDER BY Id NULLS never", 39, "MALFORMED_QUERY", "unexpected token: 'never'"),
        ("SELECT Id FROM Task FOR UPDATE", 25, "MALFORMED_QUERY", "unexpected token: 'UPDATE'"),
        ("SELECT Id, COUNT() FROM Task", 12, "MALFORMED_QUERY", "COUNT() must be the only element of the SELECT list"),
        ("SELECT foo(Id) FROM Task", 11, "MALFORMED_QUERY", "unexpected token: '('"),
        ("SELECT MAX() FROM Task", 12, "MALFORMED_QUERY", "unexpected token: ')'"),
        ("SELECT Id i FROM Task", 8, "MALFORMED_QUERY", "only aggregate expressions use field aliasing"),
        ("SELECT Id, id FROM Task", 12, "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Id, FIELDS(STANDARD) FROM Task", 12, "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT FIELDS(ALL) FROM Task LIMIT 201", 8, "MALFORMED_QUERY", "The SOQL FIELDS function must have a LIMIT of at most 200"),
        ("SELECT FIELDS(SOME) FROM Task", 8, "MALFORMED_QUERY", "unexpected token: 'SOME'"),
        ("SELECT Id FROM Task ORDER BY Description", 30, "MALFORMED_QUERY", "field 'Description' can not be sorted in a query call"),
        ("SELECT Id FROM Task WHERE Description LIKE '%x'", 27, "INVALID_FIELD", "field 'Description' can not be filtered in a query call"),
        ("SELECT Description FROM Task GROUP BY Description", 39, "MALFORMED_QUERY", "field 'Description' can not be grouped in a query call"),
        ("SELECT SystemModstamp FROM Task GROUP BY SystemModstamp", 42, "MALFORMED_QUERY", "field 'SystemModstamp' can not be grouped in a query call"),
        ("SELECT MAX(Description) FROM Task", 8, "MALFORMED_QUERY", "field Description does not support aggregate operator MAX"),
        ("SELECT SUM(Subject) FROM Task", 8, "MALFORMED_QUERY", "field Subject does not support aggregate operator SUM"),
        ("SELECT MAX(IsClosed) FROM Task", 8, "MALFORMED_QUERY", "field IsClosed does not support aggregate operator MAX"),
        ("SELECT Subject, COUNT(Id) FROM Task GROUP BY Status", 8, "MALFORMED_QUERY", "Field must be grouped or aggregated: Subject"),
        ("SELECT Status, COUNT(Id) FROM Task GROUP BY Status ORDER BY Subject", 61, "MALFORMED_QUERY", "Field must be grouped or aggregated: Subject"),
        ("SELECT COUNT(Id) n, MAX(Id) n FROM Task", 21, "MALFORMED_QUERY", "duplicate alias: n"),
        ("SELECT COUNT(Id) FROM Task LIMIT 1", 1, "MALFORMED_QUERY", "Non-grouped query that uses overall aggregate functions cannot also use LIMIT"),
        ("SELECT Id FROM Task WHERE SystemModstamp > 2026-01-01", 27, "INVALID_FIELD", "value of filter criterion for field 'SystemModstamp' must be of type dateTime and should not be enclosed in quotes"),
        ("SELECT Id FROM Task WHERE SystemModstamp > '2026-01-01T00:00:00Z'", 27, "INVALID_FIELD", "value of filter criterion for field 'SystemModstamp' must be of type dateTime and should not be enclosed in quotes"),
        ("SELECT Id FROM Task WHERE ActivityDate = 2026-01-01T00:00:00Z", 27, "INVALID_FIELD", "value of filter criterion for field 'ActivityDate' must be of type date and should not be enclosed in quotes"),
        ("SELECT Id FROM Task WHERE ActivityDate IN ('2026-01-01')", 27, "INVALID_FIELD", "value of filter criterion for field 'ActivityDate' must be of type date and should not be enclosed in quotes"),
        ("SELECT Id FROM Task WHERE IsClosed = 'true'", 27, "INVALID_FIELD", "value of filter criterion for field 'IsClosed' must be of type boolean and should not be enclosed in quotes"),
        ("SELECT Id FROM Task WHERE Status = TODAY", 27, "INVALID_FIELD", "value of filter criterion for field 'Status' must be of type string and should be enclosed in quotes"),
        ("SELECT Id FROM Task WHERE Subject = 5", 27, "INVALID_FIELD", "value of filter criterion for field 'Subject' must be of type string and should be enclosed in quotes"),
        ("SELECT Id FROM Task WHERE CallDurationInSeconds = '5'", 27, "INVALID_FIELD", "value of filter criterion for field 'CallDurationInSeconds' must be of type int and should not be enclosed in quotes"),
        ("SELECT Id FROM Task WHERE OwnerId LIKE '005%'", 27, "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on id field"),
        ("SELECT Id FROM Task WHERE IsClosed > false", 27, "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on boolean field"),
        ("SELECT Id FROM Task WHERE OwnerId = 'nobody'", 27, "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: nobody"),
        ("SELECT Id FROM Task WHERE COUNT() > 1", 27, "MALFORMED_QUERY", "COUNT() must be the only element of the SELECT list"),
        ("SELECT Id FROM Task WHERE Id INCLUDES (SELECT Id FROM Task)", 40, "MALFORMED_QUERY", "unexpected token: 'SELECT'"),
        ("SELECT COUNT() FROM Task GROUP BY Status", 1, "MALFORMED_QUERY", "Grouped query cannot use COUNT(); use COUNT(Id)"),
        ("SELECT COUNT(Id) FROM Task GROUP BY MAX(Id)", 37, "MALFORMED_QUERY", "unexpected token: 'MAX'"),
        ("SELECT Id FROM Task WHERE Subject LIKE 5", 27, "INVALID_FIELD", "value of filter criterion for field 'Subject' must be of type string and should be enclosed in quotes"),
        ("SELECT Id FROM Task WHERE COUNT(Id) > 1", 27, "MALFORMED_QUERY", "unexpected token: 'COUNT'"),
        ("SELECT Id FROM Task WHERE IsClosed = true OR Id IN (SELECT Id FROM Task)", 68, "MALFORMED_QUERY", "Semi join sub-selects are not allowed with the 'OR' operator"),
        ("SELECT Id FROM Task WHERE NOT Id IN (SELECT Id FROM Task)", 53, "MALFORMED_QUERY", "Semi join sub-selects are only allowed at the top level WHERE expressions"),
        ("SELECT Id FROM Task WHERE Id IN (SELECT Id FROM Task WHERE Id IN (SELECT Id FROM Task))", 49, "MALFORMED_QUERY", "Nesting of semi join sub-selects is not supported"),
    ],
)  # fmt: skip
def test_a_refusal_names_its_code_place_and_cause(ask, text, column, code, message):
    error = refusal(ask, text)
    shown, caret, place, *rest = error.message.removeprefix("\n").split("\n")
    assert (error.code, "\n".join(rest)) == (code, message)
    assert place == f"ERROR at Row:1:Column:{column}"
    assert caret.index("^") <= 60
    assert shown[caret.index("^") :] == text[column - 1 :][: len(shown) - caret.index("^")]


def test_an_unknown_column_is_worded_and_placed_as_by_the_platform(ask):
    assert refusal(ask, "SELECT Id, FullName FROM Account").message == (
        "\nSELECT Id, FullName FROM Account\n           ^\nERROR at Row:1:Column:12\nNo such column 'FullName' on entity "
        "'Account'. If you are attempting to use a custom field, be sure to append the '__c' after the custom "
        f"field name. {HINT}"
    )


def test_an_unknown_object_is_worded_as_by_the_platform(ask):
    error = refusal(ask, "SELECT Id FROM Foo")
    assert error.code == "INVALID_TYPE"
    assert error.message.endswith(
        "ERROR at Row:1:Column:16\nsObject type 'Foo' is not supported. If you are attempting to use a custom object, be "
        f"sure to append the '__c' after the entity name. {HINT}"
    )
    assert refusal(ask, "SELECT Id FROM Name").code == "INVALID_TYPE"


def test_an_unknown_relationship_is_worded_as_by_the_platform(ask):
    error = refusal(ask, "SELECT Id, Boss.Name FROM Task")
    assert error.code == "INVALID_FIELD"
    assert "Column:12\nDidn't understand relationship 'Boss' in field path." in error.message


def test_a_child_query_is_refused(ask):
    error = refusal(ask, "SELECT Id, (SELECT Id FROM Tasks) FROM Account")
    assert error.code == "INVALID_TYPE"
    assert "Didn't understand relationship 'Tasks' in FROM part of query call." in error.message


def test_a_path_goes_up_five_levels_and_no_further(ask):
    ask("SELECT CreatedBy.Manager.Manager.Manager.Manager.Name FROM Task")
    error = refusal(ask, "SELECT CreatedBy.Manager.Manager.Manager.Manager.Manager.Name FROM Task")
    assert "maximum of 5 levels" in error.message


def test_an_open_quote_and_a_foreign_character_are_told_apart(ask):
    assert (
        "line 1:36 mismatched character '<EOF>' expecting '''"
        in refusal(ask, "SELECT Id FROM Task WHERE Subject = 'x").message
    )
    assert (
        "line 1:36 no viable alternative at character '\"'"
        in refusal(ask, 'SELECT Id FROM Task WHERE Subject = "x"').message
    )


def test_the_place_counts_rows_and_shows_a_part_of_a_long_line(ask):
    error = refusal(ask, "SELECT Id\nFROM Task\nWHERE " + "Subject = 'x' AND " * 20 + "Nope = 1")
    shown, caret, place = error.message.split("\n")[1:4]
    assert place == "ERROR at Row:3:Column:367"
    assert shown[caret.index("^") :] == "Nope = 1"
    assert len(shown) < 130


@pytest.mark.parametrize("count", [1, 2])
def test_a_query_has_two_semi_joins_at_most(ask, count):
    join = "Id IN (SELECT Id FROM Task)"
    ask("SELECT Id FROM Task WHERE " + " AND ".join([join] * count))
    error = refusal(ask, "SELECT Id FROM Task WHERE " + " AND ".join([join] * 3))
    assert error.message.endswith("Maximum 2 semi join sub-selects are allowed")


@pytest.mark.parametrize(
    "inner", ["SELECT Subject FROM Task", "SELECT Id, WhoId FROM Task", "SELECT COUNT() FROM Task"]
)
def test_a_semi_join_selects_one_id(ask, inner):
    assert refusal(ask, f"SELECT Id FROM Task WHERE WhoId IN ({inner})").code == "MALFORMED_QUERY"


def test_a_semi_join_compares_ids(ask):
    assert refusal(ask, "SELECT Id FROM Task WHERE Subject IN (SELECT Id FROM Task)").code == "MALFORMED_QUERY"


def test_texts_and_strings_have_a_longest_length(ask):
    assert refusal(ask, "SELECT Id FROM Task" + " " * 100_000).code == "MALFORMED_QUERY"
    assert "string literal too long" in refusal(ask, f"SELECT Id FROM Task WHERE Subject = '{'x' * 4_001}'").message
    parse(f"SELECT Id FROM Task WHERE Subject = '{'x' * 4_000}'")


@pytest.mark.parametrize("literal", ["LAST_N_YEARS:9999", "NEXT_N_DAYS:100001", "9" * 301, "0001-01-01T00:00:00+23:00"])
def test_values_outside_every_calendar_or_number_are_refused(ask, literal):
    field = "CallDurationInSeconds" if literal.isdecimal() else "SystemModstamp"
    assert refusal(ask, f"SELECT Id FROM Task WHERE {field} = {literal}").code == "MALFORMED_QUERY"


def test_an_error_survives_pickling():
    error = SoqlError("MALFORMED_QUERY", "unexpected token: 'x'")
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.code, copy.message, str(copy)) == (error.code, error.message, str(error))

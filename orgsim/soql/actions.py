"""What each rule of the grammar builds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lark import Token, Transformer, v_args

from orgsim.soql import literals, periods
from orgsim.soql import query as q
from orgsim.soql.dates import is_date_function

_MAX_STRING = 4_000
_MAX_DIGITS = 300
_MAX_INTEGER = 2_147_483_647
_MAX_OFFSET = 2_000
_MAX_PERIODS = 100_000
_FUNCTIONS = frozenset({"COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG", "FIELDS", "TOLABEL"})
_CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None}


class Rejected(Exception):
    """A rule that the grammar can't say was broken at character `offset` of the text."""

    def __init__(self, offset: int, message: str, code: str = "MALFORMED_QUERY") -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message
        self.code = code


@v_args(inline=True)
class Actions(Transformer[Token, q.Query]):
    """Builds the values of `orgsim.soql.query` while the parser runs."""

    def start(self, query: q.Query) -> q.Query:
        return query

    def query(self, items: tuple[q.Selected | q.TypeOf, ...], source: dict[str, Any], *clauses: Any) -> q.Query:
        scope, where, _, group, order, limit, offset, all_rows = clauses[:8]
        if all_rows is not None:
            raise Rejected(_place(all_rows), "ALL ROWS not allowed in this context")
        group_by, having = group or ((), None)
        return q.Query(
            selected=tuple(item for item in items if isinstance(item, q.Selected)),
            typeofs=tuple(item for item in items if isinstance(item, q.TypeOf)),
            **source,
            scope=scope,
            where=where,
            group_by=group_by,
            having=having,
            order_by=order or (),
            limit=limit,
            offset=offset or 0,
        )

    def select_list(self, *items: q.Selected | q.TypeOf) -> tuple[q.Selected | q.TypeOf, ...]:
        plain = [item for item in items if isinstance(item, q.Selected)]
        if len(items) > 1 or any(item.alias for item in plain):
            for item in plain:
                _refuse_bare_count(item.operand)
        return items

    def typeof(self, relationship: q.Path, *branches: Any) -> q.TypeOf:
        return q.TypeOf(relationship, branches[:-1], branches[-1])

    def when(self, name: Token, *fields: q.Path) -> q.Branch:
        return q.Branch(str(name), _place(name), fields)

    def otherwise(self, *fields: q.Path) -> tuple[q.Path, ...]:
        return fields

    def with_clause(self, word: Token, name: Token) -> None:
        # SECURITY_ENFORCED and the modes are Apex's; data categories belong to objects that are not kept here.
        raise Rejected(_place(word), f"unexpected token: '{word} {name}'")

    def select_item(self, operand: q.Operand, alias: Token | None) -> q.Selected:
        return q.Selected(operand, str(alias) if alias else None)

    def child_query(self, child: q.Query) -> None:
        message = (
            f"Didn't understand relationship '{child.object_name}' in FROM part of query call. If you are "
            "attempting to use a custom relationship, be sure to append the '__r' after the custom "
            "relationship name. Please reference your WSDL or the describe call for the appropriate names."
        )
        raise Rejected(child.object_offset, message, "INVALID_TYPE")

    def operand(self, path: q.Path) -> q.Path:
        return path

    def call(self, name: Token, argument: q.Path | None) -> q.Call:
        function = name.upper()
        if function not in _FUNCTIONS and not is_date_function(function):
            raise Rejected(_place(name) + len(name), "unexpected token: '('")
        if argument is None and function != "COUNT":
            raise Rejected(_place(name) + len(name) + 1, "unexpected token: ')'")
        return q.Call(function, argument, _place(name))

    def nested_call(self, name: Token, inner: Token, argument: q.Path) -> q.Call:
        function = name.upper()
        if not is_date_function(function) or inner.upper() != "CONVERTTIMEZONE":
            raise Rejected(_place(inner) + len(inner), "unexpected token: '('")
        return q.Call(function, argument, _place(name), is_converted=True)

    def path(self, *names: Token) -> q.Path:
        return q.Path(tuple(str(name) for name in names), _place(names[0]))

    def source(self, name: Token, alias: Token | None = None) -> dict[str, Any]:
        alias_text = str(alias) if alias else None
        return {"object_name": str(name), "object_offset": _place(name), "alias": alias_text}

    def scope(self, name: Token) -> str:
        if name.lower() not in {"mine", "everything"}:
            raise Rejected(_place(name), f"unexpected token: '{name}'")
        return name.lower()

    def where(self, condition: q.Condition) -> q.Condition:
        return condition

    def group(self, *parts: Any) -> tuple[tuple[q.Operand, ...], q.Condition | None]:
        return parts[:-1], parts[-1]

    def having(self, condition: q.Condition) -> q.Condition:
        return condition

    def order(self, *items: q.Ordered) -> tuple[q.Ordered, ...]:
        return items

    def order_item(self, operand: q.Operand, direction: Token | None, nulls_last: bool | None) -> q.Ordered:
        return q.Ordered(operand, bool(direction and direction.lower() == "desc"), bool(nulls_last))

    def nulls(self, place: Token) -> bool:
        if place.lower() not in {"first", "last"}:
            raise Rejected(_place(place), f"unexpected token: '{place}'")
        return place.lower() == "last"

    def limit(self, number: Token) -> int:
        return _row_count(number)

    def offset(self, number: Token) -> int:
        offset = _row_count(number)
        if offset > _MAX_OFFSET:
            message = f"Maximum SOQL offset allowed is {_MAX_OFFSET}"
            raise Rejected(_place(number), message, "NUMBER_OUTSIDE_VALID_RANGE")
        return offset

    def all_rows(self, word: Token) -> Token:
        return word

    def for_clause(self, name: Token) -> None:
        if name.lower() not in {"view", "reference"}:
            raise Rejected(_place(name), f"unexpected token: '{name}'")

    def conjunction(self, *parts: q.Condition) -> q.And:
        return q.And(parts)

    def disjunction(self, *parts: q.Condition) -> q.Or:
        return q.Or(parts)

    def negation(self, part: q.Condition) -> q.Not:
        return q.Not(part)

    def comparison(self, operand: q.Operand, operator: Token, value: q.Literal) -> q.Comparison:
        _refuse_bare_count(operand)
        return q.Comparison(operand, "!=" if operator == "<>" else operator.upper(), value)

    def membership(self, operand: q.Operand, operator: str, *values: q.Literal) -> q.Membership:
        _refuse_bare_count(operand)
        return q.Membership(operand, operator, values)

    def semi_join(self, operand: q.Operand, operator: str, query: q.Query) -> q.SemiJoin:
        return q.SemiJoin(operand, operator, query)

    def inside(self) -> str:
        return "IN"

    def outside(self) -> str:
        return "NOT IN"

    def includes(self) -> str:
        return "INCLUDES"

    def excludes(self) -> str:
        return "EXCLUDES"

    def string(self, token: Token) -> q.String:
        try:
            text, pattern = literals.unescape(str(token))
        except literals.IllegalEscapeError as error:
            message = f"Invalid string literal {token}. Illegal character sequence '{error}' in string literal."
            raise Rejected(_place(token), message) from None
        if len(text) > _MAX_STRING:
            raise Rejected(_place(token), f"string literal too long: {len(text)} (maximum {_MAX_STRING})")
        return q.String(text, pattern, _place(token))

    def number(self, token: Token) -> q.Number:
        if len(token) > _MAX_DIGITS:
            raise Rejected(_place(token), f"numeric value out of range: {token}")
        return q.Number(float(token) if "." in token else int(token), _place(token))

    def date_time(self, token: Token) -> q.Moment:
        try:
            return q.Moment(literals.moment(str(token)), _place(token))
        except (ValueError, OverflowError):
            raise Rejected(_place(token), f"Invalid date: {token}") from None

    def date(self, token: Token) -> q.Day:
        try:
            return q.Day(literals.day(str(token)), _place(token))
        except ValueError:
            raise Rejected(_place(token), f"Invalid date: {token}") from None

    def word(self, token: Token) -> q.Constant | q.Period:
        if token.upper() in _CONSTANTS:
            return q.Constant(_CONSTANTS[token.upper()], _place(token))
        if periods.is_plain(token):
            return q.Period(token.upper(), None, _place(token))
        raise Rejected(_place(token), f"unexpected token: '{token}'")

    def counted_word(self, token: Token, number: Token) -> q.Period:
        if not periods.is_counted(token):
            raise Rejected(_place(token), f"unexpected token: '{token}'")
        if not number.isdecimal() or len(number) > _MAX_DIGITS or int(number) > _MAX_PERIODS:
            raise Rejected(_place(number), f"numeric value out of range: {number}")
        return q.Period(token.upper(), int(number), _place(token))

    def bind(self, name: Token) -> None:
        raise Rejected(_place(name) - 1, "Bind variables only allowed in Apex code")


def _place(token: Token) -> int:
    return token.start_pos or 0


def _refuse_bare_count(operand: q.Operand) -> None:
    if isinstance(operand, q.Call) and operand.argument is None:
        raise Rejected(operand.offset, "COUNT() must be the only element of the SELECT list")


def _row_count(number: Token) -> int:
    digits: Sequence[str] = number.removeprefix("+")
    if not str(digits).isdecimal() or len(digits) > _MAX_DIGITS or int(str(digits)) > _MAX_INTEGER:
        raise Rejected(_place(number), f"numeric value out of range: {number}")
    return int(str(digits))

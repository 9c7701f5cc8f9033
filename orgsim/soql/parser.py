"""Text to `Query`: what the platform says about text it can't read."""

from __future__ import annotations

import dataclasses
import functools
from importlib import resources

import lark

from orgsim.soql.actions import Actions, Rejected
from orgsim.soql.errors import SoqlError, error_at, malformed
from orgsim.soql.query import Query

_MAX_TEXT = 100_000
_PUNCTUATION = "*/;,.:()=<>%!"


@functools.lru_cache(maxsize=1024)
def parse(text: str) -> Query:
    """Read one SELECT statement.

    Raises:
        SoqlError: MALFORMED_QUERY mostly, with the place and the platform's words.

    """
    if len(text) > _MAX_TEXT:
        raise SoqlError("MALFORMED_QUERY", f"SOQL statements cannot be longer than {_MAX_TEXT} characters.")
    try:
        parsed = _parser().parse(text)
    except lark.UnexpectedToken as error:
        raise _unexpected_token(text, error.token) from None
    except lark.UnexpectedCharacters as error:
        raise _unexpected_character(text, error.pos_in_stream or 0) from None
    except Rejected as error:
        raise error_at(text, error.offset, error.code, error.message) from None
    assert isinstance(parsed, Query)
    return dataclasses.replace(parsed, text=text)


@functools.cache
def _parser() -> lark.Lark:
    grammar = resources.files("orgsim.soql").joinpath("grammar.lark").read_text(encoding="utf-8")
    return lark.Lark(grammar, parser="lalr", transformer=Actions(), maybe_placeholders=True)


def _unexpected_token(text: str, token: lark.Token) -> SoqlError:
    if token.type == "$END":
        return malformed(text, len(text.rstrip()), "unexpected token: '<EOF>'")
    return malformed(text, token.start_pos or 0, f"unexpected token: '{token}'")


def _unexpected_character(text: str, offset: int) -> SoqlError:
    character = text[offset : offset + 1]
    if character in _PUNCTUATION:
        return malformed(text, offset, f"unexpected token: '{character}'")
    row, column = text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1)
    if character == "'":
        return malformed(text, offset, f"line {row}:{column} mismatched character '<EOF>' expecting '''")
    return malformed(text, offset, f"line {row}:{column} no viable alternative at character '{character}'")

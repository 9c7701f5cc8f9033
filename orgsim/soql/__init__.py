"""SOQL: text to a query, and a query to the records it answers with."""

from orgsim.soql.catalog import Catalog
from orgsim.soql.errors import SoqlError
from orgsim.soql.execute import Answer, Rendered, execute, row_test
from orgsim.soql.parser import parse
from orgsim.soql.query import Query

__all__ = ["Answer", "Catalog", "Query", "Rendered", "SoqlError", "execute", "parse", "row_test"]

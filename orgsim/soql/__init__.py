"""SOQL: text to a query, and a query to the records it answers with."""

from orgsim.soql.catalog import Catalog
from orgsim.soql.errors import SoqlError
from orgsim.soql.execute import Answer, execute
from orgsim.soql.parser import parse
from orgsim.soql.query import Query

__all__ = ["Answer", "Catalog", "Query", "SoqlError", "execute", "parse"]

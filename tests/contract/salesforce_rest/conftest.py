"""The fixtures of this folder."""

from tests.fixtures.salesforce import _http, _sim, box

__all__ = ["_http", "_sim", "box"]

"""The subject template: names into Subjects and back, previews, and rendering anew on request."""

from remindersync.subject.template import (
    FIELDS,
    NAME,
    Rendered,
    Sample,
    Template,
    Token,
    inputs,
    invert,
    parse,
    render,
    sample,
)

__all__ = [
    "FIELDS",
    "NAME",
    "Rendered",
    "Sample",
    "Template",
    "Token",
    "inputs",
    "invert",
    "parse",
    "render",
    "sample",
]

"""The HTTP API: the same powers as the pages, for programs."""

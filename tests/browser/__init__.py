"""Pages in a real browser: a package, so that what it shares ends with it and not with the session."""

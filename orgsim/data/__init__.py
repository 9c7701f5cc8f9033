"""Tables of what the platform's objects look like, read by `orgsim.schema`."""

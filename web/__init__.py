"""The window: HTTP API and pages; reads and writes the store and enqueues, never syncs itself."""

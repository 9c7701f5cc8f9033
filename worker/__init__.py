"""The process: Celery app, settings, composition root, dispatch and command line."""

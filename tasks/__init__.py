"""The jobs: one Celery task a file."""

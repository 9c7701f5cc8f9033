"""The sync engine: keeps reminders and Salesforce Tasks in step; knows no Celery and no web."""

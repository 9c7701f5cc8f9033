"""The demo: everything on one machine against a Salesforce org in a box, and the check that proves it."""

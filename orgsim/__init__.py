"""A Salesforce org in a box: answers REST over HTTP as the platform does; imports nothing of the engine."""

"""Salesforce as the engine sees it: the only package that imports simple_salesforce."""

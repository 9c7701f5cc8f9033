"""Everything that talks to Salesforce; the only importer of simple_salesforce."""

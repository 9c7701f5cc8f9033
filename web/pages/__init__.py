"""The pages people use: Command Center, settings, signing in and connecting Salesforce."""

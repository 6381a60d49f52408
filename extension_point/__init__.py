"""The booth's page at a neighbourhood extension point."""

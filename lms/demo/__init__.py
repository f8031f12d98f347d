"""A demonstration school, built through the services."""

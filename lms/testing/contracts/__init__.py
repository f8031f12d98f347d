"""Contract suites: what every plug-in of a kind must keep, for built-ins and everybody's."""

"""Check forms and JSON of credit transfer."""

"""Check forms and JSON of study plans."""

"""Check what people type and programs send: one schema for a form and for the JSON."""

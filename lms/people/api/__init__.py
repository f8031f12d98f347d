"""JSON interfaces of people below /api/v1."""

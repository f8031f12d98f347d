"""JSON interfaces of plans and credit below /api/v1."""

"""Pages of plans and credit."""

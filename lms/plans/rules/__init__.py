"""Pure rules of plans and credit."""

"""Pure rules of curriculum."""

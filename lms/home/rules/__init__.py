"""Pure rules of the home page."""

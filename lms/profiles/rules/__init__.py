"""Pure rules of the profile."""

"""Collect what is due for each role from the features' queries."""

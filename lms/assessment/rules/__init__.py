"""Pure functions over values: no Flask, no SQLAlchemy, no clock."""

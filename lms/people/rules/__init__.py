"""Pure rules about people: conditions, working days, ages."""

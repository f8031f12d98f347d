"""Pages of people: sign-in, own account, consents, support plans, people and roles."""

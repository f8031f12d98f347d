"""The first page after sign-in: what is due now, for every role."""

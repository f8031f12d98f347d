"""The suite; docs/testing.md says what belongs into which folder."""

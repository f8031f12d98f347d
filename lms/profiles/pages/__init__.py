"""Pages of the digital profile."""

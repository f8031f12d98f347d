"""Identity checks, monitoring and review by people."""

"""Items, attempts, marking, gradebook and attestation sessions."""

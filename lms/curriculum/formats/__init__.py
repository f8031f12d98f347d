"""Other systems' files of outcomes: bytes to values and back."""

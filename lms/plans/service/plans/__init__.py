"""Use cases of study plans."""

__all__: list[str] = []

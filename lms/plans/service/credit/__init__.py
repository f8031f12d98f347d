"""Use cases of credit transfer."""

__all__: list[str] = []

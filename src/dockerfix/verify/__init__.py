"""The proof that costs a build: an image built before and after the repairs, and measured by a real engine."""

__all__: list[str] = []

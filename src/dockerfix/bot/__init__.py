"""Fix pull requests: opened, kept up to date and closed, on every forge."""

__all__: list[str] = []

"""Rules about the build context."""

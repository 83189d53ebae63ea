"""Rules about how instructions are written."""

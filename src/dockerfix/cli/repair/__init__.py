"""The default command: check, show or write the repairs."""

"""Rules about the process that starts."""

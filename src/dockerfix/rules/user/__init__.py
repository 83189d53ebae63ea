"""Rules about the user that runs."""

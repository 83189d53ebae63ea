"""Rules about packages of the system."""

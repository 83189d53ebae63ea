"""Rules about the base image."""

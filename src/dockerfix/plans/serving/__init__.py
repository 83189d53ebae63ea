"""What the programs of an image serve, and how somebody reaches it."""

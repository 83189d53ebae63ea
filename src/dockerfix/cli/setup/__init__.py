"""`dockerfix init`."""

"""`dockerfix fleet`."""

"""`dockerfix pr` and `dockerfix review`, and what they share with a fleet."""

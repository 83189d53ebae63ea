"""Rules about how the program serves: where it listens, and what it turns on for its developers."""

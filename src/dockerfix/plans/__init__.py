"""What one repair has to know. Rules ask it; the gate never does."""

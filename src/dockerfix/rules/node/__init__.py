"""Rules about what Node and its package managers install and start."""

"""Running as a user: what the program writes, what stands in the way, who may own what."""

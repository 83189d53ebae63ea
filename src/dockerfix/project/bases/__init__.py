"""Base images: what their names and tags say, and the data on them."""

"""Which base image is enough."""

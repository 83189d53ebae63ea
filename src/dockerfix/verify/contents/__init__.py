"""What lies in an image."""

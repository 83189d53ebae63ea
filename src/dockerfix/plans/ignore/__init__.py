"""What an ignore file may hide, and which build context a Dockerfile fits."""

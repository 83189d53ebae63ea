"""What a running container is asked."""

"""Package managers of other languages."""

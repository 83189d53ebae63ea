"""What a program does when it is asked to stop, and what it prints."""

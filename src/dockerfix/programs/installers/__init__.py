"""Package managers: what their commands read, fill and write, and how to part them. One file each."""

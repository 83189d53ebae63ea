"""What programs do with their words: what starts, what a package manager reads, what a server listens on."""

"""Who in a repository reads or runs a file: env files, Git, make targets, mentions in any text."""

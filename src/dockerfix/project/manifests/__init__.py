"""What a project depends on: manifests and lock files of every package manager that is known."""

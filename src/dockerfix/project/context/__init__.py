"""The build context: its files, read within limits; ignore files, Git's and the builder's; the repository around it."""

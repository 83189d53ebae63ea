"""From the paths of a command line to Dockerfiles, and the work on each."""

"""What surrounds a Dockerfile: facts of the files beside it, one room a kind. Nothing here knows of images."""

"""What a registry says of an image's tags, over the OCI distribution protocol; asked with `--online` alone."""

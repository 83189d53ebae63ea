"""`dockerfix verify` and `--write --verified`."""

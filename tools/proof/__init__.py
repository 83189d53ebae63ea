"""Proof on real projects: base images, services, requests, runs and the table. `tools/prove.py` is the command."""

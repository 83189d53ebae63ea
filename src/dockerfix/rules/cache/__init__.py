"""Rules about caches left in layers."""

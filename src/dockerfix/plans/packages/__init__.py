"""Packages that an install brings, keeps or leaves behind, and what of them the image needs."""

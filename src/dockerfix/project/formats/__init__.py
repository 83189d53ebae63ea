"""Texts as values: JSON, YAML, XML, paths that code computes; a cut or broken text is unknown."""

"""Go sources, read with tree-sitter; never run."""

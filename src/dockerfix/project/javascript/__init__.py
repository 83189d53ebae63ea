"""JavaScript and TypeScript sources, read with tree-sitter; never run."""

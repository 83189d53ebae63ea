"""Python sources, read with `ast` and rewritten with libcst; never run."""

"""A proof in words: for a terminal, as Markdown, JSON or an HTML page."""

"""`dockerfix serve`: a page on this machine to try dockerfix on a text or a folder."""

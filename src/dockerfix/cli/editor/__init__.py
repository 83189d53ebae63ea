"""`dockerfix lsp`: a language server for editors. What an editor counts is turned into bytes here, and nowhere else."""

"""Starting a program as process 1: what the kernel can start, who is handed the words, what only a shell expands."""

"""Which release of Python, Node, Go … a project wants and bears."""

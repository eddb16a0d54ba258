"""The template engine: compiled, escaped by default, Python expressions."""

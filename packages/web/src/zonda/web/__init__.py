"""Applications, request handlers, UI modules and static files."""

"""Small asynchronous SQL wrapper: SQLite, MySQL, PostgreSQL."""

"""An asynchronous HTTP client with a connection pool."""

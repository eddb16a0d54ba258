"""A strict, bounded HTTP/1.1 server."""

"""WebSocket handlers and client."""

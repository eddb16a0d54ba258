"""A dashboard that moves: server-sent events and a chart drawn by the browser."""

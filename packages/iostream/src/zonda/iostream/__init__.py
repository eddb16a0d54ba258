"""Non-blocking streams, TLS, TCP servers and clients, subprocess pipes."""

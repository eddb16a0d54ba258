"""Event loop, timers and file descriptor handlers over asyncio."""

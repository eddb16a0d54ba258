"""Published programs for Tornado, started with the alias in Tornado's place and asked for pages.

Each runs as its users run it, as a process; what is asked of it goes over real sockets.
"""

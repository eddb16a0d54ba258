"""Typed options from command line, file and environment, and logging."""

"""Passwords and third-party login."""

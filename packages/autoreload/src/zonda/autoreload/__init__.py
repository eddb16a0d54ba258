"""Restarts the process when its source changes."""

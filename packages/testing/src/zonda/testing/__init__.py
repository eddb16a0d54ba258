"""Test cases and fixtures for Zonda programs."""

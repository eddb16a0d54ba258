"""Escaping for HTML, URLs and JSON, and links in text."""

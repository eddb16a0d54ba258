"""Wrappers around an application: request ids, security headers, cross-origin requests."""

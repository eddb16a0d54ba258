"""How a larger site begins: one base handler with the session, the user, the database, the cache
and the language; pages on top of it say only what is their own.

``python -m examples.larger_app`` (Redis on its usual port), then http://localhost:8888/
"""

"""A cookbook: one small site for each driver, with its pool, its limits and its bad days.

Each module is a program: ``python -m examples.drivers.redis_hits --help``.
"""

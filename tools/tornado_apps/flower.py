"""Flower, which watches the workers of Celery; with Redis as its broker."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .program import running

BROKER = os.environ.get("ZONDA_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


def check(directory: Path) -> list[str]:
    """Run it in *directory*; the result says what was done."""
    arguments = [
        "-m",
        "celery",
        f"--broker={BROKER}",
        "flower",
        "--port={port}",
        "--address=127.0.0.1",
        "--basic-auth=user:secret",
    ]
    headers = {"Authorization": "Basic dXNlcjpzZWNyZXQ="}
    with running(arguments, directory, "/healthcheck", headers) as program:
        assert b"Flower" in program.get("/")
        assert b"<html" in program.get("/tasks")
        assert json.loads(program.get("/api/workers")) is not None
        assert json.loads(program.get("/api/tasks")) is not None
        assert b"flower" in program.get("/static/css/flower.css").lower()
        assert b"python_info" in program.get("/metrics")
    return ["the main page", "its tasks", "its API", "a static file", "metrics"]

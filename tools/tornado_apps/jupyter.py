"""Jupyter Server: its pages and its API, and a shell in a terminal, over a websocket."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from zonda.websocket import websocket_connect

from .program import Program, running

TOKEN = "a-token-for-a-test"


def check(directory: Path) -> list[str]:
    """Run it in *directory*; the result says what was done."""
    arguments = [
        "-m",
        "jupyter_server",
        "--no-browser",
        "--allow-root",
        "--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={directory}",
        "--ServerApp.jpserver_extensions=jupyter_server_terminals=True",
    ]
    headers = {"Authorization": f"token {TOKEN}"}
    with running(arguments, directory, "/api", headers) as program:
        assert b"Jupyter Server" in program.get("/")
        assert "version" in json.loads(program.get("/api"))
        assert json.loads(program.get("/api/contents"))["type"] == "directory"
        assert "kernelspecs" in json.loads(program.get("/api/kernelspecs"))
        asyncio.run(check_terminal(program, headers))
    return ["the main page", "its API", "a shell over a websocket"]


async def check_terminal(program: Program, headers: dict[str, str]) -> None:
    """Let a shell add two numbers."""
    name = json.loads(program.get("/api/terminals", method="POST"))["name"]
    url = program.url.replace("http", "ws") + f"/terminals/websocket/{name}"
    async with asyncio.timeout(60), websocket_connect(url, headers=headers) as websocket:
        await websocket.write_message(json.dumps(["stdin", "echo sum is $((40 + 2))\r"]))
        seen = ""
        while "sum is 42" not in seen:
            message = await websocket.read_message()
            assert message is not None, f"the terminal closed after {seen!r}"
            kind, *rest = json.loads(message)
            seen += "".join(rest) if kind == "stdout" else ""

"""A program's traceback begins with the program."""

from __future__ import annotations

import asyncio

import pytest

from zonda.web import RequestHandler, URLSpec
from zonda.web.own_traceback import print_own_traceback


def test_frames_before_the_program_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    async def program() -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError) as raised:
        asyncio.run(program())
    error = raised.value
    assert error.__traceback__ is not None
    error.__traceback__ = error.__traceback__.tb_next  # this test itself
    print_own_traceback(error)
    lines = capsys.readouterr().err.splitlines()
    assert "in program" in lines[1] and lines[-1] == "KeyError: 'mine'"


def test_an_error_of_our_own_is_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="mixes named and positional") as raised:
        URLSpec(r"/(a)(?P<b>b)", RequestHandler)
    error = raised.value
    assert error.__traceback__ is not None
    error.__traceback__ = error.__traceback__.tb_next
    print_own_traceback(error)
    lines = capsys.readouterr().err.splitlines()
    assert any("matchers.py" in line for line in lines)

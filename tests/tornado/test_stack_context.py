"""2011's contexts are harmless."""

from __future__ import annotations

import contextlib

import pytest

from tornado import stack_context


def test_contexts_hold_for_their_block_and_warn() -> None:
    seen = []

    @contextlib.contextmanager
    def context():  # type: ignore[no-untyped-def]  # as programs write it
        seen.append("in")
        yield
        seen.append("out")

    with pytest.warns(DeprecationWarning, match="contextvars"):
        made = stack_context.StackContext(context)
    with made as deactivate:
        deactivate()
    assert seen == ["in", "out"]
    with stack_context.NullContext():
        pass
    assert stack_context.wrap(print) is print
    assert stack_context.run_with_stack_context(context(), lambda: 1) == 1


def test_exceptions_of_the_block_go_to_the_handler() -> None:
    with pytest.warns(DeprecationWarning):
        made = stack_context.ExceptionStackContext(lambda kind, error, trace: kind is KeyError)
    with made:
        raise KeyError
    with made:
        pass
    with pytest.raises(ValueError, match="other"), made:
        raise ValueError("other")

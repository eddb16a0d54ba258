"""The table of states: closed worlds, and no way back."""

from __future__ import annotations

from zonda.websocket.states import TRANSITIONS, State, Step

ENDS = {State.CLOSED, State.FAILED}


def test_every_state_can_fail_and_an_end_stays_one() -> None:
    for state in State:
        assert TRANSITIONS[state, Step.FAIL] in ENDS
    assert {state for state in State if TRANSITIONS[state, Step.FAIL] is state} == ENDS


def test_nothing_leads_back_to_open() -> None:
    assert State.OPEN not in TRANSITIONS.values()


def test_a_close_frame_is_sent_and_received_at_most_once() -> None:
    for step in (Step.SEND_CLOSE, Step.RECEIVE_CLOSE):
        for (state, first), then in TRANSITIONS.items():
            if first is step:
                assert (then, step) not in TRANSITIONS, (state, step)

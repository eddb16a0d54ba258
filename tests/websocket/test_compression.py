"""permessage-deflate is negotiated: all four parameters, on both sides."""

from __future__ import annotations

from itertools import product

import pytest
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)

from zonda.websocket.compression import (
    Agreement,
    CompressionOptions,
    accept_offer,
    check_answer,
    make_offer,
    read_options,
)
from zonda.websocket.errors import HandshakeError
from zonda.websocket.extension_header import Extension, format_extension, parse_extensions

P = "permessage-deflate"
DEFAULT = CompressionOptions()
SMALL = CompressionOptions(server_max_window_bits=11, client_max_window_bits=10)


@pytest.mark.parametrize(
    ("offer", "options", "answer"),
    [
        (P, DEFAULT, P),
        (f"{P}; client_max_window_bits", DEFAULT, P),
        (
            f"{P}; client_max_window_bits",
            SMALL,
            f"{P}; server_max_window_bits=11; client_max_window_bits=10",
        ),
        (P, SMALL, f"{P}; server_max_window_bits=11"),
        (
            f"{P}; client_max_window_bits=9",
            SMALL,
            f"{P}; server_max_window_bits=11; client_max_window_bits=9",
        ),
        (f"{P}; client_max_window_bits=8", DEFAULT, f"{P}; client_max_window_bits=8"),
        (f"{P}; client_max_window_bits=15", DEFAULT, f"{P}; client_max_window_bits=15"),
        (f"{P}; server_max_window_bits=9", DEFAULT, f"{P}; server_max_window_bits=9"),
        (f"{P}; server_max_window_bits=15", SMALL, f"{P}; server_max_window_bits=11"),
        (f'{P}; server_max_window_bits="10"', DEFAULT, f"{P}; server_max_window_bits=10"),
        (f"{P}; server_no_context_takeover", DEFAULT, f"{P}; server_no_context_takeover"),
        (f"{P}; client_no_context_takeover", DEFAULT, f"{P}; client_no_context_takeover"),
        (
            P,
            CompressionOptions(server_no_context_takeover=True),
            f"{P}; server_no_context_takeover",
        ),
        (
            P,
            CompressionOptions(client_no_context_takeover=True),
            f"{P}; client_no_context_takeover",
        ),
        (f"x-other, {P}; server_max_window_bits=8, {P}", DEFAULT, P),
    ],
)
def test_the_server_answers_the_first_offer_it_can_keep(
    offer: str, options: CompressionOptions, answer: str
) -> None:
    accepted = accept_offer(parse_extensions(offer), options)
    assert accepted is not None
    assert format_extension(accepted[0]) == answer


@pytest.mark.parametrize(
    "offer",
    [
        "",
        "x-webkit-deflate-frame",
        f"{P}; server_max_window_bits=8",
        f"{P}; server_max_window_bits",
        f"{P}; server_max_window_bits=7",
        f"{P}; server_max_window_bits=16",
        f"{P}; server_max_window_bits=010",
        f"{P}; client_max_window_bits=7",
        f"{P}; client_max_window_bits=ten",
        f"{P}; server_no_context_takeover=1",
        f"{P}; client_no_context_takeover=true",
        f"{P}; unknown",
        f"{P}; server_no_context_takeover; server_no_context_takeover",
        f"{P}; client_max_window_bits; client_max_window_bits=10",
    ],
)
def test_other_offers_are_declined(offer: str) -> None:
    assert accept_offer(parse_extensions(offer), DEFAULT) is None


@pytest.mark.parametrize(
    ("answer", "agreement"),
    [
        (P, Agreement(False, False, 15, 15)),
        (f"{P}; server_no_context_takeover", Agreement(True, False, 15, 15)),
        (f"{P}; client_no_context_takeover", Agreement(False, True, 15, 15)),
        (f"{P}; server_max_window_bits=8", Agreement(False, False, 8, 15)),
        (f"{P}; client_max_window_bits=9", Agreement(False, False, 15, 9)),
    ],
)
def test_the_client_obeys_the_answer(answer: str, agreement: Agreement) -> None:
    assert check_answer(parse_extensions(answer)[0], DEFAULT) == agreement


@pytest.mark.parametrize(
    ("answer", "options"),
    [
        (f"{P}; unknown", DEFAULT),
        (f"{P}; client_max_window_bits", DEFAULT),
        (f"{P}; client_max_window_bits=8", DEFAULT),
        (f"{P}; server_max_window_bits", DEFAULT),
        (f"{P}; server_max_window_bits=16", DEFAULT),
        (f"{P}; server_no_context_takeover=x", DEFAULT),
        (f"{P}; server_no_context_takeover; server_no_context_takeover", DEFAULT),
        (P, CompressionOptions(server_no_context_takeover=True)),
        (P, SMALL),
        (f"{P}; server_max_window_bits=12", SMALL),
    ],
)
def test_an_answer_beside_the_offer_fails_the_handshake(
    answer: str, options: CompressionOptions
) -> None:
    with pytest.raises(HandshakeError):
        check_answer(parse_extensions(answer)[0], options)


EVERY = [
    CompressionOptions(6, 8, 0, server_alone, client_alone, server_bits, client_bits)
    for server_alone, client_alone, server_bits, client_bits in product(
        (False, True), (False, True), (9, 12, 15), (9, 12, 15)
    )
]


@pytest.mark.parametrize("options", EVERY)
def test_a_peer_as_client_agrees(options: CompressionOptions) -> None:
    factory = ClientPerMessageDeflateFactory(
        server_no_context_takeover=options.server_no_context_takeover,
        client_no_context_takeover=options.client_no_context_takeover,
        server_max_window_bits=options.server_max_window_bits,
        client_max_window_bits=options.client_max_window_bits,
    )
    offer = Extension(P, list(factory.get_request_params()))
    accepted = accept_offer(parse_extensions(format_extension(offer)), options)
    assert accepted is not None
    answer, ours = accepted
    assert ours == agreement_of(factory.process_response_params(answer.parameters, []), "client")


@pytest.mark.parametrize("options", EVERY)
def test_a_peer_as_server_agrees(options: CompressionOptions) -> None:
    factory = ServerPerMessageDeflateFactory(
        server_no_context_takeover=options.server_no_context_takeover,
        client_no_context_takeover=options.client_no_context_takeover,
        server_max_window_bits=options.server_max_window_bits,
        client_max_window_bits=options.client_max_window_bits,
    )
    answer, theirs = factory.process_request_params(make_offer(options).parameters, [])
    assert isinstance(theirs, PerMessageDeflate)
    assert check_answer(Extension(P, list(answer)), options) == agreement_of(theirs, "server")


def agreement_of(peer: PerMessageDeflate, side: str) -> Agreement:
    remote = (peer.remote_no_context_takeover, peer.remote_max_window_bits)
    local = (peer.local_no_context_takeover, peer.local_max_window_bits)
    (server_alone, server_bits), (client_alone, client_bits) = (
        (remote, local) if side == "client" else (local, remote)
    )
    return Agreement(server_alone, client_alone, server_bits, client_bits)


@pytest.mark.parametrize(
    "options",
    [{}, {"compression_level": 9, "mem_level": 1}, {"threshold": 0}, CompressionOptions(-1)],
)
def test_good_options_are_taken(options: dict[str, object] | CompressionOptions) -> None:
    assert isinstance(read_options(options), CompressionOptions)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": 3}, "unknown compression option 'level'; known are compression_level"),
        ({"compression_level": 10}, "compression_level must be a number from -1 to 9, not 10"),
        ({"mem_level": 0}, "mem_level"),
        ({"threshold": "1"}, "threshold"),
        ({"server_max_window_bits": 8}, "from 9 to 15"),
        ({"client_max_window_bits": 16}, "from 9 to 15"),
    ],
)
def test_bad_options_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_options(options)

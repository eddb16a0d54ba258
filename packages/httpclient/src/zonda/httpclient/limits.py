"""Limits and timeouts of the client, with their reasons."""

from __future__ import annotations

from typing import Final

#: Connections in use or kept, to all hosts together; more fetches wait in the queue.
MAX_CLIENTS: Final = 100

#: Seconds that an unused connection is kept: servers close theirs after 60 to 75, and ours
#: should go first, since a request that meets the server's close is lost.
IDLE_TIMEOUT: Final = 50.0

#: Seconds for finding, connecting, and agreeing on TLS.
CONNECT_TIMEOUT: Final = 20.0

#: Seconds for a whole fetch: queue, connection, redirects, the last byte of the answer.
REQUEST_TIMEOUT: Final = 20.0

#: Timeouts below this many seconds have a timer of their own; the others are looked at once a
#: second, where a second more does not matter.
PRECISE_BELOW: Final = 10.0

#: Seconds to wait for "100 Continue" before the body is sent anyway: many servers send none
#: (RFC 9110 section 10.1.1 says not to wait for ever).
CONTINUE_TIMEOUT: Final = 1.0

#: Bytes of an answer's status line and headers.
MAX_HEADER_SIZE: Final = 64 * 1024

#: Bytes of an answer's body that is kept in memory, after decompression.
MAX_BODY_SIZE: Final = 100 * 1024 * 1024

#: Interim answers (1xx) before the final one; a real server sends one or two.
MAX_INTERIM: Final = 10

#: Redirects that are followed.
MAX_REDIRECTS: Final = 5

#: Bytes of a redirect's body that are read to keep the connection; closing costs less beyond.
MAX_DISCARDED: Final = 64 * 1024

#: Bytes of a body that are sent in one piece with the head.
JOINED_BODY: Final = 64 * 1024

#: Bytes of a body that any socket takes at once with the head, so that nothing waits to be sent.
SMALL_BODY: Final = 8 * 1024

#: URLs whose parts are remembered.
REMEMBERED_URLS: Final = 1024

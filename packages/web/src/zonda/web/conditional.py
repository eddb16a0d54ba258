"""Answers that the client has already: entity tags, RFC 9110 sections 8.8.3 and 13."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

_TAG = re.compile(r'\*|(?:W/)?"[^"]*"')


def entity_tag(chunks: Sequence[bytes]) -> str:
    """A strong tag of a body: equal bodies have equal tags, in every process."""
    if len(chunks) == 1:
        return f'"{hashlib.sha1(chunks[0], usedforsecurity=False).hexdigest()}"'
    hasher = hashlib.sha1(usedforsecurity=False)
    for chunk in chunks:
        hasher.update(chunk)
    return f'"{hasher.hexdigest()}"'


def matches_none_match(tag: str, if_none_match: str) -> bool:
    """Whether *tag* is one of those in an ``If-None-Match`` header, compared weakly."""
    if not tag:
        return False
    plain = tag.removeprefix("W/")
    if plain not in if_none_match and "*" not in if_none_match:
        return False
    return any(
        found == "*" or found.removeprefix("W/") == plain for found in _TAG.findall(if_none_match)
    )

"""`HTTPHeaders` is a case-insensitive mapping with several values for a name."""

from __future__ import annotations

import copy
import pickle
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.http import HTTPHeaders, HTTPInputError, HTTPOutputError, canonical_name, shared_headers
from zonda.http.headers import REMEMBERED_NAMES


@pytest.mark.parametrize("name", ["content-type", "CONTENT-TYPE", "Content-Type", "cOnTeNt-tYpE"])
def test_names_are_case_insensitive(name: str) -> None:
    headers = HTTPHeaders({"Content-type": "text/html"})
    assert headers[name] == "text/html"
    assert headers.get(name) == "text/html"
    assert name in headers
    assert headers.get_list(name) == ["text/html"]
    assert headers.pop(name) == "text/html"
    assert name not in headers
    assert headers.get(name) is None


def test_several_values_are_joined_and_kept_apart() -> None:
    headers = HTTPHeaders()
    headers.add("Set-Cookie", "a=b")
    headers.add("Other", "x")
    headers.add("set-cookie", "c=d")
    assert headers["Set-Cookie"] == "a=b,c=d"
    assert headers.get("Set-Cookie") == "a=b,c=d"
    assert list(headers.get_all()) == [
        ("Set-Cookie", "a=b"),
        ("Set-Cookie", "c=d"),
        ("Other", "x"),
    ]
    headers["Set-Cookie"] = "e=f"
    assert headers.get_list("Set-Cookie") == ["e=f"]
    del headers["Set-Cookie"]
    assert list(headers) == ["Other"]
    assert len(headers) == 1


def test_a_list_of_values_is_several_lines() -> None:
    fields: dict[str, str | list[str]] = {"Set-Cookie": ["a=1", "b=2"], "A": "c"}
    headers = HTTPHeaders(fields)
    assert headers.get_list("Set-Cookie") == ["a=1", "b=2"]
    assert list(headers.get_all())[-1] == ("A", "c")


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "a\x00b", "\r", "a\x7f"])
def test_a_value_that_would_split_the_message_is_refused(value: str) -> None:
    headers = HTTPHeaders()
    with pytest.raises(HTTPOutputError):
        headers["X"] = value
    with pytest.raises(HTTPOutputError):
        headers.add("X", value)
    assert not headers


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\n", "ä", "a\x00"])
def test_a_name_that_is_no_token_is_refused_and_never_there(name: str) -> None:
    headers = HTTPHeaders()
    with pytest.raises(HTTPInputError):
        headers[name] = "x"
    assert name not in headers
    assert headers.get(name, "default") == "default"
    with pytest.raises(KeyError):
        headers[name]


def test_text_is_parsed_line_by_line() -> None:
    headers = HTTPHeaders.parse("A: b\r\nc: d \n\r\n")
    assert dict(headers) == {"A": "b", "C": "d"}


@pytest.mark.parametrize("text", ["a: b\r\n c", " a: b", "\ta: b", "a", "a: b\x00", "a b: c"])
def test_text_that_is_no_header(text: str) -> None:
    with pytest.raises(HTTPInputError):
        HTTPHeaders.parse(text)


def test_copies_are_independent_and_equal() -> None:
    headers = HTTPHeaders([("A", "1"), ("B", "2")], C="3")
    headers.add("A", "4")
    for other in (headers.copy(), copy.copy(headers), copy.deepcopy(headers)):
        assert other == headers
        other.add("A", "5")
        assert headers["A"] == "1,4"
    assert pickle.loads(pickle.dumps(headers)) == headers
    assert headers == {"A": "1,4", "B": "2", "C": "3"}
    assert headers != HTTPHeaders()
    assert str(headers) == "A: 1\nA: 4\nB: 2\nC: 3\n"
    assert "('B', '2')" in repr(headers)


def test_lines_and_whether_names_are_there() -> None:
    headers = HTTPHeaders.owning({"A": ["1", "3"], "B": ["2"]})
    assert headers.lines() == "A: 1\r\nA: 3\r\nB: 2\r\n"
    assert headers.has_any(frozenset({"B", "C"}))
    assert not headers.has_any(frozenset({"C"}))


def test_shared_fields_are_copied_before_a_change() -> None:
    fields = {"A": ["1"]}
    first, second = shared_headers(fields), shared_headers(fields)
    first.add("A", "2")
    first["B"] = "3"
    assert second == {"A": "1"}
    assert fields == {"A": ["1"]}


def test_the_memory_of_names_is_bounded() -> None:
    from zonda.http import headers

    for number in range(REMEMBERED_NAMES * 2):
        canonical_name(f"x-{number}")
        assert len(headers._names) <= REMEMBERED_NAMES


@given(st.lists(st.tuples(st.text("aB-", min_size=1), st.text("xyz ,"))))
def test_what_is_added_comes_back(pairs: list[tuple[str, str]]) -> None:
    headers = HTTPHeaders()
    for name, value in pairs:
        headers.add(name, value)
    for name, _ in pairs:
        wanted = [v for n, v in pairs if n.lower() == name.lower()]
        assert headers.get_list(name) == wanted
        assert headers[name] == ",".join(wanted)


def test_repeating_a_header_is_linear() -> None:
    def duration(count: int) -> float:
        best = 1.0
        for _ in range(5):
            start = time.process_time()
            headers = HTTPHeaders()
            for _ in range(count):
                headers.add("X", "value")
            assert len(headers["X"]) == count * 6 - 1
            best = min(best, time.process_time() - start)
        return best

    assert duration(80_000) < 2.5 * duration(40_000) + 0.005

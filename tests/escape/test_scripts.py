"""json_encode and json_decode."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.escape import json_decode, json_encode

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(values)
def test_values_survive_the_round_trip(value: object) -> None:
    text = json_encode(value)
    assert json_decode(text) == value
    assert json_decode(text.encode()) == value


@given(values)
def test_the_text_is_that_of_the_standard_library_but_for_what_a_script_would_read(
    value: object,
) -> None:
    text = json.dumps(value)
    assert json_encode(value) == text.replace("</", "<\\/").replace("<!--", "\\u003c!--")


@given(st.text(alphabet="</!-script> \u2028"))
def test_a_script_element_is_not_ended_by_its_data(text: str) -> None:
    encoded = json_encode(text)
    assert "</" not in encoded
    assert "<!--" not in encoded
    assert encoded.isascii()
    assert json.loads(encoded) == text


@pytest.mark.parametrize("attack", ["</script><img>", "<!--<script>", "</ScRiPt >", "\u2028</s"])
def test_html_after_a_script_element_is_still_html(attack: str) -> None:
    class Reader(HTMLParser):
        tags: list[str]

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.tags.append(tag)

    reader = Reader()
    reader.tags = []
    reader.feed(f"<script>x = {json_encode(attack)}</script><p>")
    assert reader.tags == ["script", "p"]


@pytest.mark.parametrize("text", ["", "{", "[1,]", "nul", b"\xff\xfe\xff", '"\n"', "1 2"])
def test_bad_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError) as caught:
        json_decode(text)
    assert str(caught.value)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_deep_nesting_is_a_value_error(opening: str) -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        json_decode(opening * 100_000)


def test_what_json_cannot_express_is_refused() -> None:
    with pytest.raises(TypeError):
        json_encode(object())
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(ValueError, match="Circular"):
        json_encode(loop)

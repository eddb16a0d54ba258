"""What a comparison of translations with the program is made of."""

from __future__ import annotations

from zonda.locale.extraction import Found
from zonda.locale.upkeep import distinct, own_messages


def test_a_message_counts_once_where_it_comes_first() -> None:
    found = [
        Found("a.py", 1, "New", "", "", ()),
        Found("b.py", 2, "New", "", "", ()),
        Found("b.py", 3, "New", "", "menu", ()),
        Found("b.py", 4, "New", "News", "", ()),
    ]
    assert distinct(found) == [found[0], found[2], found[3]]


def test_the_messages_of_dates_and_lists() -> None:
    texts = {item.message: item.plural for item in own_messages()}
    assert texts["January"] == texts["Sunday"] == texts["%(commas)s and %(last)s"] == ""
    assert texts["1 hour ago"] == "%(hours)d hours ago"
    assert texts["yesterday at %(time)s"] == ""

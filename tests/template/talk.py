"""The templates of the talk, and the values that they are given."""

from __future__ import annotations

from types import SimpleNamespace

from tests.talk_pages import BASE, ERROR, LOGIN
from zonda.escape import SafeString
from zonda.template import DictLoader

LOADER = DictLoader(
    {
        "base.html": BASE,
        "content.html": ERROR,
        "form.html": LOGIN,
        "header.html": "<h1>Header of {{ request.host }}</h1>",
        "home.html": "<html>\n  <body>\n    Hi {{username}}, welcome to our site.\n  </body>\n"
        "</html>",
    }
)


def values(**others: object) -> dict[str, object]:
    words = {"Error Title": "Fehler & mehr", "Terms and Conditions": "Gesch\u00e4ftsbedingungen"}
    modules = SimpleNamespace(MemberBar=lambda: SafeString("<div>members</div>"))
    return {
        "static_url": "/static/{}?v=1".format,
        "current_user": None,
        "request": SimpleNamespace(uri="/", host="example.com"),
        "modules": modules,
        "handler": SimpleNamespace(application=SimpleNamespace(settings={"version": "1.0"})),
        "_": lambda text: words.get(text, text),
        **others,
    }

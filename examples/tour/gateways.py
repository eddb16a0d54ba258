"""The tour on servers of others.

``uvicorn examples.tour.gateways:asgi`` or ``granian --interface asgi examples.tour.gateways:asgi``
serve all of it.  ``gunicorn --threads 8 examples.tour.gateways:wsgi`` serves all but the chat: WSGI
has no websockets.  The variable ``TOUR_DATABASE`` names the file of the database.
"""

from __future__ import annotations

import os
from pathlib import Path

from zonda.asgi import ASGIAdapter
from zonda.locale import load_translations
from zonda.wsgi import WSGIAdapter

from .application import HERE, make_application
from .store import Store

DATABASE = Path(os.environ.get("TOUR_DATABASE", HERE / "tour.sqlite3"))

load_translations(str(HERE / "locale"))
store = Store.at(DATABASE)
application = make_application(store, secret="")


async def start() -> None:
    """Open the database, in the event loop that the requests will use."""
    await store.create()
    application.settings["cookie_secret"] = await store.secret()


asgi = ASGIAdapter(application, on_startup=start, on_shutdown=store.close)
wsgi = WSGIAdapter(application, on_startup=start, on_shutdown=store.close)

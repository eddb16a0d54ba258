"""The site's map."""

from __future__ import annotations

from pathlib import Path

from zonda.web import Application, URLSpec

from . import pages
from .resources import Resources

HERE = Path(__file__).parent


def make_application(resources: Resources, secret: str, debug: bool = False) -> Application:
    """The site over *resources*; *secret* signs its cookies."""
    return Application(
        [
            URLSpec("/", pages.Home, name="home"),
            URLSpec("/notes", pages.Notes, name="notes"),
            URLSpec("/login", pages.LogIn, name="login"),
            URLSpec("/logout", pages.LogOut, name="logout"),
            URLSpec("/language", pages.Language, name="language"),
        ],
        debug=debug,
        resources=resources,
        cookie_secret=secret,
        xsrf_cookies=True,
        cross_origin_protection=True,
        compress_response=True,
        login_url="/login",
        template_path=str(HERE / "templates"),
    )

"""The site's map."""

from __future__ import annotations

from pathlib import Path

from zonda.web import Application, RuleLike, URLSpec
from zonda.websocket import Rooms

from . import accounts, chat, pages, ui, uploads
from .store import Store

HERE = Path(__file__).parent


def make_application(
    store: Store, secret: str, rooms: Rooms | None = None, debug: bool = False
) -> Application:
    """The tour over *store*; *secret* signs its cookies, *rooms* join it with other processes."""
    rules: list[RuleLike] = [
        URLSpec(r"/", pages.Home, name="home"),
        URLSpec(r"/signup", accounts.SignUp, name="signup"),
        URLSpec(r"/login", accounts.LogIn, name="login"),
        URLSpec(r"/logout", accounts.LogOut, name="logout"),
        URLSpec(r"/language", pages.Language, name="language"),
        URLSpec(r"/chat", chat.ChatPage, name="chat"),
        URLSpec(r"/chat/socket", chat.ChatSocket, name="socket"),
        URLSpec(r"/upload", uploads.UploadPage, name="upload"),
        URLSpec(r"/upload/files", uploads.Upload, name="upload_files"),
        URLSpec(r"/api/members/([A-Za-z0-9_-]+)", pages.MemberAPI, name="member"),
        URLSpec(r"/api/messages/(\d+)", pages.MessageAPI, name="message"),
        (r".*", pages.NotFound),
    ]
    return Application(
        rules,
        debug=debug,
        store=store,
        rooms=rooms or Rooms(),
        cookie_secret=secret,
        xsrf_cookies=True,
        cross_origin_protection=True,
        login_url="/login",
        template_path=str(HERE / "templates"),
        static_path=str(HERE / "static"),
        ui_modules=ui,
    )

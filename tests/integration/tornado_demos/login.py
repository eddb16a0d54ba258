"""Logging in with Google and with Facebook, as far as a test can: at providers of its own."""

from __future__ import annotations

from typing import Any

import tornado.auth
import tornado.web


class GoogleHandler(tornado.web.RequestHandler, tornado.auth.GoogleOAuth2Mixin):
    async def get(self) -> None:
        here = f"{self.request.protocol}://{self.request.host}/google"
        if self.get_argument("code", None):
            access = await self.get_authenticated_user(
                redirect_uri=here, code=self.get_argument("code")
            )
            self.write({"token": access["access_token"]})
            return
        result: Any = self.authorize_redirect(
            redirect_uri=here,
            client_id=self.settings["google_oauth"]["key"],  # type: ignore[index]  # as the demo does
            scope=["profile", "email"],
            response_type="code",
            extra_params={"approval_prompt": "auto"},
        )
        if result is not None:
            await result


class FacebookHandler(tornado.web.RequestHandler, tornado.auth.FacebookGraphMixin):
    async def get(self) -> None:
        here = f"{self.request.protocol}://{self.request.host}/facebook"
        result: Any = self.authorize_redirect(
            redirect_uri=here,
            client_id=str(self.settings["facebook_api_key"]),
            extra_params={"scope": "user_posts"},
        )
        if result is not None:
            await result


def make_app() -> tornado.web.Application:
    return tornado.web.Application(
        [("/google", GoogleHandler), ("/facebook", FacebookHandler)],
        cookie_secret="of this test",
        google_oauth={"key": "the-key", "secret": "the-secret"},
        facebook_api_key="the-key",
        facebook_secret="the-secret",
    )

"""`FacebookMixin`: login with Facebook Connect, as it was before the Graph API."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urljoin

from zonda.escape import json_decode
from zonda.http import url_concat

from .errors import ProviderError, RefusedError, TokenError
from .flows import Flow, begin_flow, finish_flow, random_token, wanted_path
from .login import LoginMixin
from .pending import Callback, Pending, start
from .provider_calls import call, json_answer
from .request_handler import argument, handler_of
from .sent_forms import texts

_FIELDS = ("uid", "first_name", "last_name", "name", "locale", "pic_square", "profile_url")


class FacebookMixin(LoginMixin):
    """Login with Facebook Connect, which Facebook ended in 2012; today: `FacebookGraphMixin`.

    The application has the settings ``facebook_api_key`` and ``facebook_secret``.
    """

    _FACEBOOK_LOGIN_URL: ClassVar[str] = "https://www.facebook.com/login.php"
    _FACEBOOK_REST_URL: ClassVar[str] = "https://api.facebook.com/restserver.php"

    def authenticate_redirect(
        self,
        callback_uri: str | None = None,
        cancel_uri: str | None = None,
        extended_permissions: str | list[str] | None = None,
        *,
        next_url: str | None = None,
    ) -> None:
        """Send the browser to Facebook; the request is then finished.

        :param callback_uri: where it shall come back to, absolute or relative to this request's
            URL; this URL unless given.  It gets an argument ``state``.
        :param cancel_uri: where to go if the user does not agree; the same unless given.
        :param extended_permissions: what to ask the user for.
        :param next_url: a path of this site for `get_next_url` after the login; the argument
            ``next`` of this request unless given.
        """
        handler = handler_of(self)
        here = handler.request.full_url()
        flow = Flow(
            provider=self._FACEBOOK_LOGIN_URL,
            state=random_token(),
            next_url=wanted_path(handler, next_url),
        )
        target = url_concat(urljoin(here, callback_uri or here), {"state": flow.state})
        params = {
            "api_key": str(self._setting("api_key")),
            "v": "1.0",
            "fbconnect": "true",
            "display": "page",
            "return_session": "true",
            "next": target,
            "cancel_url": urljoin(here, cancel_uri) if cancel_uri else target,
        }
        if extended_permissions:
            wanted = extended_permissions
            params["req_perms"] = wanted if isinstance(wanted, str) else ",".join(wanted)
        begin_flow(handler, flow)
        handler.redirect(url_concat(self._FACEBOOK_LOGIN_URL, params))

    def authorize_redirect(
        self,
        extended_permissions: str | list[str],
        callback_uri: str | None = None,
        cancel_uri: str | None = None,
        *,
        next_url: str | None = None,
    ) -> None:
        """`authenticate_redirect` for permissions beyond who the user is."""
        self.authenticate_redirect(
            callback_uri, cancel_uri, extended_permissions, next_url=next_url
        )

    def get_authenticated_user(self, callback: Callback | None = None) -> Pending[dict[str, Any]]:
        """The user who comes back from Facebook with this request.

        :param callback: called with the user, or with None if the login failed.
        :return: ``uid`` (also as ``facebook_uid``), ``name``, ``first_name``, ``last_name``,
            ``locale``, ``pic_square``, ``profile_url``, ``username``, ``session_key``,
            ``session_expires``.
        :raises FlowError: the request is no answer to a login of this browser.
        :raises RefusedError: the user or Facebook said no.
        :raises TokenError: the session is not signed by Facebook.
        :raises ProviderError: Facebook does not answer.
        """
        return start(handler_of(self), self._login(), callback)

    def facebook_request(
        self, method: str, callback: Callback | None = None, **args: Any
    ) -> Pending[Any]:
        """Call a method of Facebook's REST API: ``self.facebook_request("stream.get", ...)``.

        :param callback: called with the answer, or with None.
        :return: the value of the JSON answer.
        :raises RefusedError: Facebook said no.
        :raises ProviderError: Facebook does not answer.
        """
        return start(handler_of(self), self._rest(method, args), callback)

    def _setting(self, name: str) -> object:
        return handler_of(self).require_setting(f"facebook_{name}", "login with Facebook")

    async def _login(self) -> dict[str, Any]:
        handler = handler_of(self)
        flow = finish_flow(handler, self._FACEBOOK_LOGIN_URL, argument(handler, "state"))
        text = argument(handler, "session")
        if not text:
            raise RefusedError("no login", error="the answer has no session")
        session = self._checked_session(text)
        self._finished_flow = flow
        users = await self._rest(
            "facebook.users.getInfo",
            {
                "session_key": session["session_key"],
                "uids": session["uid"],
                "fields": ",".join([*_FIELDS, "username"]),
            },
        )
        user = users[0] if isinstance(users, list) and users else None
        if not isinstance(user, dict) or str(user.get("uid")) != str(session["uid"]):
            raise ProviderError("Facebook does not say who the user is")
        return {
            **{name: user.get(name) for name in _FIELDS},
            "facebook_uid": user.get("uid"),
            "username": user.get("username"),
            "session_key": session["session_key"],
            "session_expires": session.get("expires"),
        }

    def _checked_session(self, text: str) -> dict[str, Any]:
        """The session, if Facebook signed it: the browser could name anybody's ``uid``."""
        try:
            session = json_decode(text)
        except ValueError:
            session = None
        if not isinstance(session, dict) or not {"uid", "session_key", "sig"} <= session.keys():
            raise TokenError("the answer has no whole session")
        given = str(session.pop("sig"))
        if not hmac.compare_digest(
            self._signature(session).encode(), given.encode("utf-8", "replace")
        ):
            raise TokenError("the session is not signed by Facebook")
        return session

    async def _rest(self, method: str, args: Mapping[str, Any]) -> Any:
        form = texts(args)
        form.update(
            api_key=str(self._setting("api_key")),
            v="1.0",
            method=method if method.startswith("facebook.") else f"facebook.{method}",
            format="json",
            call_id=str(time.time()),
        )
        form["sig"] = self._signature(form)
        answer = json_answer(
            await call(self.get_auth_http_client(), self._FACEBOOK_REST_URL, form=form)
        )
        if isinstance(answer, dict) and "error_code" in answer:
            raise RefusedError(
                "Facebook refused", error=method, description=answer.get("error_msg")
            )
        return answer

    def _signature(self, values: Mapping[str, Any]) -> str:
        """MD5, as the protocol has it, of sorted ``name=value`` and the secret."""
        text = "".join(f"{name}={values[name]}" for name in sorted(values))
        text += str(self._setting("secret"))
        return hashlib.md5(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()

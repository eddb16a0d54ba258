"""`FacebookGraphMixin`: login with Facebook, and its Graph API."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from .errors import ProviderError
from .oauth2 import OAuth2Mixin
from .pending import Callback, Pending, start
from .request_handler import handler_of

#: What is asked about a user without being named.
_FIELDS = frozenset({"id", "name", "first_name", "last_name", "locale", "picture", "link"})


class FacebookGraphMixin(OAuth2Mixin):
    """Login with Facebook (``facebook_request`` asks its Graph API)."""

    _OAUTH_PKCE: ClassVar[bool | None] = True
    _OAUTH_ACCESS_TOKEN_URL: ClassVar[str] = "https://graph.facebook.com/oauth/access_token?"
    _OAUTH_AUTHORIZE_URL: ClassVar[str] = "https://www.facebook.com/dialog/oauth?"
    _OAUTH_NO_CALLBACKS: ClassVar[bool] = False
    _FACEBOOK_BASE_URL: ClassVar[str] = "https://graph.facebook.com"

    def get_authenticated_user(
        self,
        redirect_uri: str,
        client_id: str,
        client_secret: str,
        code: str,
        extra_fields: Iterable[str] | Callback | None = None,
        callback: Callback | None = None,
    ) -> Pending[dict[str, Any] | None]:
        """The user, for the code in this request.

        :param extra_fields: what to ask for besides ``id``, ``name``, ``first_name``,
            ``last_name``, ``locale``, ``picture`` and ``link``.
        :param callback: called with the user, or with None; may stand in place of *extra_fields*.
        :return: the fields, those that Facebook does not tell being None; ``access_token``; and
            ``session_expires``, the seconds for which that is good, as text.
        :raises FlowError: the request is no answer to a login of this browser.
        :raises RefusedError: the user or Facebook said no.
        :raises ProviderError: Facebook does not answer.
        """
        if callable(extra_fields):
            extra_fields, callback = None, extra_fields
        fields = _FIELDS | set(extra_fields or ())
        step = self._login(redirect_uri, client_id, client_secret, code, fields)
        return start(handler_of(self), step, callback)

    async def _login(
        self,
        redirect_uri: str,
        client_id: str,
        client_secret: str,
        code: str,
        fields: frozenset[str],
    ) -> dict[str, Any] | None:
        tokens = await self.exchange_code(code, redirect_uri, client_id, client_secret)
        access_token = tokens["access_token"]
        # Proves to Facebook that this is the application that the token was made for.
        proof = hmac.new(client_secret.encode(), access_token.encode(), hashlib.sha256)
        user = await self._graph(
            "/me",
            access_token,
            None,
            {"appsecret_proof": proof.hexdigest(), "fields": ",".join(sorted(fields))},
        )
        if not isinstance(user, dict) or not user.get("id"):
            raise ProviderError("Facebook does not say who the user is")
        expires = tokens.get("expires_in")
        return {
            **{field: user.get(field) for field in fields},
            "access_token": access_token,
            "session_expires": None if expires is None else str(expires),
        }

    def facebook_request(
        self,
        path: str,
        access_token: str | Callback | None = None,
        post_args: Mapping[str, Any] | None = None,
        callback: Callback | None = None,
        **args: Any,
    ) -> Pending[Any]:
        """Ask the Graph API: ``await self.facebook_request("/me/feed", access_token=...)``.

        :param path: below ``_FACEBOOK_BASE_URL``, or a whole URL.
        :param post_args: makes it a ``POST`` of this form.
        :param callback: called with the answer, or with None; may stand in place of
            *access_token*.
        :param args: for the query.
        :return: the value of the JSON answer.
        :raises RefusedError: Facebook said no.
        :raises ProviderError: Facebook does not answer.
        """
        if callable(access_token):
            access_token, callback = None, access_token
        step = self._graph(path, access_token, post_args, args)
        return start(handler_of(self), step, callback)

    async def _graph(
        self,
        path: str,
        access_token: str | None,
        post_args: Mapping[str, Any] | None,
        args: dict[str, Any],
    ) -> Any:
        url = path if path.startswith("https://") else self._FACEBOOK_BASE_URL + path
        return await self.oauth2_request(url, access_token, post_args, **args)

"""A provider of OpenID 2.0, stateless mode, with attribute exchange and the OAuth extension."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlencode

from tests.auth.loopback_site import Answer, Request, json_body, redirect

NS = "http://specs.openid.net/auth/2.0"
AX = "http://openid.net/srv/ax/1.0"
OAUTH = "http://specs.openid.net/extensions/oauth/1.0"

ATTRIBUTES = {
    "http://axschema.org/namePerson/first": "Bret",
    "http://axschema.org/namePerson/last": "Taylor",
    "http://axschema.org/namePerson": "Bret Taylor",
    "http://axschema.org/contact/email": "bret@example.com",
    "http://axschema.org/pref/language": "de-AT",
    "http://axschema.org/namePerson/friendly": "btaylor",
}

Edit = Callable[[dict[str, str]], None]


class OpenID2Provider:
    """Asserts that everybody is Bret.

    :ivar before: changes an assertion before it is signed.
    :ivar after: changes it on the way, as an attacker would.
    :ivar confirm: what it answers when it is asked about a good assertion.
    """

    def __init__(self) -> None:
        self.secret = secrets.token_bytes(32)
        self.nonces: set[str] = set()
        self.before: Edit = lambda message: None
        self.after: Edit = lambda message: None
        self.confirm: bytes = f"ns:{NS}\nis_valid:true\n".encode()
        self.refuse: bytes = f"ns:{NS}\nis_valid:false\n".encode()
        self.attributes = dict(ATTRIBUTES)

    def __call__(self, request: Request) -> Answer:
        if request.path == "/access_token":
            authorization = request.headers["Authorization"]
            known = 'oauth_token="requestToken"' in authorization
            body = "oauth_token=accessToken&oauth_token_secret=accessSecret"
            return Answer(200, body) if known else json_body({"error": "bad"}, 401)
        if request.method == "POST":
            return self._check(request.form)
        return self._assert(request)

    def _assert(self, request: Request) -> Answer:
        query = request.query
        now = datetime.now(UTC)
        message = {
            "openid.ns": NS,
            "openid.mode": "id_res",
            "openid.op_endpoint": request.url.partition("?")[0],
            "openid.claimed_id": "https://openid.example/bret",
            "openid.identity": "https://openid.example/bret",
            "openid.return_to": query["openid.return_to"],
            "openid.response_nonce": f"{now:%Y-%m-%dT%H:%M:%SZ}{secrets.token_hex(4)}",
            "openid.assoc_handle": "private",
        }
        if query.get("openid.ns.ax") == AX:
            message.update({"openid.ns.ext1": AX, "openid.ext1.mode": "fetch_response"})
            for alias in query["openid.ax.required"].split(","):
                uri = query[f"openid.ax.type.{alias}"]
                if uri in self.attributes:
                    message[f"openid.ext1.type.{alias}"] = uri
                    message[f"openid.ext1.value.{alias}"] = self.attributes[uri]
        if query.get("openid.ns.oauth") == OAUTH:
            assert query["openid.oauth.scope"]
            message["openid.ns.ext2"] = OAUTH
            message["openid.ext2.request_token"] = "requestToken"
        self.before(message)
        message.setdefault(
            "openid.signed", ",".join(name.removeprefix("openid.") for name in message)
        )
        message["openid.sig"] = self._signature(message)
        self.after(message)
        separator = "&" if "?" in query["openid.return_to"] else "?"
        return redirect(f"{query['openid.return_to']}{separator}{urlencode(message)}")

    def _check(self, message: dict[str, str]) -> Answer:
        assert message["openid.mode"] == "check_authentication"
        signed = {**message, "openid.mode": "id_res"}
        good = hmac.compare_digest(message.get("openid.sig", ""), self._signature(signed))
        nonce = message["openid.response_nonce"]
        if not good or nonce in self.nonces:
            return Answer(200, self.refuse)
        self.nonces.add(nonce)
        return Answer(200, self.confirm)

    def _signature(self, message: dict[str, str]) -> str:
        names = message["openid.signed"].split(",")
        text = "".join(f"{name}:{message.get(f'openid.{name}', '')}\n" for name in names)
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()

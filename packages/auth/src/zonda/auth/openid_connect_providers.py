"""OpenID Connect with providers that many sites use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from .errors import TokenError
from .issuers import Issuer, find_issuer
from .openid_connect import OpenIDConnectMixin

_MICROSOFT: Final = "https://login.microsoftonline.com"
# The one tenant in which all people with accounts of their own are.
_CONSUMERS: Final = "9188040d-6c67-4c5b-b112-36a304b66dad"
_TENANT: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class GoogleOpenIDMixin(OpenIDConnectMixin):
    """Login with Google: `OpenIDConnectMixin`, with the setting ``google_oauth``, a dictionary
    with ``key``, ``secret`` and ``redirect_uri``."""

    _OAUTH_SETTINGS_KEY: ClassVar[str] = "google_oauth"
    _OIDC_ISSUER: ClassVar[str | None] = "https://accounts.google.com"


class MicrosoftOpenIDMixin(OpenIDConnectMixin):
    """Login with Microsoft: `OpenIDConnectMixin`, with the setting ``microsoft_oauth``, a
    dictionary with ``key``, ``secret``, ``redirect_uri``, and perhaps ``tenant``.

    The ``tenant`` is the identifier of one organisation.  ``organizations`` lets in all of them,
    ``consumers`` people with accounts of their own, ``common`` (the default) both: then ``tid``
    says which it was, and a site for some of them has to look at it.
    """

    _OAUTH_SETTINGS_KEY: ClassVar[str] = "microsoft_oauth"
    _MICROSOFT_BASE_URL: ClassVar[str] = _MICROSOFT

    def _issuer(self) -> Issuer:
        tenant = self.get_openid_connect_settings().get("tenant", "common")
        if tenant == "consumers":
            tenant = _CONSUMERS
        url = f"{self._MICROSOFT_BASE_URL}/{tenant}/v2.0"
        if _TENANT.fullmatch(tenant):
            return find_issuer(url)
        return find_issuer(url, f"{self._MICROSOFT_BASE_URL}/{{tenantid}}/v2.0")

    def _issuer_of(self, claims: Mapping[str, Any]) -> str:
        name = self._issuer().name
        tenant = claims.get("tid")
        if "{tenantid}" in name and not (isinstance(tenant, str) and _TENANT.fullmatch(tenant)):
            raise TokenError("the token does not say whose user it is (tid)")
        return name.replace("{tenantid}", str(tenant))

"""Ready providers of OpenID Connect."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.auth.loopback_site import Answer, Request, serving
from tests.auth.oidc_provider import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, OIDCProvider
from tests.auth.plain_handler import Browser, PlainHandler, left
from zonda.auth import GoogleOpenIDMixin, MicrosoftOpenIDMixin, TokenError

OURS = "11111111-2222-3333-4444-555555555555"
THEIRS = "99999999-2222-3333-4444-555555555555"


class Microsoft(PlainHandler, MicrosoftOpenIDMixin):
    """A handler for the provider of a test."""


def settings(**more: str) -> dict[str, Any]:
    own = {"key": CLIENT_ID, "secret": CLIENT_SECRET, "redirect_uri": REDIRECT_URI, **more}
    return {"cookie_secret": "c", "microsoft_oauth": own, "google_oauth": own}


class Tenants:
    """Microsoft has one place for all, whose name for itself has a gap, and one for each."""

    def __init__(self, tenant: str, users_tenant: object) -> None:
        self.provider = OIDCProvider(names_itself=False)
        self.tenant, self.users_tenant = tenant, users_tenant

    def __call__(self, request: Request) -> Answer:
        base = request.url.partition("/")[0] + "//" + request.url.split("/")[2]
        self.provider.issuer = base
        name = self.tenant if self.tenant == OURS else "{tenantid}"

        def edit(metadata: dict[str, Any]) -> None:
            metadata["issuer"] = f"{base}/{name}/v2.0"

        def tell(claims: dict[str, Any]) -> None:
            claims["iss"] = f"{base}/{self.users_tenant}/v2.0"
            if self.users_tenant:
                claims["tid"] = self.users_tenant

        self.provider.edit_metadata, self.provider.edit_claims = edit, tell
        well_known = f"/{self.tenant}/v2.0/.well-known/openid-configuration"
        if request.path == well_known:
            request.path = "/.well-known/openid-configuration"
        return self.provider(request)


@pytest.mark.parametrize(
    ("tenant", "users_tenant", "text"),
    [
        ("common", OURS, None),
        ("organizations", THEIRS, None),
        ("common", None, "tid"),
        ("common", "evil/../x", "tid"),
        (OURS, OURS, None),
        (OURS, THEIRS, "iss"),
    ],
)
async def test_microsoft(
    browser: Browser, tenant: str, users_tenant: object, text: str | None
) -> None:
    async with serving(Tenants(tenant, users_tenant)) as site:
        login = type("Login", (Microsoft,), {"_MICROSOFT_BASE_URL": site.url})
        own = settings() if tenant == "common" else settings(tenant=tenant)
        first = login(browser, REDIRECT_URI, own)
        await first.authorize_redirect()
        second = login(browser, await browser.visit(left(first)), own)
        if text is None:
            user = await second.get_authenticated_user()
            assert user["tid"] == users_tenant
            assert user["exp"] > time.time()
        else:
            with pytest.raises(TokenError, match=text):
                await second.get_authenticated_user()


def test_where_they_are() -> None:
    class Google(PlainHandler, GoogleOpenIDMixin):
        pass

    google = Google.__new__(Google)
    google.settings = settings()
    assert google._issuer().url == google._provider() == "https://accounts.google.com"
    microsoft = Microsoft.__new__(Microsoft)
    microsoft.settings = settings()
    issuer = microsoft._issuer()
    assert issuer.url == "https://login.microsoftonline.com/common/v2.0"
    assert issuer.name == "https://login.microsoftonline.com/{tenantid}/v2.0"
    microsoft.settings = settings(tenant="consumers")
    issuer = microsoft._issuer()
    assert issuer.url == issuer.name
    assert "9188040d-6c67-4c5b-b112-36a304b66dad" in issuer.url

"""Login with any OpenID Connect provider.

``python -m examples.login_oidc --issuer=... --key=... --secret=...`` serves it.
"""

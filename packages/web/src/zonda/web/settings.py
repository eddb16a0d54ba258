"""The settings of an application, by name and type."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from zonda.template import BaseLoader

    from .handler import RequestHandler

Path = str | os.PathLike[str]


class Settings(TypedDict, total=False):
    """What `Application` understands; any other name is for the program itself.

    ::

        settings: Settings = {"cookie_secret": secret, "xsrf_cookies": True}
        Application(rules, **settings)

    **General**

    :ivar debug: stands for ``serve_traceback``, ``autoreload``, ``live_reload``,
        ``compiled_template_cache=False`` and ``static_hash_cache=False``; never for the public.
    :ivar serve_traceback: error pages show what happened.
    :ivar autoreload: changed code restarts the process (extra ``debug``).
    :ivar live_reload: pages in browsers load themselves again after a change.
    :ivar default_handler_class: who answers where no rule matches.
    :ivar default_handler_args: for its ``initialize``.
    :ivar compress_response: textual answers are compressed; see `CompressResponse`.
    :ivar gzip: an older name of it.
    :ivar log_function: called with each handler that has finished, in place of the access log.

    **Users and security**

    :ivar cookie_secret: the key of signed cookies; 32 random bytes or more.  Or keys by version.
    :ivar key_version: which of several keys signs.
    :ivar login_url: where `authenticated` sends strangers.
    :ivar xsrf_cookies: unsafe requests need the token of one of the site's pages.
    :ivar xsrf_cookie_version: the format of that token, 1 or 2.
    :ivar xsrf_cookie_name: the name of its cookie.
    :ivar xsrf_cookie_kwargs: other attributes of its cookie, as for ``set_cookie``.
    :ivar cross_origin_protection: unsafe requests of other sites' pages are refused.

    **Pages**

    :ivar template_path: the directory of the templates; by default that of the handler's file.
    :ivar template_loader: where templates come from instead.
    :ivar compiled_template_cache: whether templates are kept.
    :ivar template_whitespace: what becomes of white space in them.
    :ivar autoescape: the function that escapes values in templates, or None for none.
    :ivar ui_modules: modules, dicts or lists of `UIModule` classes.
    :ivar ui_methods: the same, of functions.

    **Static files**

    :ivar static_path: their directory.
    :ivar static_url_prefix: their place in the site.
    :ivar static_handler_class: who serves them.
    :ivar static_handler_args: for its ``initialize``.
    :ivar static_hash_cache: whether versions and small files are kept in memory.
    :ivar allowed_symlink_directory: where links in them may lead, besides the directory itself.
    """

    debug: bool
    serve_traceback: bool
    autoreload: bool
    live_reload: bool
    default_handler_class: type[RequestHandler]
    default_handler_args: Mapping[str, object]
    compress_response: bool
    gzip: bool
    log_function: Callable[[RequestHandler], None]
    cookie_secret: str | bytes | Mapping[int, str | bytes]
    key_version: int
    login_url: str
    xsrf_cookies: bool
    xsrf_cookie_version: int
    xsrf_cookie_name: str
    xsrf_cookie_kwargs: Mapping[str, object]
    cross_origin_protection: bool
    template_path: Path
    template_loader: BaseLoader
    compiled_template_cache: bool
    template_whitespace: str
    autoescape: str | None
    ui_modules: Any
    ui_methods: Any
    static_path: Path
    static_url_prefix: str
    static_handler_class: type[RequestHandler]
    static_handler_args: Mapping[str, object]
    static_hash_cache: bool
    allowed_symlink_directory: str | Sequence[str]

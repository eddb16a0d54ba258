"""`RequestHandler`: what answers one request.

A subclass defines methods named like the HTTP verbs.  Around them the order is: `initialize`,
`prepare`, the verb, `finish` (called for the handler unless it did), `on_finish`; what goes wrong
anywhere ends in `write_error`.
"""

from __future__ import annotations

from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
)
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from zonda.escape import SafeString, json_encode
from zonda.http import HTTPInputError, HTTPOutputError, HTTPServerRequest, canonical_name

from . import conditional, error_pages, execution, output, streaming, users
from .arguments import REQUIRED, Required, decode_utf8, get_all, get_last
from .errors import HandlerStateError, HTTPError, SettingError
from .handler_state import HandlerState, note_hooks
from .header_values import HeaderValue, header_text
from .streaming import Piece

if TYPE_CHECKING:
    from zonda.http import Morsel, ParseMultipartConfig
    from zonda.iostream import IOStream
    from zonda.locale import Locale
    from zonda.template import BaseLoader

    from . import (
        event_streams,
        outgoing_cookies,
        rendering,
        signed_cookies,
        signing,
        static_url,
        ui_modules,
    )
    from .application import Application
    from .form_parts import Part
    from .outgoing_cookies import CookieTime
else:
    from .later import Later

    event_streams = Later("event_streams")
    outgoing_cookies = Later("outgoing_cookies")
    rendering = Later("rendering")
    signed_cookies = Later("signed_cookies")
    signing = Later("signing")
    static_url = Later("static_url")
    ui_modules = Later("ui_modules")


D = TypeVar("D")

HookResult = Awaitable[None] | None
VerbResult = Awaitable[None] | AsyncIterable[Piece] | None


class RequestHandler(HandlerState):
    """Answers one request; made anew for each.

    >>> class Hello(RequestHandler):
    ...     def get(self) -> None:
    ...         self.write("Hello, world")

    :ivar application: the `Application` that the handler belongs to.
    :ivar request: the `HTTPServerRequest`.
    :ivar path_args: the positional groups of the route.
    :ivar path_kwargs: the named groups of the route.
    """

    SUPPORTED_METHODS: ClassVar[tuple[str, ...]] = (
        "GET",
        "HEAD",
        "POST",
        "DELETE",
        "PATCH",
        "PUT",
        "OPTIONS",
    )

    #: Seconds that the request may take, from `prepare` to the end of the verb's coroutine; after
    #: them it is answered with 503.  None is no limit.
    timeout: ClassVar[float | None] = None

    #: Whether the verb's coroutine is cancelled when the client goes away.
    cancel_on_disconnect: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        note_hooks(cls, RequestHandler)

    def __init__(
        self, application: Application, request: HTTPServerRequest, **kwargs: object
    ) -> None:
        self.application = application
        self.request = request
        self._status_code = 200
        self._reason = None
        self._made_headers = None
        self._content_type = output.HTML
        self._write_buffer = []
        self._new_cookies = None
        self._headers_written = False
        self._finished = False
        self.path_args = ()
        self.path_kwargs = execution.NO_NAMES
        if self._has_default_headers:
            self.clear()
        if kwargs:
            self.initialize(**kwargs)
        else:  # calling without names takes half the time
            self.initialize()

    # Hooks.

    def _initialize(self, **kwargs: object) -> None:
        """Take the arguments that the route gives to the handler."""
        if kwargs:
            raise TypeError(
                f"{type(self).__name__}.initialize takes no arguments, but its route has "
                f"{', '.join(sorted(kwargs))}"
            )

    initialize: Callable[..., None] = _initialize

    def prepare(self) -> HookResult:
        """Called before the verb's method; may be a coroutine, and may finish the request."""

    def on_finish(self) -> None:
        """Called after the answer was handed to the connection."""

    def on_connection_close(self) -> None:
        """Called when the client went away before the answer was complete."""

    def data_received(self, chunk: bytes) -> HookResult:
        """Called with pieces of the body, in handlers with `stream_request_body`."""
        raise HandlerStateError("a handler that streams its body must define data_received")

    def set_default_headers(self) -> None:
        """Called at the beginning, and again when an error discards what was set."""

    # Verbs.  A subclass defines those it answers, with the groups of its route as arguments.

    def _unimplemented_method(self, *args: object, **kwargs: object) -> VerbResult:
        """Answer the method of the same name; without a definition it is refused with 405."""
        raise HTTPError(405)

    head: Callable[..., VerbResult] = _unimplemented_method
    get: Callable[..., VerbResult] = _unimplemented_method
    post: Callable[..., VerbResult] = _unimplemented_method
    delete: Callable[..., VerbResult] = _unimplemented_method
    patch: Callable[..., VerbResult] = _unimplemented_method
    put: Callable[..., VerbResult] = _unimplemented_method
    options: Callable[..., VerbResult] = _unimplemented_method

    @property
    def settings(self) -> dict[str, object]:
        """The settings of the application."""
        return self.application.settings

    # Status and headers.

    def clear(self) -> None:
        """Forget status, headers and body that were set so far; cookies are kept."""
        self._status_code = 200
        self._reason = None
        self._made_headers = None
        self._content_type = output.HTML
        self._write_buffer = []
        self.set_default_headers()

    def set_status(self, status_code: int, reason: str | None = None) -> None:
        """Set the status, with a reason of your own where there is no standard one.

        :raises ValueError: the status has not three digits, or the reason has characters that may
            not stand in a status line.
        """
        output.check_status(status_code, reason)
        self._status_code = status_code
        self._reason = reason

    def get_status(self) -> int:
        """The status of the answer."""
        return self._status_code

    def set_header(self, name: str, value: HeaderValue) -> None:
        """Set a header, in place of all lines of that name.

        :raises ValueError: the value would split the answer, or the name is none.
        """
        text = header_text(name, value)
        if self._made_headers is None and name == "Content-Type":
            self._content_type = text
            return
        try:
            self._headers[name] = text
        except HTTPInputError as error:
            raise HTTPOutputError(str(error)) from None  # this side's fault, not the client's

    def add_header(self, name: str, value: HeaderValue) -> None:
        """Add a header line, beside those of that name.

        :raises ValueError: the value would split the answer, or the name is none.
        """
        try:
            self._headers.add(name, header_text(name, value))
        except HTTPInputError as error:
            raise HTTPOutputError(str(error)) from None  # as in `set_header`

    def clear_header(self, name: str) -> None:
        """Take a header back; one that is not there is ignored."""
        self._headers.pop(canonical_name(name), None)

    # Arguments.

    def get_argument(
        self, name: str, default: D | Required = REQUIRED, strip: bool = True
    ) -> str | D:
        """The last value of an argument, from query or form.

        :raises MissingArgumentError: 400; it is not there and has no *default*.
        """
        return get_last(self.request.arguments, name, default, strip, self.decode_argument)

    def get_arguments(self, name: str, strip: bool = True) -> list[str]:
        """All values of an argument, from query and form."""
        return get_all(self.request.arguments, name, strip, self.decode_argument)

    def get_query_argument(
        self, name: str, default: D | Required = REQUIRED, strip: bool = True
    ) -> str | D:
        """The last value of an argument in the query.

        :raises MissingArgumentError: 400; it is not there and has no *default*.
        """
        return get_last(self.request.query_arguments, name, default, strip, self.decode_argument)

    def get_query_arguments(self, name: str, strip: bool = True) -> list[str]:
        """All values of an argument in the query."""
        return get_all(self.request.query_arguments, name, strip, self.decode_argument)

    def get_body_argument(
        self, name: str, default: D | Required = REQUIRED, strip: bool = True
    ) -> str | D:
        """The last value of an argument in the form.

        :raises MissingArgumentError: 400; it is not there and has no *default*.
        """
        return get_last(self.request.body_arguments, name, default, strip, self.decode_argument)

    def get_body_arguments(self, name: str, strip: bool = True) -> list[str]:
        """All values of an argument in the form."""
        return get_all(self.request.body_arguments, name, strip, self.decode_argument)

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """Text from the bytes of an argument, or of a group of the path (*name* is None there).

        :raises HTTPError: 400; it is not UTF-8.
        """
        return decode_utf8(value, name)

    # Output.

    def write(self, chunk: str | bytes | Mapping[str, object]) -> None:
        """Add to the answer's body; a mapping becomes a JSON object.

        :raises HandlerStateError: the request is finished.
        :raises TypeError: *chunk* is of another type; JSON arrays must be wrapped in an object.
        """
        if self._finished:
            raise HandlerStateError("write() after finish(): the answer is complete already")
        if isinstance(chunk, str):
            self._write_buffer.append(chunk.encode("utf-8"))
        elif isinstance(chunk, bytes):
            self._write_buffer.append(chunk)
        elif type(chunk) is dict or isinstance(chunk, Mapping):
            self._write_buffer.append(json_encode(chunk).encode("utf-8"))
            if self._made_headers is None:
                self._content_type = output.JSON
            else:
                self._made_headers["Content-Type"] = output.JSON
        else:
            raise output.not_writable(chunk)

    def flush(self, include_footers: bool = False) -> Awaitable[None]:
        """Send what was written so far; awaiting the result waits until there is room for more.

        :raises StreamClosedError: by awaiting, if the client went away.
        """
        return output.flush(self)

    def finish(self, chunk: str | bytes | Mapping[str, object] | None = None) -> Awaitable[None]:
        """Complete the answer, with a last *chunk*.

        :raises HandlerStateError: the request is finished already.
        """
        if self._finished:
            raise HandlerStateError("finish() was called twice")
        if chunk is not None:
            self.write(chunk)
        return output.finish(self)

    def send_stream(self, pieces: AsyncIterable[Piece] | Iterable[Piece]) -> Awaitable[None]:
        """Send *pieces* as they come, each as soon as the client has taken those before.

        Text and bytes are sent as they are, and each mapping as a line of JSON (NDJSON).  A verb
        that is an asynchronous generator does the same with what it yields.

        :raises StreamClosedError: by awaiting, if the client went away.
        """
        return streaming.send(self, pieces)

    def event_stream(
        self, retry: float | None = None, keep_alive: float = streaming.KEEP_ALIVE
    ) -> event_streams.EventStream:
        """Answer with server-sent events, for as long as the result is entered.

        :param retry: seconds after which a client that was cut off shall come again.
        :param keep_alive: seconds of silence after which a comment is sent, so that proxies do not
            take the connection for dead.
        """
        return event_streams.EventStream(self, retry, keep_alive)

    def read_body(self) -> AsyncIterator[bytes]:
        """The pieces of the request's body as they come.

        For handlers with `stream_request_body` that do not define `data_received`: their verb is
        called before the body is there.
        """
        return streaming.body_of(self)

    def multipart(self, config: ParseMultipartConfig | None = None) -> AsyncIterator[Part]:
        """The parts of a ``multipart/form-data`` body, in order; see `read_body` for when they come
        as the client sends them.

        :param config: limits other than the usual ones.
        :raises HTTPInputError: 400 or 413; the body is malformed or beyond a limit.
        """
        from . import form_parts

        return form_parts.parts_of(self, config)

    def redirect(self, url: str, permanent: bool = False, status: int | None = None) -> None:
        """Send the client to *url*, which may be relative to the request's.

        :param permanent: 301 instead of 302.
        :param status: another status between 300 and 399.
        :raises ValueError: *url* has a control character or a space, or *status* is none.
        """
        output.redirect(self, url, permanent, status)

    def compute_etag(self) -> str | bytes | None:
        """The entity tag of the answer, or None for none; called for whole answers only."""
        return conditional.entity_tag(self._write_buffer)

    def set_etag_header(self) -> None:
        """Set ``Etag`` to what `compute_etag` says."""
        etag = self.compute_etag()
        if etag is not None:
            self.set_header("Etag", etag)

    def check_etag_header(self) -> bool:
        """Whether the client has the answer already: ``Etag`` is in ``If-None-Match``."""
        given = self.request.headers.get("If-None-Match")
        return given is not None and conditional.matches_none_match(
            self._headers.get("Etag") or "", given
        )

    # Errors.

    def send_error(self, status_code: int = 500, **kwargs: object) -> None:
        """Answer with an error page instead of what was written so far.

        :param kwargs: for `write_error`; ``exc_info`` is the error, if there was one, and
            ``reason`` the text of the status line.
        """
        error_pages.send(self, status_code, kwargs)

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """Write the page of an error; override it for pages of your own.

        :param kwargs: ``exc_info`` is the error that led here, if there was one.
        """
        error_pages.write_default(self, status_code, kwargs)

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log what was raised; `HTTPError` without its traceback."""
        error_pages.log_exception(self, typ, value, tb)

    def async_callback(
        self, callback: Callable[..., object], *args: object, **kwargs: object
    ) -> Callable[..., None]:
        """*callback* with first arguments, answering with an error page if it raises."""
        return execution.async_callback(self, callback, *args, **kwargs)

    def detach(self) -> IOStream:
        """Take the connection over from the server; the answer is then yours alone.

        Bytes that came behind the request are read first.
        """
        return output.detach(self)

    # Cookies.

    @property
    def cookies(self) -> Mapping[str, Morsel]:
        """The cookies of the request, by name."""
        return self.request.cookies

    def get_cookie(self, name: str, default: str | None = None) -> str | None:
        """The value of a cookie of the request."""
        morsel = self.request.cookies.get(name)
        return default if morsel is None else morsel.value

    def set_cookie(
        self,
        name: str,
        value: str | bytes,
        domain: str | None = None,
        expires: CookieTime = None,
        path: str = "/",
        expires_days: float | None = None,
        **attributes: object,
    ) -> None:
        """Give the client a cookie.

        :param expires: when the client shall forget it; without, at the end of its session.
        :param expires_days: the same, in days from now.
        :param attributes: ``max_age`` (seconds), ``secure``, ``httponly``, ``samesite``,
            ``partitioned``.
        :raises ValueError: something cannot stand in a cookie.
        """
        outgoing_cookies.set_cookie(
            self, name, value, domain, expires, path, expires_days, attributes
        )

    def clear_cookie(
        self, name: str, path: str = "/", domain: str | None = None, **attributes: object
    ) -> None:
        """Tell the client to forget a cookie.

        *path* and *domain* must be those it was set with; some browsers want to see the other
        *attributes* again, too.
        """
        outgoing_cookies.clear_cookie(self, name, path, domain, attributes)

    def clear_all_cookies(
        self, path: str = "/", domain: str | None = None, **attributes: object
    ) -> None:
        """Tell the client to forget every cookie that it sent; see `clear_cookie`."""
        for name in self.request.cookies:
            self.clear_cookie(name, path, domain, **attributes)

    def set_signed_cookie(
        self,
        name: str,
        value: str | bytes,
        expires_days: float | None = 30,
        version: int | None = None,
        **attributes: object,
    ) -> None:
        """Give the client a cookie that it can read but not change; see `get_signed_cookie`.

        Unless *attributes* say otherwise it is ``HttpOnly`` and ``SameSite=Lax``.

        :raises SettingError: the application has no ``cookie_secret``.
        """
        signed = signing.SignedValue(self.create_signed_value(name, value, version))
        self.set_cookie(name, signed, expires_days=expires_days, **attributes)  # type: ignore[arg-type]  # checked by set_cookie

    def create_signed_value(
        self, name: str, value: str | bytes, version: int | None = None
    ) -> bytes:
        """*value* with its signature, for use under *name* in other places than cookies."""
        return signed_cookies.sign(self, name, value, version)

    def get_signed_cookie(
        self,
        name: str,
        value: str | None = None,
        max_age_days: float = 31.0,
        min_version: int | None = None,
    ) -> bytes | None:
        """What was signed, or None if the cookie is missing, changed or too old.

        :param value: the signed text, if it does not come from the cookie called *name*.
        :param min_version: 1 accepts also what very old servers have signed.
        :raises SettingError: the application has no ``cookie_secret``.
        """
        return signed_cookies.read(self, name, value, max_age_days, min_version)

    def get_signed_cookie_key_version(self, name: str, value: str | None = None) -> int | None:
        """The version of the key with which a cookie says it was signed."""
        return signed_cookies.key_version(self, name, value)

    set_secure_cookie = set_signed_cookie
    get_secure_cookie = get_signed_cookie
    get_secure_cookie_key_version = get_signed_cookie_key_version

    # Forgery.

    @property
    def xsrf_token(self) -> bytes:
        """A copy of the client's token, for a form or a script; sets the cookie if need be."""
        return outgoing_cookies.xsrf_token(self).encode("ascii")

    def check_xsrf_cookie(self) -> None:
        """Refuse an unsafe request that does not prove it comes from one of this site's pages.

        Called where the setting ``xsrf_cookies`` is on, before `prepare`.

        :raises HTTPError: 403.
        """
        outgoing_cookies.check_xsrf(self)

    def xsrf_form_html(self) -> SafeString:
        """The hidden field that a form needs where ``xsrf_cookies`` is on."""
        return outgoing_cookies.xsrf_field(self)

    # Users and languages.

    @property
    def current_user(self) -> object:
        """Who is asking: what `get_current_user` says, asked once; `prepare` may set it."""
        if self._current_user is users.UNASKED:
            self._current_user = users.ask(self)
        return self._current_user

    @current_user.setter
    def current_user(self, value: object) -> None:
        self._current_user = value

    def get_current_user(self) -> object:
        """The user, from a cookie for instance; override it.

        It may be a coroutine: then it is awaited before `prepare`.
        """
        return None

    def get_login_url(self) -> str:
        """Where `authenticated` sends strangers: the setting ``login_url``.

        :raises SettingError: there is none.
        """
        return str(self.require_setting("login_url", "@zonda.web.authenticated"))

    @property
    def locale(self) -> Locale:
        """The language of the answer: of the user, else of the browser."""
        if self._locale is None:
            chosen = self.get_user_locale() or self.get_browser_locale()
            if isinstance(chosen, str):
                from zonda.locale import get

                chosen = get(chosen)
            self._locale = chosen
        return self._locale

    @locale.setter
    def locale(self, value: Locale) -> None:
        self._locale = value

    def get_user_locale(self) -> Locale | str | None:
        """The language that the user chose, or its code, or None; override it."""
        return None

    def get_browser_locale(self, default: str = "en_US") -> Locale:
        """The best of the languages that ``Accept-Language`` names."""
        from . import languages

        return languages.browser_locale(self.request.headers.get("Accept-Language"), default)

    # Templates.

    @property
    def ui(self) -> rendering.TemplateTools:
        """What templates know besides their arguments: UI modules and methods."""
        if self._ui is None:
            self._ui = rendering.TemplateTools(self)
        return self._ui

    def render(self, template_name: str, **kwargs: object) -> Awaitable[None]:
        """Finish with a page made from a template."""
        if self._finished:
            raise HandlerStateError("render() after finish(): the answer is complete already")
        return self.finish(rendering.render(self, template_name, kwargs))

    def render_string(self, template_name: str, **kwargs: object) -> bytes:
        """The bytes of a template."""
        return rendering.render_string(self, template_name, kwargs)

    def render_linked_js(self, js_files: Iterable[str]) -> str:
        """The HTML for the scripts of a page's modules."""
        return ui_modules.linked_scripts(self, js_files)

    def render_embed_js(self, js_embed: Iterable[bytes]) -> bytes:
        """The HTML around the scripts that a page's modules embed."""
        return ui_modules.embedded_scripts(js_embed)

    def render_linked_css(self, css_files: Iterable[str]) -> str:
        """The HTML for the style sheets of a page's modules."""
        return ui_modules.linked_styles(self, css_files)

    def render_embed_css(self, css_embed: Iterable[bytes]) -> bytes:
        """The HTML around the styles that a page's modules embed."""
        return ui_modules.embedded_styles(css_embed)

    def get_template_namespace(self) -> dict[str, object]:
        """The names that every template of this handler knows."""
        return rendering.namespace(self)

    def get_template_path(self) -> str | None:
        """The directory of the templates: the setting ``template_path``, else the handler's own."""
        return cast("str | None", self.settings.get("template_path"))

    def create_template_loader(self, template_path: str) -> BaseLoader:
        """A loader for the templates in *template_path*; called once for each."""
        return rendering.create_loader(self, template_path)

    def static_url(self, path: str, include_host: bool | None = None, **kwargs: object) -> str:
        """The URL of a static file, with its version.

        :param include_host: whether the URL starts with scheme and host.
        :raises SettingError: the application has no ``static_path``.
        """
        return static_url.url_of(self, path, include_host, kwargs)

    def reverse_url(self, name: str, /, *args: object, **kwargs: object) -> str:
        """The path of the rule called *name*; see `Application.reverse_url`."""
        return self.application.reverse_url(name, *args, **kwargs)

    def require_setting(self, name: str, feature: str = "this feature") -> object:
        """A setting of the application.

        :raises SettingError: it is not set; the message says what for it is needed.
        """
        value = self.application.settings.get(name)
        if not value:
            raise SettingError(f"the application needs the setting {name!r} for {feature}")
        return value

    # For the log.

    def _request_summary(self) -> str:
        request = self.request
        return f"{request.method} {request.uri} ({request.remote_ip})"

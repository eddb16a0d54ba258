"""A set of options, and where their values come from."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TextIO, get_args, get_origin

from .config_file import TOML_SUFFIX, read_python, read_toml
from .errors import DefinitionError, OptionValueError, UnknownOptionError, nearest
from .help_text import help_text
from .mocking import Mockable
from .option import SHOWN_VALUE, Option
from .values import Kind

HELP = "help"


def normalize(name: str) -> str:
    """A name as it is on the command line: dashes and underscores are the same."""
    return name.replace("_", "-")


class OptionParser:
    """A set of options, which are its attributes.

    Programs use the one set :data:`options` through the functions of this module; a set of its
    own is for a subcommand.  ``options.name``, ``options["name"]`` and
    ``"name" in options`` take dashes and underscores for the same.  Setting an option checks the
    type, and does not parse.

    >>> from zonda.options import OptionParser
    >>> options = OptionParser()
    >>> options.define("port", default=8888)
    >>> options.parse_command_line(["app.py", "--port=80", "start"])
    ['start']
    >>> options.port
    80
    """

    def __init__(self) -> None:
        # Attributes are options, so these are put past __setattr__.
        self.__dict__["_options"] = {}
        self.__dict__["_parse_callbacks"] = []
        self._add(
            Option(HELP, type=bool, help="show this help information", callback=self._show_help)
        )

    def __getattr__(self, name: str) -> Any:
        # No option begins with an underscore; copying looks for such before there is a __dict__.
        if name.startswith("_"):
            raise AttributeError(name)
        return self._find(name).value()

    def __setattr__(self, name: str, value: Any) -> None:
        self._find(name).set(value)

    def __getitem__(self, name: str) -> Any:
        return self._find(name).value()

    def __setitem__(self, name: str, value: Any) -> None:
        self._find(name).set(value)

    def __contains__(self, name: str) -> bool:
        return normalize(name) in self._options

    def __iter__(self) -> Iterator[str]:
        return (option.name for option in list(self._options.values()))

    def items(self) -> list[tuple[str, Any]]:
        """The name and the value of each option."""
        return [(option.name, option.value()) for option in list(self._options.values())]

    def as_dict(self) -> dict[str, Any]:
        """Name to value of all options."""
        return dict(self.items())

    def groups(self) -> set[str]:
        """The names of all groups."""
        return {option.group_name for option in list(self._options.values())}

    def group_dict(self, group: str) -> dict[str, Any]:
        """Name to value of the options in a group; of all options for the empty string.

        ``Application(handlers, **options.group_dict("application"))`` takes its settings from the
        options that were defined with ``group="application"``.
        """
        return {
            option.name: option.value()
            for option in list(self._options.values())
            if group in ("", option.group_name)
        }

    def define(
        self,
        name: str,
        default: Any = None,
        type: Kind | None = None,
        help: str | None = None,
        metavar: str | None = None,
        multiple: bool = False,
        group: str | None = None,
        callback: Callable[[Any], None] | None = None,
    ) -> None:
        """Define an option.

        :param name: with dashes or underscores; each name once
        :param default: the value until another is set
        :param type: :class:`str`, :class:`int`, :class:`float`, :class:`bool`,
            :class:`~datetime.datetime`, :class:`~datetime.timedelta`, an enumeration, or any other
            class or function that makes a value from a text; ``list`` or ``list[int]`` is a
            multiple option.  Without it, it is the type of the default, else ``str``.
        :param help: what the help text says about it
        :param metavar: what stands for the value in the help text
        :param multiple: the value is a list; texts have commas between the values, and whole
            numbers may be ranges: ``1,5:8``
        :param group: a heading in the help text; without it, the file that defines the option
        :param callback: called with each new value
        :raises DefinitionError: when the name is taken or cannot be one, or the type is none
        """
        file_name = _caller()
        kind, multiple = _resolve(type, default, multiple)
        self._add(
            Option(
                name,
                default=default,
                type=kind,
                help=help,
                metavar=metavar,
                multiple=multiple,
                file_name=file_name,
                group_name=group or file_name,
                callback=callback,
            )
        )

    def parse_command_line(
        self, args: Sequence[str] | None = None, final: bool = True
    ) -> list[str]:
        """Set options from ``--name=value`` arguments.

        ``--name`` alone sets a boolean option.  Options end at the first argument without a dash,
        or at ``--``.

        :param args: with the name of the program first; without it, :data:`sys.argv`
        :param final: run the callbacks of :meth:`add_parse_callback`
        :returns: the arguments after the options
        :raises UnknownOptionError: with the nearest name that there is
        :raises OptionValueError: when the value is none for the option
        """
        arguments = list((sys.argv if args is None else args)[1:])
        while arguments and arguments[0].startswith("-"):
            argument = arguments.pop(0)
            if argument == "--":
                break
            name, equals, value = argument.lstrip("-").partition("=")
            shown = argument[:SHOWN_VALUE]
            option = self._find(name, f"Unrecognized command line option {shown!r}", "--")
            if not equals:
                if option.type is not bool:
                    dashed = normalize(option.name)
                    raise OptionValueError(
                        f"Option {option.name!r} requires a value: --{dashed}=..."
                    )
                value = "true"
            option.parse(value)
        if final:
            self.run_parse_callbacks()
        return arguments

    def parse_config_file(self, path: str | os.PathLike[str], final: bool = True) -> None:
        """Set options from a configuration file.

        A file whose name ends in ``.toml`` is TOML: each key has to be an option, and the keys of
        a table ``[log]`` begin with ``log-``.  Any other file is Python, which is run; its
        variables that are options count.  So **a file of Python has to be one that you trust**.

        A text stands for any value, as on the command line.

        :param final: run the callbacks of :meth:`add_parse_callback`
        :raises ConfigFileError: when it is not Python or TOML, or raises
        :raises UnknownOptionError: when there is no option for a key of TOML
        :raises OptionValueError: when a value is none for its option
        :raises OSError: when it cannot be read
        """
        path = os.fspath(path)
        is_toml = path.endswith(TOML_SUFFIX)
        for name, value in (read_toml(path) if is_toml else read_python(path)).items():
            if normalize(name) == HELP or not (is_toml or name in self):
                continue
            option = self._find(name, f"{path}: unrecognized option {name!r}")
            try:
                option.assign(value)
            except OptionValueError as error:
                raise OptionValueError(f"{path}: {error}") from error
        if final:
            self.run_parse_callbacks()

    def parse_environment(
        self, prefix: str, environ: Mapping[str, str] | None = None, final: bool = True
    ) -> None:
        """Set options from environment variables: with the prefix ``APP_``, ``log-file-prefix``
        from ``APP_LOG_FILE_PREFIX``.

        Other variables do not matter, and ``help`` is not taken from here.

        :param environ: without it, :data:`os.environ`
        :param final: run the callbacks of :meth:`add_parse_callback`
        :raises OptionValueError: when a value is none for its option
        :raises ValueError: without a prefix, as ``PATH`` and others are taken
        """
        if not prefix:
            raise ValueError("environment variables need a prefix, such as APP_")
        variables = os.environ if environ is None else environ
        for normalized, option in list(self._options.items()):
            variable = prefix + normalized.replace("-", "_").upper()
            if variable in variables and normalized != HELP:
                try:
                    option.parse(variables[variable])
                except OptionValueError as error:
                    raise OptionValueError(f"{variable}: {error}") from error
        if final:
            self.run_parse_callbacks()

    def print_help(self, file: TextIO | None = None) -> None:
        """Print all options, to standard error unless a file is given."""
        text = help_text(sys.argv[0], list(self._options.values()))
        print(text, file=sys.stderr if file is None else file)

    def add_parse_callback(self, callback: Callable[[], None]) -> None:
        """Call a function whenever options were parsed finally."""
        self._parse_callbacks.append(callback)

    def run_parse_callbacks(self) -> None:
        """Call the functions that :meth:`add_parse_callback` was given."""
        for callback in self._parse_callbacks:
            callback()

    def mockable(self) -> Mockable:
        """A view of the options for :func:`unittest.mock.patch.object`.

        After ``with mock.patch.object(options.mockable(), "port", 80)`` the old value is back.
        """
        return Mockable(self)

    def _add(self, option: Option) -> None:
        normalized = normalize(option.name)
        if not normalized or normalized.startswith("-") or set(normalized) & set("= \t\n"):
            raise DefinitionError(f"{option.name!r} cannot be the name of an option")
        if not callable(option.type):
            raise DefinitionError(
                f"The type of option {option.name!r} must be a class or a function, "
                f"not {option.type!r}"
            )
        other = self._options.get(normalized)
        if other is not None:
            where = f" in {other.file_name}" if other.file_name else ""
            raise DefinitionError(f"Option {normalized!r} already defined{where}")
        self._options[normalized] = option

    def _find(self, name: str, reason: str = "", dashes: str = "") -> Option:
        """The option of a name, or an error with the nearest name."""
        option: Option | None = self._options.get(normalize(name))
        if option is None:
            near = nearest(normalize(name), self._options)
            hint = ""
            if near is not None:
                hint = f"; did you mean {dashes + near if dashes else self._options[near].name}?"
            raise UnknownOptionError((reason or f"Unrecognized option {name!r}") + hint)
        return option

    def _show_help(self, value: bool) -> None:
        if value:
            self.print_help()
            sys.exit(0)


def _caller() -> str:
    """The file of the code that called into this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__package__") == __package__:
        frame = frame.f_back
    return frame.f_code.co_filename


def _resolve(kind: Any, default: Any, multiple: bool) -> tuple[Kind, bool]:
    """The type of one value, and whether there are several."""
    if kind is list or get_origin(kind) is list:
        return next(iter(get_args(kind)), str), True
    if kind is not None:
        return kind, multiple
    if isinstance(default, list):
        return type(default[0]) if default else str, True
    return str if default is None or multiple else type(default), multiple

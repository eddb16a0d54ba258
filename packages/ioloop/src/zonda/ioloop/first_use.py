"""Names at the root of the package whose module is loaded when one of them is first asked for.

Most programs need few of them, and a module that nobody needs is time at each start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence


def on_first_use(
    namespace: dict[str, object], names: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of the module with *namespace* (PEP 562).

    :param names: by the module, in the same package, that has them.
    """
    package = namespace["__name__"]
    module_of = {name: module for module, found in names.items() for name in found}

    def get(name: str) -> object:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        # ``python -X importtime`` sees what the statement imports, not what `importlib` does.
        module = __import__(f"{package}.{module_of[name]}", fromlist=[name])
        value = namespace[name] = getattr(module, name)
        return value

    def names_of_all() -> list[str]:
        return sorted({*namespace, *module_of})

    return get, names_of_all

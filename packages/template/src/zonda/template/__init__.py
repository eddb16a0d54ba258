"""The template engine: compiled, escaped by default, Python expressions.

>>> from zonda.template import Template
>>> template = Template("{% for name in names %}<li>{{ name }}</li>{% end %}")
>>> template.generate(names=["Ann", "R&D"])
b'<li>Ann</li><li>R&amp;D</li>'
"""

from .compiled import Template
from .errors import ParseError, TemplateError, TemplateNotFoundError
from .loaders import BaseLoader, DictLoader, Loader
from .whitespace import filter_whitespace

__all__ = [
    "BaseLoader",
    "DictLoader",
    "Loader",
    "ParseError",
    "Template",
    "TemplateError",
    "TemplateNotFoundError",
    "filter_whitespace",
]

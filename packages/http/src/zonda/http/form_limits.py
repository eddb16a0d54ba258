"""Whether and how far forms are parsed: every bound, by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from .urls import MAX_ARGUMENTS

#: Each field of a form is a part; more than this is no form that someone filled in.
MAX_PARTS: Final = 100

#: Bytes of a part's header lines; name, file name and content type rarely take 300.
MAX_PART_HEADER_SIZE: Final = 10 * 1024

#: Header lines of a part: browsers send two, mail programs a few more, and each costs time.
MAX_PART_HEADER_COUNT: Final = 20

#: Bytes of a part that is no file: fields are kept in memory, so this is far above what is typed
#: into one and far below what hurts.
MAX_FIELD_SIZE: Final = 10 * 1024 * 1024

#: Bytes of a file: finite, so that a body without a limit of its own cannot fill the disk.
MAX_FILE_SIZE: Final = 1024 * 1024 * 1024


@dataclass(frozen=True)
class ParseMultipartConfig:
    """Whether and how far bodies of ``multipart/form-data`` are parsed.

    :ivar enabled: False leaves such bodies alone: their arguments and files stay empty.
    :ivar max_parts: how many parts a body may have.
    :ivar max_part_header_size: how many bytes the header lines of a part may have.
    :ivar max_part_header_count: how many header lines a part may have.
    :ivar max_field_size: how many bytes a part may have that is no file.
    :ivar max_file_size: how many bytes a file may have.
    """

    enabled: bool = True
    max_parts: int = MAX_PARTS
    max_part_header_size: int = MAX_PART_HEADER_SIZE
    max_field_size: int = MAX_FIELD_SIZE
    max_file_size: int = MAX_FILE_SIZE
    max_part_header_count: int = MAX_PART_HEADER_COUNT


@dataclass(frozen=True)
class ParseUrlEncodedConfig:
    """How far bodies of ``application/x-www-form-urlencoded`` are parsed.

    :ivar max_arguments: how many arguments a body may have.
    """

    max_arguments: int = MAX_ARGUMENTS


@dataclass(frozen=True)
class ParseBodyConfig:
    """How bodies with forms are parsed.

    :ivar multipart: the limits of ``multipart/form-data``.
    :ivar urlencoded: the limits of ``application/x-www-form-urlencoded``.
    """

    multipart: ParseMultipartConfig = field(default_factory=ParseMultipartConfig)
    urlencoded: ParseUrlEncodedConfig = field(default_factory=ParseUrlEncodedConfig)

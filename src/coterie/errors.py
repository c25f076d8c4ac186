"""Every error that Coterie raises on purpose.

Each class inherits twice where a built-in says the same (``UnknownKind`` is a ``LookupError``), and
carries the exit code that the command line uses (contract, section 4).
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class CoterieError(Exception):
    """Root of all errors that Coterie raises on purpose."""

    exit_code = 1


class UsageError(CoterieError, ValueError):
    """The call or the configuration is wrong."""

    exit_code = 2


class ConfigError(UsageError):
    """A setting in ``coterie.toml``, the environment or a flag is wrong."""


class UnknownName(UsageError, LookupError):
    """A name (kind, table, column, cluster, account) is not known."""


class InputError(CoterieError, ValueError):
    """Nothing usable in the input; the store is as it was."""

    exit_code = 3


class WrongColumns(InputError, UsageError):
    """The columns of an input are not those that its mapping or table needs."""


class StoreError(CoterieError, OSError):
    """The store is missing, damaged or written by another version."""

    exit_code = 6


class StoreLocked(StoreError):
    """Another process is writing to the store."""


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """The hint to end an error with: the nearest known name, or all of them when few.

    >>> did_you_mean("devise", ["device", "ip"])
    ' Did you mean "device"?'
    >>> did_you_mean("zzz", ["device", "ip"])
    ' Known: device, ip.'
    """
    names = sorted(set(known))
    near = get_close_matches(found, names, n=1, cutoff=0.6)
    if near:
        return f' Did you mean "{near[0]}"?'
    return f" Known: {', '.join(names)}." if 0 < len(names) <= 30 else ""

"""What every command shares: global options anywhere, one way out, JSON or text."""

from __future__ import annotations

import errno
import io
import json
import math
import os
import re
import sys
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from coterie.cli.interrupt import INTERRUPTED, ends_on_interrupt
from coterie.errors import CoterieError
from coterie.printable import printable
from coterie.progress import Progress, log

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coterie.workspace import Workspace

SCHEMA_VERSION = 1
_STRICT, _BUG, _USAGE, _STORE = 4, 1, 2, 6
_NO_ROOM = ("No space left on device", "Disk quota exceeded", "File too large")
# A bulk file of the store, in a message of the engine.
_STORE_FILE = re.compile(r"/[^\"]*?\.d/(?:facts|findings)/[^\"']+\.parquet")


@dataclass(slots=True)
class State:
    """The global options and what the command has to say besides its result."""

    workspace: str = "."
    json: bool = False
    quiet: bool = False
    log_format: str = "text"
    debug: bool = False
    trace_sql: bool = False
    strict: bool = False
    wait: float = 0.0
    warnings: list[str] = field(default_factory=list)

    def open(self, settings: dict[str, object] | None = None) -> Workspace:
        """The workspace that the options name."""
        from coterie.workspace import open_workspace

        tracer = _trace if self.trace_sql else None
        return open_workspace(self.workspace, tracer=tracer, settings=settings)

    def progress(self, title: str) -> Progress:
        """Progress on stderr, as the options want it."""
        color = "NO_COLOR" not in os.environ
        return Progress(title, quiet=self.quiet, log_format=self.log_format, color=color)

    def note(self, message: str) -> None:
        """A line on stderr that ``--quiet`` leaves out."""
        if not self.quiet:
            log(printable(message), self.log_format)

    def warn(self, message: str) -> None:
        """A warning on stderr; under ``--strict`` the command ends with 4."""
        self.warnings.append(message)
        if not self.quiet:
            log(printable(message), self.log_format, level="warning")

    def give(self, command: str, payload: dict[str, Any], text: Callable[[], str] | str) -> None:
        """The result on stdout: one JSON object, or text for people."""
        if self.json:
            whole = {"schema_version": SCHEMA_VERSION, "command": command, **payload}
            if self.warnings:
                whole.setdefault("warnings", self.warnings)
            click.echo(json.dumps(plain(whole)))
        else:
            click.echo(text if isinstance(text, str) else text())


def plain(value: Any) -> Any:
    """A value as JSON can say it: times in ISO form (UTC), no NaN, paths as text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return value.isoformat() + ("Z" if value.tzinfo is None else "")
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def _trace(text: str, params: dict[str, Any]) -> None:
    bound = f"-- {printable(params, 2000)}\n" if params else ""
    sys.stderr.write(f"{text.strip()}\n{bound};\n")


def _keep(context: click.Context, param: click.Parameter, value: Any) -> Any:
    if value is not None and param.name is not None:
        setattr(context.ensure_object(State), param.name, value)
    return value


def pairs(form: str) -> Callable[..., dict[str, str]]:
    """Reads the texts of a repeated option as a dictionary; ``form`` is what one should look like."""

    def read(
        context: click.Context, param: click.Parameter, value: tuple[str, ...]
    ) -> dict[str, str]:
        found = {}
        for text in value:
            left, sign, right = text.partition("=")
            if not (sign and left.strip() and right.strip()):
                raise click.BadParameter(f'found "{text}", expected {form}', context, param)
            found[left.strip()] = right.strip()
        return found

    return read


class _Finite(click.FloatRange):
    """A number from a range; a range alone lets "nan" through."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{number} is not a number of seconds", param, ctx)
        return number


def _options(*, top: bool) -> list[click.Option]:
    """The global options; below the top they are accepted too, and mostly not listed again."""

    def option(*names: str, listed: bool = False, **more: Any) -> click.Option:
        hidden = not (top or listed)
        return click.Option(
            names, callback=_keep, expose_value=False, default=None, hidden=hidden, **more
        )

    return [
        option(
            "--workspace",
            "-w",
            metavar="DIR",
            envvar="COTERIE_WORKSPACE" if top else None,
            help="Folder of coterie.toml and the store.  [default: .]",
        ),
        option(
            "--json",
            is_flag=True,
            flag_value=True,
            listed=True,
            help="One JSON object with schema_version on stdout.",
        ),
        option("--quiet", "-q", is_flag=True, flag_value=True, help="No progress and no notes."),
        option(
            "--log-format",
            type=click.Choice(["text", "json"]),
            help="Form of the lines on stderr.",
        ),
        option("--debug", is_flag=True, flag_value=True, help="Show the traceback of an error."),
        option(
            "--trace-sql", is_flag=True, flag_value=True, help="Show every SQL statement on stderr."
        ),
        option(
            "--strict", is_flag=True, flag_value=True, help="End with 4 where there were warnings."
        ),
        option(
            "--wait",
            type=_Finite(min=0),
            metavar="SECONDS",
            help="Wait so long for another writer.  [default: 0]",
        ),
    ]


class Command(click.Command):
    """A command that takes the global options after its name too."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.params.extend(_options(top=False))


class Group(click.Group):
    """A command of commands; both take the global options after their names."""

    command_class = Command

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.params.extend(_options(top=False))


class _ReaderLeftError(Exception):
    """Nobody reads stdout any more."""


class Face(click.Group):
    """The top command: turns every end of a command into one line and an exit code."""

    command_class = Command

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.params.extend(_options(top=True))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a closed pipe is told apart before click ends it with 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _ReaderLeftError from error

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command line and exit with its code (contract, section 4)."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        state = State()
        for stream in (sys.stdout, sys.stderr):
            # A terminal that cannot show a letter gets its number, never an error.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        with ends_on_interrupt(lambda: _interrupted(state)):
            code = self._run(state, args, prog_name or "coterie", complete_var, extra)
        raise SystemExit(code)
        return None

    def _run(
        self,
        state: State,
        args: Sequence[str] | None,
        prog_name: str,
        complete_var: str | None,
        extra: dict[str, Any],
    ) -> int:
        try:
            ended = super().main(
                args, prog_name, complete_var, standalone_mode=False, obj=state, **extra
            )
            sys.stdout.flush()
        except (KeyboardInterrupt, click.Abort):
            return _interrupted(state)
        except click.ClickException as error:
            message = error.format_message()
            if isinstance(error, click.UsageError) and error.ctx is not None:
                message += f" (see `{error.ctx.command_path} --help`)"
            return _fail(state, message, _USAGE, type(error).__name__)
        except (_ReaderLeftError, BrokenPipeError):
            # The reader has seen enough (`coterie query … | head`).
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except CoterieError as error:
            return _fail(state, str(error), error.exit_code, type(error).__name__, error)
        except MemoryError as error:
            return _fail(state, _memory(error), _USAGE, "MemoryError", error)
        except Exception as error:  # noqa: BLE001 - the last door: one line instead of a traceback
            return _unexpected(state, error)
        if isinstance(ended, int) and ended:
            return ended
        return _STRICT if state.strict and state.warnings else 0


def _interrupted(state: State) -> int:
    return _fail(state, "interrupted", INTERRUPTED, "Interrupted")


def _unexpected(state: State, error: Exception) -> int:
    name = type(error).__name__
    if name == "InterruptException" or "Query interrupted" in str(error):
        return _interrupted(state)
    if name == "OutOfMemoryException":
        return _fail(state, _memory(error), _USAGE, name, error)
    first = str(error).splitlines()[0] if str(error) else "no message"
    if any(words in str(error) for words in _NO_ROOM):
        message = f"the disk is full ({first}); the store is as it was: free space and run again"
        return _fail(state, message, _STORE, "DiskFull", error)
    if isinstance(error, OSError) and error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        message = f"{error.filename or 'a file'}: cannot be used ({error.strerror})"
        return _fail(state, message, _USAGE, name, error)
    if "surrogate" in first and "not allowed" in first:
        return _fail(state, "an argument is not UTF-8", _USAGE, name, error)
    lost = _STORE_FILE.search(first)
    if lost and type(error).__module__.endswith("duckdb"):
        message = (
            f"{lost[0]}: a file of the store is missing or damaged ({first.partition(':')[0]}); "
            "`coterie doctor` names all of them, `coterie restore` brings back a backup"
        )
        return _fail(state, message, _STORE, "StoreError", error)
    message = f"unexpected {name}: {first} (this is a bug; --debug shows the traceback)"
    return _fail(state, message, _BUG, name, error)


def _memory(error: BaseException) -> str:
    first = str(error).splitlines()[0] if str(error) else "out of memory"
    return f"out of memory ({first}); raise workspace.memory_limit or shorten the window"


def _fail(
    state: State, message: str, code: int, name: str, error: BaseException | None = None
) -> int:
    if state.debug and error is not None:
        import traceback

        sys.stderr.write("".join(traceback.format_exception(error)))
    log(printable(message), state.log_format, level="error", exit_code=code)
    if state.json:
        body = {"type": name, "message": message, "exit_code": code}
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "error": body}))
    return code


pass_state = click.make_pass_decorator(State, ensure=True)

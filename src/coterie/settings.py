"""Reading the settings: flag, then environment ``COTERIE_*``, then ``coterie.toml``, then default.

Every error names the file, the line, the key, what stood there and what is expected; every value
remembers where it came from (``Config.origin``).
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from coterie.config import (
    ACTIONS,
    ALERT_RULES,
    DEFAULT_KIND,
    FAMILIES,
    KINDS,
    ROLES,
    TIERS,
    AlertOptions,
    Config,
    ExportOptions,
    KindProfile,
    PrivacyOptions,
    PromptOptions,
    QualityOptions,
    RetentionOptions,
    ReviewOptions,
    ShareOptions,
    SourceOptions,
    SweepOptions,
    duration,
)
from coterie.errors import ConfigError, did_you_mean
from coterie.settings_lines import line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

FILE = "coterie.toml"
TABLES = ("accounts", "signals", "prompts", "links", "events", "labels", "lists")
# What the environment may hold besides settings.
_ENVIRONMENT_EXTRA = (
    "COTERIE_WORKSPACE", "COTERIE_HASH_KEY", "COTERIE_REVIEWER", "COTERIE_EXPORT_KEY",
    "COTERIE_SHARE_KEY", "COTERIE_WEBHOOK_SECRET", "COTERIE_DELIVERY_TOKEN", "COTERIE_APPRISE_URLS",
)  # fmt: skip
_PASSWORD = re.compile(
    r"://[^/]*:[^/]*@|[?&][a-z_]*(pass(word|code|wd)|token|secret)=", re.IGNORECASE
)
# Python's words, and a field whose annotation is no TOML name: what the file says instead.
_KEYS = MappingProxyType({"table": "as", "url": "from"})
_SIZE = re.compile(r"\d+(\.\d+)?\s*(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)", re.IGNORECASE)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _is_text_map(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())


def _is_signal_map(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(v, str) or (_is_text_map(v) and "column" in v) for v in value.values()
    )


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# The annotation of a field decides what TOML may give it: one place for types, in config.py.
_TYPES: Mapping[str, tuple[Callable[[Any], bool], str]] = MappingProxyType({
    "str": (lambda v: isinstance(v, str), "text"),
    "str | None": (lambda v: isinstance(v, str), "text"),
    "int": (_is_whole, "a whole number"),
    "float": (_is_number, "a number"),
    "float | None": (_is_number, "a number"),
    "bool": (lambda v: isinstance(v, bool), "true or false"),
    "int | str": (
        lambda v: v == "auto" or (_is_whole(v) and v >= 1),
        'a whole number of at least 1, or "auto"',
    ),
    "tuple[str, ...]": (_is_texts, "a list of texts"),
    "Mapping[str, str]": (_is_text_map, "a table of field = column"),
    "Mapping[str, str | Mapping[str, str]]": (
        _is_signal_map,
        "a table of kind = column or kind = { column = …, seen_at = … }",
    ),
    "Mapping[str, object]": (lambda v: isinstance(v, dict), "a table"),
})  # fmt: skip

_ALERT_TO = ("file", "stdout", "webhook", "apprise")
_COLOURS = ("clear", "green", "amber", "red")

# What a value of the right type must be besides: predicate and the words for it.
_RULES: Mapping[str, tuple[Callable[[Any], bool], str]] = MappingProxyType({
    "workspace.store": (lambda v: bool(v.strip()) and "\0" not in v, "a file name"),
    "workspace.memory_limit": (
        lambda v: v == "auto" or _SIZE.fullmatch(v) is not None,
        '"auto" or a size such as "4GB"',
    ),
    "sweep.min_size": (lambda v: v >= 2, "at least 2"),
    "sweep.seed": (lambda v: 0 <= v < 2**31, "from 0 to 2147483647"),
    "sweep.resolution": (lambda v: v > 0, "above 0"),
    "sweep.objective": (lambda v: v in {"modularity", "cpm"}, '"modularity" or "cpm"'),
    "sweep.consensus": (lambda v: v >= 1, "at least 1"),
    "sweep.permutations": (lambda v: v >= 0, "at least 0"),
    "sweep.max_pairs": (lambda v: v >= 1, "at least 1"),
    "sweep.weights": (lambda v: bool(v.strip()) and "\0" not in v, "a file name"),
    "sweep.coordinated": (lambda v: 0 <= v <= 1, "from 0 to 1"),
    "sweep.linked": (lambda v: 0 <= v <= 1, "from 0 to 1"),
    "source.path": (lambda v: bool(v.strip()) and "\0" not in v, "a file, folder or glob"),
    "source.from": (lambda v: bool(v.strip()), "an address, env:NAME or file:PATH"),
    "source.query": (lambda v: bool(v.strip()), "a SELECT"),
    "source.as": (lambda v: v in TABLES, f"one of {', '.join(TABLES)}"),
    "prompts.similarity": (lambda v: 0 < v <= 1, "above 0, at most 1"),
    "prompts.neighbours": (lambda v: v >= 1, "at least 1"),
    "prompts.most_accounts": (lambda v: v >= 1, "at least 1"),
    "review.second_above": (lambda v: v >= 0, "at least 0"),
    "review.second_above_day": (lambda v: v >= 0, "at least 0"),
    "review.heads": (lambda v: "\0" not in v, "a file name"),
    "review.action": (lambda v: v in ACTIONS, f"one of {', '.join(ACTIONS)}"),
    "export.min_role": (lambda v: v in ROLES, f"one of {', '.join(ROLES)}"),
    "export.stagger_groups": (lambda v: v >= 1, "at least 1"),
    "export.evidence": (lambda v: v >= 1, "at least 1"),
    "share.tlp": (lambda v: v in _COLOURS, f"one of {', '.join(_COLOURS)}"),
    "share.pap": (lambda v: v in _COLOURS, f"one of {', '.join(_COLOURS)}"),
    "share.min_group": (lambda v: v >= 2, "at least 2"),
    "alert.rules": (
        lambda v: set(v) <= set(ALERT_RULES), f"rules among {', '.join(ALERT_RULES)}"
    ),
    "alert.tier": (lambda v: v in TIERS, f"one of {', '.join(TIERS)}"),
    "alert.min_size": (lambda v: v >= 1, "at least 1"),
    "alert.growth": (lambda v: v >= 0, "at least 0"),
    "alert.most": (lambda v: v >= 0, "at least 0"),
    "alert.to": (lambda v: set(v) <= set(_ALERT_TO), f"targets among {', '.join(_ALERT_TO)}"),
    "alert.file": (lambda v: bool(v.strip()) and "\0" not in v, "a file name"),
    "alert.metrics": (lambda v: bool(v.strip()) and "\0" not in v, "a file name"),
    "quality.volume": (lambda v: v > 1, "above 1"),
    "quality.known": (lambda v: 0 <= v <= 1, "from 0 to 1"),
    "kind.family": (lambda v: v in FAMILIES, f"one of {', '.join(FAMILIES)}"),
    "kind.m": (lambda v: 0 <= v <= 1, "from 0 to 1"),
    "kind.cap": (lambda v: v >= 2, "at least 2"),
    "kind.hub_max": (lambda v: v >= 2, "at least 2"),
    "kind.partners": (lambda v: v >= 0, "at least 0"),
    "kind.max_bits": (lambda v: v >= 0, "at least 0"),
    "kind.min_bits": (lambda v: v >= 0, "at least 0"),
    "kind.profile_cap": (lambda v: v >= 0, "at least 0"),
})  # fmt: skip
_DURATIONS = (
    "sweep.window", "kind.window", "kind.half_life", "export.delay", "export.stagger_step",
    "share.expires", "quality.history", "quality.silence",
    *(f"retention.{n}" for n in (
        "signals", "prompts", "prompts_text", "events", "links", "quarantine", "findings"
    )),
    "export.expires", "export.retention",
)  # fmt: skip
# The sections that are plain tables of options.
_OPTIONS: Mapping[str, type] = MappingProxyType({
    "sweep": SweepOptions, "privacy": PrivacyOptions, "prompts": PromptOptions,
    "review": ReviewOptions,
    "export": ExportOptions, "share": ShareOptions, "quality": QualityOptions,
    "alert": AlertOptions, "retention": RetentionOptions,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands: for messages and for ``origin``."""

    words: str

    def fail(self, text: str) -> ConfigError:
        return ConfigError(f"{self.words}: {text}")


def load_config(
    root: Path,
    *,
    flags: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Config:
    """The effective settings of the workspace at ``root``.

    Args:
        root: the workspace's folder; ``coterie.toml`` there is optional.
        flags: settings by dotted name, such as ``{"sweep.window": "30d"}``; None values are skipped.
        environ: the environment, read by the face only.

    Raises:
        ConfigError: a key is unknown or a value is wrong.
    """
    text, data = _read(root / FILE)
    origin: dict[str, str] = {}

    def place(*path: str | int) -> _Place:
        line = line_of(text, path)
        return _Place(f"{FILE}:{line}" if line else FILE)

    _known(data, ("workspace", "source", "kind", *_OPTIONS), (), place)
    given: dict[str, dict[str, Any]] = {}
    for section, names in _plain_sections().items():
        table = _table(data, section, place)
        _known(table, names, (section,), place)
        given[section] = {}
        for key, value in table.items():
            where = place(section, key)
            given[section][key] = _checked(f"{section}.{key}", value, names[key], where)
            origin[f"{section}.{key}"] = where.words
    kinds = _kinds(_table(data, "kind", place), origin, place)
    sources = _sources(data.get("source", []), place)
    _overlay(given, origin, environ or {}, flags or {})
    config = Config(
        root=root.resolve(),
        **given["workspace"],
        sources=sources,
        kinds=kinds,
        sweep=SweepOptions(**given["sweep"]),
        privacy=PrivacyOptions(**given["privacy"]),
        prompts=PromptOptions(**given["prompts"]),
        review=ReviewOptions(**given["review"]),
        export=ExportOptions(**given["export"]),
        share=ShareOptions(**given["share"]),
        quality=QualityOptions(**given["quality"]),
        alert=AlertOptions(**given["alert"]),
        retention=RetentionOptions(**given["retention"]),
        origin=MappingProxyType(dict(sorted(origin.items()))),
        weights=_weights(root, given["sweep"].get("weights"), origin),
    )
    _sane(config)
    return config


def effective(config: Config) -> list[tuple[str, object, str]]:
    """Every setting as (dotted name, value, where it came from), in the order of the file."""
    rows: list[tuple[str, object]] = [
        ("workspace.store", config.store),
        ("workspace.memory_limit", config.memory_limit),
        ("workspace.threads", config.threads),
    ]
    for number, source in enumerate(config.sources, 1):
        rows += [
            (f"source.{number}.{_KEYS.get(f.name, f.name)}", getattr(source, f.name))
            for f in fields(source)
            if getattr(source, f.name)
        ]
    for name, profile in config.kinds.items():
        rows += [(f"kind.{name}.{f.name}", getattr(profile, f.name)) for f in fields(profile)]
    for section, options in _OPTIONS.items():
        found = getattr(config, section)
        rows += [(f"{section}.{f.name}", getattr(found, f.name)) for f in fields(options)]
    default = {True: FILE, False: "default"}
    return [
        (name, value, config.origin.get(name, default[name.startswith("source.")]))
        for name, value in rows
    ]


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return "", {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{FILE}: cannot be read as UTF-8 text ({error})") from error
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        words = str(error)
        found = re.search(r"\(at line (\d+), column (\d+)\)", words)
        line = found[1] if found else str(text.count("\n") + 1)
        reason = re.sub(r" \(at .*\)$", "", words)
        raise ConfigError(f"{FILE}:{line}: not valid TOML: {reason}") from error
    except RecursionError as error:
        raise ConfigError(f"{FILE}: nested too deeply to be settings") from error


def _plain_sections() -> dict[str, dict[str, str]]:
    """Section -> key -> annotation, for the sections that are plain tables."""
    own = {f.name: str(f.type) for f in fields(Config)}
    return {
        "workspace": {k: own[k] for k in ("store", "memory_limit", "threads")},
        **{s: {f.name: str(f.type) for f in fields(o)} for s, o in _OPTIONS.items()},
    }


def _table(data: dict[str, Any], section: str, place: Callable[..., _Place]) -> dict[str, Any]:
    table = data.get(section, {})
    if not isinstance(table, dict):
        raise place(section).fail(
            f"{section}: found {_found(table)}, expected a table ([{section}])"
        )
    return table


def _known(
    table: Mapping[str, Any],
    names: Mapping[str, str] | tuple[str, ...],
    path: tuple[str | int, ...],
    place: Callable[..., _Place],
) -> None:
    for key in table:
        if key not in names:
            dotted = ".".join([*(str(p) for p in path if isinstance(p, str)), key])
            raise place(*path, key).fail(f'unknown key "{dotted}".{did_you_mean(key, names)}')


def _checked(
    name: str, value: Any, annotation: str, where: _Place, label: str | None = None
) -> Any:
    fits, words = _TYPES[annotation]
    label = label or name
    if not fits(value):
        raise where.fail(f"{label}: found {_found(value)}, expected {words}")
    rule = _RULES.get(name)
    if rule is not None and not rule[0](value):
        raise where.fail(f"{label}: found {_found(value)}, expected {rule[1]}")
    if name in _DURATIONS or name == "retention.kinds":
        try:
            for length in value.values() if isinstance(value, dict) else (value,):
                duration(length)
        except ConfigError as error:
            raise where.fail(f"{label}: {error}") from error
    return tuple(value) if isinstance(value, list) else value


def _found(value: object) -> str:
    if isinstance(value, bool):
        return f"{str(value).lower()} (true or false)"
    if isinstance(value, str):
        return f'"{value}" (text)'
    if isinstance(value, int | float):
        return f"{value} (a number)"
    if isinstance(value, list):
        return "a list"
    return "a table" if isinstance(value, dict) else f"{value}"


def _kinds(
    table: dict[str, Any], origin: dict[str, str], place: Callable[..., _Place]
) -> Mapping[str, KindProfile]:
    names = {f.name: str(f.type) for f in fields(KindProfile)}
    kinds = dict(KINDS)
    for kind, wanted in table.items():
        if not isinstance(wanted, dict):
            # `[kind] ip = "network"`, or a profile key written one level too high.
            raise place("kind", kind).fail(
                f"kind.{kind}: found {_found(wanted)}, expected a table ([kind.{kind}])"
            )
        _known(wanted, names, ("kind", kind), place)
        changes = {}
        for key, value in wanted.items():
            where = place("kind", kind, key)
            label = f"kind.{kind}.{key}"
            changes[key] = _checked(f"kind.{key}", value, names[key], where, label)
            origin[label] = where.words
        kinds[kind] = replace(kinds.get(kind, DEFAULT_KIND), **changes)
    return MappingProxyType(kinds)


def _sources(found: Any, place: Callable[..., _Place]) -> tuple[SourceOptions, ...]:
    if not isinstance(found, list) or not all(isinstance(s, dict) for s in found):
        raise place("source").fail("source: expected one or more [[source]] tables")
    names = {_KEYS.get(f.name, f.name): str(f.type) for f in fields(SourceOptions)}
    own = {key: field for field, key in _KEYS.items()}
    sources = []
    for number, wanted in enumerate(found):
        _known(wanted, names, ("source", number), place)
        if ("path" in wanted) == ("from" in wanted):
            raise place("source", number).fail(
                "source.path: missing; name a file, folder or glob, or a database with source.from"
                if "path" not in wanted
                else "source.from: found source.path too; a source is a file or a database"
            )
        if ("from" in wanted) != ("query" in wanted):
            raise place("source", number).fail("source.from and source.query go together")
        if _PASSWORD.search(str(wanted.get("from"))):  # said without showing it
            raise place("source", number, "from").fail(
                "source.from: holds a password; put the whole address into env:NAME or file:PATH"
            )
        values = {
            own.get(key, key): _checked(
                f"source.{key}", value, names[key], place("source", number, key)
            )
            for key, value in wanted.items()
        }
        sources.append(SourceOptions(**values))
    return tuple(sources)


def _overlay(
    given: dict[str, dict[str, Any]],
    origin: dict[str, str],
    environ: Mapping[str, str],
    flags: Mapping[str, object],
) -> None:
    sections = _plain_sections()
    known = {
        _variable(section, key): (section, key, annotation)
        for section, keys in sections.items()
        for key, annotation in keys.items()
    }
    for variable in sorted(v for v in environ if v.startswith("COTERIE_")):
        if variable in _ENVIRONMENT_EXTRA:
            continue
        where = _Place(f"environment {variable}")
        if variable not in known:
            hint = did_you_mean(variable, (*known, *_ENVIRONMENT_EXTRA))
            raise where.fail(f"unknown setting.{hint}")
        section, key, annotation = known[variable]
        value = _from_text(environ[variable], annotation)
        given[section][key] = _checked(f"{section}.{key}", value, annotation, where)
        origin[f"{section}.{key}"] = where.words
    for dotted, value in flags.items():
        if value is None:
            continue
        section, _, key = dotted.partition(".")
        where = _Place(f"flag --{key.replace('_', '-')}")
        given[section][key] = _checked(dotted, value, sections[section][key], where)
        origin[dotted] = where.words


def _variable(section: str, key: str) -> str:
    """``sweep.window`` is ``COTERIE_SWEEP_WINDOW``; ``workspace.store`` is ``COTERIE_STORE``."""
    return (
        f"COTERIE_{key}".upper() if section == "workspace" else f"COTERIE_{section}_{key}".upper()
    )


def _from_text(text: str, annotation: str) -> object:
    """The environment's text as the type that TOML would have given; left as text when unfit."""
    if annotation.startswith("tuple"):
        return [part.strip() for part in text.split(",") if part.strip()]
    if annotation == "bool":
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    for parse, kinds in ((int, ("int", "int | str")), (float, ("float", "float | None"))):
        if annotation in kinds:
            try:
                return parse(text)
            except ValueError:
                return text
    return text


def _weights(
    root: Path, name: str | None, origin: Mapping[str, str]
) -> Mapping[str, object] | None:
    if name is None:
        return None
    where = _Place(origin["sweep.weights"])
    try:
        found = json.loads((root / name).read_bytes())
    except OSError as error:
        raise where.fail(
            f"sweep.weights: {name}: cannot be read ({error.strerror}); write it with "
            "`coterie learn --write`, or remove the setting"
        ) from error
    except ValueError as error:
        raise where.fail(f"sweep.weights: {name}: not valid JSON ({error})") from error
    except RecursionError as error:
        raise where.fail(f"sweep.weights: {name}: nested too deeply to be weights") from error
    if not isinstance(found, dict):
        raise where.fail(f"sweep.weights: {name}: expected a JSON object")
    return MappingProxyType(found)


def _sane(config: Config) -> None:
    for name, profile in config.kinds.items():
        if profile.hub_max < profile.cap:
            where = config.origin.get(f"kind.{name}.hub_max") or config.origin.get(
                f"kind.{name}.cap", FILE
            )
            raise ConfigError(
                f"{where}: kind.{name}.hub_max: found {profile.hub_max}, "
                f"expected at least kind.{name}.cap ({profile.cap})"
            )

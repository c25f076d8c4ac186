"""Settings: what is wrong is named with its line; what is right says where it came from."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coterie.config import FAMILIES, KINDS, config_hash, duration
from coterie.errors import ConfigError
from coterie.settings import TABLES, effective, load_config
from coterie.workspace.template import template

if TYPE_CHECKING:
    from pathlib import Path

    from coterie.config import Config


def _load(root: Path, text: str, **more: Any) -> Config:
    (root / "coterie.toml").write_text(text, encoding="utf-8")
    return load_config(root, **more)


CONTRACT = """\
[workspace]
store = "coterie.duckdb"
memory_limit = "auto"            # 60 % of the machine's
threads = "auto"

[[source]]
path = "signups/*.parquet"
as = "accounts"
map = { account_id = "user_id", created_at = "signup_time" }
signals = { device = "device_id", ip = { column = "ip_address", seen_at = "signup_time" } }

[[source]]
path = "signals.csv.gz"
as = "signals"
map = { kind = "signal_type", value = "signal_value", seen_at = "ts" }

[kind.ip]
family = "network"
window = "1d"

[kind.wallet]
family = "payment"
max_bits = 16

[sweep]
window = "30d"
min_size = 4
seed = 7

[privacy]
hash = ["payment"]
"""


def test_the_contracts_example_is_read_whole(tmp_path: Path) -> None:
    config = _load(tmp_path, CONTRACT)
    one, two = config.sources
    assert (one.path, one.table) == ("signups/*.parquet", "accounts")
    assert one.map == {"account_id": "user_id", "created_at": "signup_time"}
    assert one.signals["ip"] == {"column": "ip_address", "seen_at": "signup_time"}
    assert two.table == "signals"
    assert config.kind("ip").window == "1d"
    assert config.kind("ip").cap == KINDS["ip"].cap
    assert config.kind("wallet").family == "payment"
    assert config.kind("wallet").max_bits == 16
    assert (config.sweep.window, config.sweep.min_size, config.sweep.seed) == ("30d", 4, 7)
    assert config.privacy.hash == ("payment",)
    origin = {name: where for name, _, where in effective(config)}
    assert origin["sweep.seed"] == "coterie.toml:28"
    assert origin["kind.ip.window"] == "coterie.toml:19"
    assert origin["kind.ip.cap"] == "default"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[workspace]\nstore = "a\\u0000b"', "coterie.toml:2: workspace.store: found"),
        ('[[source]]\npath = "a\\u0000b"', "coterie.toml:2: source.path: found"),
        (
            "[sweep]\nwidow = '3d'\n",
            'coterie.toml:2: unknown key "sweep.widow". Did you mean "window"',
        ),
        ("\n[swep]\n", 'coterie.toml:2: unknown key "swep". Did you mean "sweep"'),
        ("[kind.ip]\n\nwindows='1d'\n", 'coterie.toml:3: unknown key "kind.ip.windows".'),
        ("[[source]]\npath='a'\n[[source]]\npath='b'\nsa='x'\n", "coterie.toml:5: unknown key"),
        (
            "[sweep]\nmin_size = 'five'\n",
            'coterie.toml:2: sweep.min_size: found "five" (text), expected a whole number',
        ),
        ("[sweep]\nseed = true\n", "coterie.toml:2: sweep.seed: found true"),
        ("[sweep]\nseed = 1.5\n", "expected a whole number"),
        ("[sweep]\nmin_size = 1\n", "expected at least 2"),
        ("[sweep]\nwindow = 90\n", "coterie.toml:2: sweep.window: found 90"),
        (
            "[sweep]\nwindow = '90 days'\n",
            'coterie.toml:2: sweep.window: "90 days" is not a length',
        ),
        ("[sweep]\nobjective = 'louvain'\n", 'expected "modularity" or "cpm"'),
        ("[kind.ip]\nfamily = 'net'\n", "coterie.toml:2: kind.ip.family"),
        ("[kind.ip]\ncap = 9000\n", "coterie.toml:2: kind.ip.hub_max"),
        ("[kind]\nip = 'network'\n", "expected a table ([kind.ip])"),
        ("[privacy]\nhash = 'payment'\n", "expected a list of texts"),
        ("[workspace]\nthreads = 0\n", 'at least 1, or "auto"'),
        ("[workspace]\nmemory_limit = 'lots'\n", 'a size such as "4GB"'),
        ("[[source]]\nas = 'accounts'\n", "source.path: missing"),
        ("[[source]]\npath = 'x'\nas = 'account'\n", "coterie.toml:3: source.as"),
        ("[[source]]\npath='x'\nsignals={ip={seen_at='t'}}\n", "kind = column or"),
        ("[source]\npath = 'x'\n", "[[source]]"),
        ("sweep = 3\n", "expected a table ([sweep])"),
        ("[sweep\n", "coterie.toml:1: not valid TOML"),
        ("a = " + "[" * 100_000, "coterie.toml: nested too deeply to be settings"),
        ("[sweep]\nseed = 1\nseed = 2\n", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, text)
    assert says in str(caught.value)


def test_a_key_inside_a_text_of_several_lines_is_not_taken_for_a_key(tmp_path: Path) -> None:
    text = '[[source]]\npath = """\n[sweep]\nwidow = 1\n"""\n[sweep]\nwidow = 1\n'
    with pytest.raises(ConfigError, match=r"coterie.toml:7: unknown"):
        _load(tmp_path, text)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "coterie.toml").write_bytes(b"\xff\xfe\x00[")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_config(tmp_path)


def test_flag_outranks_environment_outranks_file_outranks_default(tmp_path: Path) -> None:
    text = "[sweep]\nwindow = '10d'\nseed = 3\nmin_size = 6\n"
    config = _load(
        tmp_path,
        text,
        environ={"COTERIE_SWEEP_WINDOW": "20d", "COTERIE_SWEEP_SEED": "4", "HOME": "/"},
        flags={"sweep.window": "30d", "sweep.resolution": None},
    )
    assert (config.sweep.window, config.sweep.seed, config.sweep.min_size) == ("30d", 4, 6)
    origin = {name: where for name, _, where in effective(config)}
    assert origin["sweep.window"] == "flag --window"
    assert origin["sweep.seed"] == "environment COTERIE_SWEEP_SEED"
    assert origin["sweep.min_size"] == "coterie.toml:4"
    assert origin["sweep.resolution"] == "default"


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("COTERIE_SWEEP_WINDOWS", "1d", 'Did you mean "COTERIE_SWEEP_WINDOW"'),
        ("COTERIE_SWEEP_SEED", "one", 'environment COTERIE_SWEEP_SEED: sweep.seed: found "one"'),
        ("COTERIE_THREADS", "none", "expected a whole number of at least 1"),
        ("COTERIE_PRIVACY_KEEP_TEXT", "maybe", "expected true or false"),
    ],
)
def test_the_environment_is_checked_like_the_file(
    tmp_path: Path, variable: str, value: str, says: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path, environ={variable: value})
    assert says in str(caught.value)


def test_the_environment_gives_every_type(tmp_path: Path) -> None:
    environ = {
        "COTERIE_THREADS": "2",
        "COTERIE_STORE": "x.duckdb",
        "COTERIE_SWEEP_THRESHOLD": "8.5",
        "COTERIE_PRIVACY_HASH": "payment, ip",
        "COTERIE_PRIVACY_KEEP_TEXT": "false",
        "COTERIE_HASH_KEY": "secret",
        "COTERIE_WORKSPACE": ".",
    }
    config = load_config(tmp_path, environ=environ)
    assert (config.threads, config.store, config.sweep.threshold) == (2, "x.duckdb", 8.5)
    assert config.privacy.hash == ("payment", "ip")
    assert config.privacy.keep_text is False


def test_the_hash_follows_what_changes_a_finding_and_nothing_else(tmp_path: Path) -> None:
    plain = config_hash(_load(tmp_path, ""))
    same = ["[workspace]\nthreads = 1\n", "[[source]]\npath = 'x'\n", "[sweep]\nseed = 1\n"]
    other = ["[sweep]\nseed = 2\n", "[kind.ip]\nwindow = '1d'\n", "[kind.wallet]\nm = 0.5\n"]
    assert {config_hash(_load(tmp_path, text)) for text in same} == {plain}
    assert len({plain, *(config_hash(_load(tmp_path, text)) for text in other)}) == 4


def test_the_template_changes_no_default_and_its_examples_are_right(tmp_path: Path) -> None:
    assert not _load(tmp_path, template()).origin
    commented = "\n".join(
        line.removeprefix("# ")
        if line.startswith(("# [", "# path", "# as", "# map", "# signals", "# family"))
        or (line.startswith("# ") and " = " in line.split("#")[1])
        else line
        for line in template().splitlines()
    )
    assert _load(tmp_path, commented).sources[0].table in TABLES


_NAME = st.text(string.ascii_lowercase + "_", min_size=1, max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**31 - 1),
    size=st.integers(2, 1000),
    days=st.integers(1, 9999),
    kinds=st.dictionaries(_NAME, st.sampled_from(FAMILIES), max_size=4),
    hashed=st.lists(_NAME, max_size=3),
    path=st.text(st.characters(codec="utf-8", exclude_characters="'", min_codepoint=32),
                 min_size=1, max_size=20).filter(lambda t: t.strip() and "\x7f" not in t),
)  # fmt: skip
def test_what_is_written_is_what_is_read(
    tmp_path: Path,
    seed: int,
    size: int,
    days: int,
    kinds: dict[str, str],
    hashed: list[str],
    path: str,
) -> None:
    text = f"[[source]]\npath = '{path}'\n[sweep]\nseed = {seed}\nmin_size = {size}\n"
    text += f"window = '{days}d'\n[privacy]\nhash = {hashed!r}\n"
    text += "".join(f"[kind.{name}]\nfamily = '{family}'\n" for name, family in kinds.items())
    config = _load(tmp_path, text)
    assert (config.sweep.seed, config.sweep.min_size) == (seed, size)
    assert duration(config.sweep.window).days == days
    assert config.privacy.hash == tuple(hashed)
    assert {name: config.kind(name).family for name in kinds} == kinds
    assert config.sources[0].path == path
    # Every origin points at the line that it says.
    lines = text.splitlines()
    for name, where in config.origin.items():
        key = name.rpartition(".")[2]
        assert lines[int(where.rpartition(":")[2]) - 1].startswith(key)


@given(st.text(max_size=12))
def test_a_length_of_time_is_positive_or_refused(text: str) -> None:
    try:
        length = duration(text).total_seconds()
    except ConfigError:
        return
    assert length >= 0

"""Normal forms of values and times, against the standard library and by property."""

from __future__ import annotations

import ipaddress
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coterie.loaders.load import define_macros
from coterie.queries.store import connect

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Session:
    con: duckdb.DuckDBPyConnection
    tracer: None = None


@pytest.fixture(scope="module")
def session() -> Session:
    found = Session(connect(threads=1))
    found.con.sql(
        "SET VARIABLE bounds = {'earliest': TIMESTAMP '1990-01-01', 'latest': TIMESTAMP '2026-11-26'}"
    )
    found.con.sql("SET VARIABLE inner_pad = ''::BLOB")
    found.con.sql("SET VARIABLE outer_pad = ''::BLOB")
    define_macros(found)
    return found


def each(session: Session, expression: str, values: list[Any]) -> list[Any]:
    """The expression over a column ``x`` of values, in order."""
    text = f"SELECT {expression} FROM (SELECT unnest($v) AS x, generate_subscripts($v, 1) AS i) ORDER BY i"
    return [row[0] for row in session.con.sql(text, params={"v": values}).fetchall()]


def python_ip(text: str) -> str | None:
    """The oracle: ``ipaddress``, and a mapped address as IPv4."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(found)


GROUP = st.one_of(st.just(0), st.integers(0, 0xFFFF), st.sampled_from([1, 0xFFFF, 0x10]))
V6 = st.lists(GROUP, min_size=8, max_size=8)


def spellings(groups: list[int]) -> list[str]:
    """Ways to write an IPv6 address."""
    number = int.from_bytes(b"".join(g.to_bytes(2, "big") for g in groups), "big")
    address = ipaddress.IPv6Address(number)
    plain = str(address)
    tail = ipaddress.IPv4Address(number & 0xFFFFFFFF)
    return [
        plain,
        plain.upper(),
        address.exploded,
        ":".join(f"{g:x}" for g in groups),
        f"[{plain}]:443",
        f"[{plain}]",
        f"{plain}%eth0",
        ":".join(f"{g:x}" for g in groups[:6]) + f":{tail}",
    ]


@settings(max_examples=25, deadline=None)
@given(st.lists(V6, min_size=1, max_size=40))
def test_ipv6_is_canonical_however_it_was_written(
    session: Session, addresses: list[list[int]]
) -> None:
    texts = [s for groups in addresses for s in spellings(groups)]
    wanted = [python_ip(spellings(groups)[0]) for groups in addresses for _ in range(8)]
    assert each(session, "ip_of_text(x)", texts) == wanted


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=40))
def test_ipv4_is_canonical_however_it_was_written(session: Session, numbers: list[int]) -> None:
    plain = [str(ipaddress.IPv4Address(n)) for n in numbers]
    for form in ("{}", "{}:80", "::ffff:{}", "[::FFFF:{}]:8080"):
        assert each(session, "ip_of_text(x)", [form.format(p) for p in plain]) == plain


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text("0123456789abcdefF:.", max_size=24), min_size=1, max_size=80))
def test_what_is_no_address_for_python_is_none_here(session: Session, texts: list[str]) -> None:
    # A port is the one thing that is taken and that ipaddress does not know.
    texts = [t for t in texts if not (t.count(".") == 3 and t.count(":") == 1)] or ["x"]
    assert each(session, "ip_of_text(x)", texts) == [python_ip(t) for t in texts]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(V6, st.integers(0, 2**32 - 1)), min_size=1, max_size=40))
def test_prefixes_are_those_of_ipaddress(session: Session, addresses: list[Any]) -> None:
    texts = [
        str(ipaddress.IPv4Address(a)) if isinstance(a, int) else str(python_ip(spellings(a)[0]))
        for a in addresses
    ]
    wanted = [
        str(ipaddress.ip_network(f"{t}/{64 if ':' in t else 24}", strict=False)) for t in texts
    ]
    assert each(session, "ip_prefix_of_ip(x)", texts) == wanted


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(V6, st.integers(0, 128)), min_size=1, max_size=40))
def test_networks_are_those_of_ipaddress(
    session: Session, networks: list[tuple[list[int], int]]
) -> None:
    texts = [f"{':'.join(f'{g:x}' for g in groups)}/{bits}" for groups, bits in networks]
    parsed = [ipaddress.IPv6Network(t, strict=False) for t in texts]
    wanted = [(int(n.network_address), int(n.broadcast_address)) for n in parsed]
    found = each(session, "[network_of_text(x).lo, network_of_text(x).hi]", texts)
    # Mapped networks lie on the IPv4 part of the line either way.
    assert [tuple(f) for f in found] == wanted


def test_ipv4_networks_lie_in_the_mapped_range(session: Session) -> None:
    base = 0xFFFF00000000
    texts = ["10.0.0.0/8", "10.1.2.3/8", "1.2.3.4", "0.0.0.0/0", "1.2.3.4/33", "1.2.3.4/", "x/8"]
    found = each(session, "network_of_text(x)", texts)
    assert [(f["lo"] - base, f["hi"] - base) for f in found[:4]] == [
        (10 << 24, (11 << 24) - 1),
        (10 << 24, (11 << 24) - 1),
        (0x01020304, 0x01020304),
        (0, 2**32 - 1),
    ]
    assert found[4:] == [None, None, None]


LOCAL = st.text("abcXYZ019._-", min_size=1, max_size=12).filter(lambda t: t.strip(".") != "")


@settings(max_examples=25, deadline=None)
@given(
    LOCAL, st.sampled_from(["gmail.com", "GoogleMail.com", "Gmail.COM"]), st.text("ab1", max_size=4)
)
def test_gmail_ignores_case_dots_and_tags(
    session: Session, local: str, domain: str, tag: str
) -> None:
    plain = local.replace(".", "").lower() + "@gmail.com"
    assert each(session, "email_of_text(x)", [f"{local}+{tag}@{domain}", f"{local}@{domain}"]) == [
        plain,
        plain,
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A.Person+news@Outlook.com", "a.person@outlook.com"),
        ("a.person+news@example.org", "a.person+news@example.org"),
        ("x+y@proton.me", "x@proton.me"),
        ("x@münchen.de", "x@münchen.de"),
        ("x@example.org.", "x@example.org"),
        ("+tag@gmail.com", None),
        ("a@b@c.de", None),
        ("nobody", None),
        ("a b@c.de", None),
        ("a@b", None),
        ("a@10.0.0.1", None),
        ("0B" * 32, "0b" * 32),
    ],
)
def test_email(session: Session, text: str, wanted: str | None) -> None:
    assert each(session, "email_of_text(x)", [text]) == [wanted]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("+1 (555) 123-4567", "+15551234567"),
        ("0049 30 123456", "+4930123456"),
        ("030/123456", "030123456"),
        ("+44 20 7946 0000 ext. 12", "+442079460000"),
        ("tel:+4930123456", "+4930123456"),
        ("+15551234567", "+15551234567"),
        ("12", None),
        ("call me", None),
        ("a3f5c9d0e1b2", "a3f5c9d0e1b2"),
    ],
)
def test_phone(session: Session, text: str, wanted: str | None) -> None:
    assert each(session, "phone_of_text(x)", [text]) == [wanted]


def test_other_kinds_keep_case_and_zeros(session: Session) -> None:
    tokens = ["007", "AbC", "1e5", "card 1"]
    for kind in ("device", "payment", "anything"):
        assert each(session, f"value_of_kind('{kind}', x)", tokens) == tokens


INVISIBLE = "\u200b\u200d\ufeff\u00ad\u202e\x00\x07\n"


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp"]), max_size=8))
def test_invisible_characters_and_white_space_go(session: Session, text: str) -> None:
    dressed = f" \u3000{INVISIBLE.join(text)}\ufeff\u00a0 "
    assert each(session, "clean_text(x)", [dressed]) == [unicodedata.normalize("NFC", text)]


def test_text_is_composed(session: Session) -> None:
    assert each(session, "clean_text(x)", ["e\u0301", "a  b", "", None]) == ["é", "a  b", "", None]


def at(year: int, month: int, day: int, hour: int = 0, micro: int = 0) -> datetime:
    """A naive time: UTC, as the store keeps it."""
    return datetime(year, month, day, hour, 0, 0, micro, UTC).replace(tzinfo=None)


MOMENT = st.datetimes(at(1990, 1, 1), at(2026, 11, 1))
OFFSET = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@settings(max_examples=25, deadline=None)
@given(MOMENT, OFFSET)
def test_offsets_are_honoured(session: Session, moment: datetime, zone: timezone) -> None:
    text = moment.replace(tzinfo=zone).isoformat()
    wanted = moment.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    assert each(session, "time_of_text(x)", [text, text.replace("T", " ")]) == [wanted, wanted]


@settings(max_examples=25, deadline=None)
@given(st.datetimes(at(1990, 1, 1), at(2100, 1, 1)).map(lambda t: t.replace(microsecond=0)))
def test_epochs_are_told_apart_by_magnitude(session: Session, moment: datetime) -> None:
    seconds = int(moment.replace(tzinfo=UTC).timestamp())
    texts = [str(seconds * scale) for scale in (1, 10**3, 10**6, 10**9)]
    assert each(session, "time_of_text(x)", texts) == [moment] * 4
    assert each(session, "time_of_number(x::DOUBLE)", [seconds, seconds * 1000]) == [moment] * 2


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-03-01", at(2026, 3, 1)),
        ("20260301", at(2026, 3, 1)),
        ("2026/03/01 10:00", at(2026, 3, 1, 10)),
        ("2026-03-01 10:00:00 Europe/Berlin", at(2026, 3, 1, 9)),
        ("2026-03-01T10:00:00.5Z", at(2026, 3, 1, 10, 500_000)),
        ("2026-02-30", None),
        ("01/02/2026", None),
        ("yesterday", None),
        ("infinity", None),
        ("nan", None),
        ("", None),
    ],
)
def test_times(session: Session, text: str, wanted: datetime | None) -> None:
    assert each(session, "time_of_text(x)", [text]) == [wanted]


def test_keyed_digest_is_hmac_sha256(session: Session) -> None:
    import hashlib
    import hmac

    key = b"k" * 32
    block = key.ljust(64, b"\0")
    session.con.sql("SET VARIABLE inner_pad = $p", params={"p": bytes(b ^ 0x36 for b in block)})
    session.con.sql("SET VARIABLE outer_pad = $p", params={"p": bytes(b ^ 0x5C for b in block)})
    values = ["4111", "é", ""]
    wanted = [hmac.new(key, v.encode(), hashlib.sha256).hexdigest() for v in values]
    assert each(session, "keyed(x)", values) == wanted

"""A cluster or an account in text and for notebooks, every foreign text made safe."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from coterie.graphs.diff_text import succession
from coterie.graphs.explain_found import html_table
from coterie.graphs.explain_text import bar, bits_text, count, visible, when

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from coterie.graphs.explain_show import Shown

_ROLES = ("core", "member", "fringe")
# What puts an account into its role (method, section 5).
_MEANING = {
    "core": "strong evidence, and it behaves like the cluster or shares two strong kinds with it",
    "member": "more evidence for than against, but not enough for the core",
    "fringe": "tied by addresses alone, by one value or by one kind: check it by hand",
}
_TIMELINE = 24
_SHARED = 3
# Three measures of one value, all in bits (method, sections 3, 5 and 6): never to be compared.
_LIFT = "lift: how much commoner inside the cluster than outside"
_PAIR = "pair bits: what sharing it tells of two average accounts"
_PROFILE = (
    "profile bits: what its values tell for this cluster against the rest; the prior is the odds "
    "before any evidence"
)


def text(shown: Shown) -> str:
    """A cluster or an account in words."""
    lines = _cluster_text(shown) if shown.what == "cluster" else _account_text(shown)
    return "\n".join(lines)


def html(shown: Shown) -> str:
    """A cluster or an account as tables for notebooks; every text is escaped."""
    return _cluster_html(shown) if shown.what == "cluster" else _account_html(shown)


def _cluster_text(shown: Shown) -> list[str]:
    facts = shown.facts
    size = facts["size"]
    number = {row["role"]: row["n"] for row in shown.roles}
    split = ", ".join(f"{number[role]:,} {role}" for role in _ROLES if role in number)
    lines = [
        (
            f"Cluster {visible(facts['cluster_id'])}   {facts['tier']} · {facts['class'] or 'unclear'}"
            f" · score {_number(facts['score'])}   (sweep {facts['sweep_id']})"
        ),
        visible(facts["summary"], 600),
        (
            f"{count(size, 'account')} ({split}) · stability {_number(facts['stability'])}"
            f" · q {_number(facts['q_value'], 3)} · {when(facts['first_seen'], facts['last_seen'])}"
            f" · {facts['change'] or 'no earlier sweep'}"
        ),
    ]
    if facts["families"]:
        lines.append(f"Families of evidence: {visible(', '.join(facts['families']))}")
    lines += _waterfall(facts["waterfall"])
    lines += _guards(facts["guards"])
    if shown.n_values:
        lines += ["", f"Shared values ({_of(len(shown.values), shown.n_values)}), with {_LIFT}"]
        for row in shown.values:
            lines.append(
                f"  {visible(row['kind'])[:14]:<14} {row['n_in']:>6,} of {size:,} members"
                f" · {row['n_all']:,} accounts in all · lift {bits_text(row['bits'] or 0).strip()}"
                f" · {visible(row['display'] or row['value'], 44)}{_aside(row)}"
            )
    lines += ["", "Members"]
    for role in shown.roles:
        accounts = role["accounts"]
        names = ", ".join(visible(a, 40) for a in accounts)
        lines.append(f"  {role['role']:<7} {_of(len(accounts), role['n'])}: {names}")
    return lines + _successors(shown) + _decisions(shown)


def _account_text(shown: Shown) -> list[str]:
    facts = shown.facts
    lines = [
        (
            f"Account {visible(facts['account_id'])}   {facts['status'] or 'active'}"
            f"   (sweep {facts['sweep_id']})"
        ),
        f"Created {_day(facts['created_at'])} · seen {when(facts['first_seen'], facts['last_seen'])}",
    ]
    if shown.labels:
        lines.append(f"Labels: {', '.join(_label(row) for row in shown.labels)}")
    if facts["cluster_id"] is None:
        lines.append("In no cluster.")
    else:
        lines += [
            (
                f"{(facts['role'] or 'member').capitalize()} of cluster {visible(facts['cluster_id'])}"
                f" · score {_number(facts['score'])} · {facts['n_links'] or 0:,} links"
                f" · stability {_number(facts['stability'])}"
            ),
            f"Why {facts['role']}: {_MEANING.get(facts['role'], 'not known')}",
            f"  {_number(facts['bits'], 1)} bits in sum: {visible(facts['why'], 400)}",
            f"  ({_PROFILE})",
        ]
    if shown.n_values:
        first, last = _span(shown.values)
        lines += ["", f"Shared values ({_of(len(shown.values), shown.n_values)}), with {_PAIR}"]
        top = max((row["bits"] or 0.0) for row in shown.values)
        for row in shown.values:
            lines.append(
                f"  {visible(row['kind'])[:14]:<14} {bits_text(row['bits'] or 0)} "
                f"{bar(row['bits'] or 0, top, width=12)} {_holders(row)}"
                f" · {visible(row['display'] or row['value'], 44)}{_aside(row)}"
            )
        if first is not None and last is not None:
            lines += ["", f"When, {first:%Y-%m-%d} to {last:%Y-%m-%d}"]
            for row in sorted(shown.values, key=lambda r: (str(r["first_seen"]), r["kind"])):
                lines.append(
                    f"  {visible(row['kind'])[:14]:<14} │{_timeline(row, first, last)}│ "
                    f"{when(row['first_seen'], row['last_seen'])} · {count(row['n'] or 0, 'use')}"
                    f" · {visible(row['display'] or row['value'], 44)}"
                )
    else:
        lines.append("It shares no value with another account.")
    return lines + _successors(shown) + _decisions(shown)


def _account_html(shown: Shown) -> str:
    facts = shown.facts
    title = f"Account {facts['account_id']}"
    if facts["cluster_id"] is None:
        note = "in no cluster"
    else:
        note = (
            f"{facts['role']} of cluster {facts['cluster_id']}: "
            f"{_number(facts['bits'], 1)} profile bits in sum: {facts['why']}"
        )
    rows = [
        (
            row["kind"], row["display"] or row["value"], f"{row['bits'] or 0:.1f}", row["n_accounts"],
            row["n_in"] or "", when(row["first_seen"], row["last_seen"]), row["treatment"], row["why"],
        )
        for row in shown.values
    ]  # fmt: skip
    heads = ("kind", "value", "pair bits", "accounts", "in its cluster", "seen", "treatment", "why")
    shown_of = f"{note} · {_of(len(shown.values), shown.n_values)} shared values"
    return html_table(title, heads, rows, note=shown_of) + _more_html(shown)


def _cluster_html(shown: Shown) -> str:
    facts = shown.facts
    size = facts["size"]
    title = (
        f"Cluster {facts['cluster_id']}: {facts['tier']}, {facts['class'] or 'unclear'}, "
        f"score {_number(facts['score'])}"
    )
    values = [
        (
            row["kind"], row["display"] or row["value"], f"{row['bits'] or 0:.1f}",
            f"{row['n_in']:,} of {size:,}", row["n_all"], row["treatment"],
        )
        for row in shown.values
    ]  # fmt: skip
    parts = [
        (part.get("name"), part.get("value"), f"{float(part.get('bits') or 0):+.2f}")
        for part in facts["waterfall"]
    ]
    guards = [
        (
            guard.get("explanation"), "excluded" if guard.get("passed") else "possible",
            guard.get("for"), guard.get("against"),
        )
        for guard in facts["guards"]
    ]  # fmt: skip
    members = [
        (
            role["role"],
            _of(len(role["accounts"]), role["n"]),
            ", ".join(visible(a, 40) for a in role["accounts"]),
        )
        for role in shown.roles
    ]
    heads = ("kind", "value", "lift, bits", "members", "accounts in all", "treatment")
    return (
        html_table(title, heads, values, note=facts["summary"] or "")
        + html_table("Score, in bits", ("part", "value", "bits"), parts)
        + html_table("Innocent explanations", ("explanation", "is", "for", "against"), guards)
        + html_table("Members", ("role", "number", "accounts"), members)
        + _more_html(shown)
    )


def _decisions(shown: Shown) -> list[str]:
    if not shown.decisions:
        return []
    return ["", "Decisions", *(f"  {' · '.join(_decision(row))}" for row in shown.decisions)]


def _successors(shown: Shown) -> list[str]:
    if not shown.successors:
        return []
    number = _of(len(shown.successors), shown.n_successors)
    lines = ["", f"Likely successors of banned accounts ({number})"]
    for row in shown.successors:
        lines.append(f"  {succession(row)}")
        lines += [
            f"    {visible(v['kind'], 14):<14} {visible(v['value'], 44)} · {v['bits']:.1f} bits"
            f" · from {str(v['first_seen'])[:10]}"
            for v in row["shared"][:_SHARED]
        ]
    return lines


def _more_html(shown: Shown) -> str:
    parts = []
    if shown.successors:
        number = _of(len(shown.successors), shown.n_successors)
        rows = [(succession(row),) for row in shown.successors]
        parts.append(html_table("Likely successors of banned accounts", (number,), rows))
    if shown.decisions:
        rows = [(" · ".join(_decision(row)),) for row in shown.decisions]
        parts.append(html_table("Decisions", ("decision",), rows))
    return "".join(parts)


def _decision(row: dict[str, Any]) -> Iterable[str]:
    about = "account" if row["account_id"] else f"cluster {visible(row['cluster_id'])}"
    said = (
        _day(row["decided_at"]), f"{visible(row['decision'])} ({about})", visible(row["status"]),
        visible(row["reason_code"]), f"by {visible(row['reviewer'])}", visible(row["note"], 120),
    )  # fmt: skip
    return [part for part in said if part]


def _label(row: dict[str, Any]) -> str:
    source = f" ({visible(row['source'], 40)})" if row["source"] else ""
    return f"{visible(row['label'], 40)}{source}"


def _holders(row: dict[str, Any]) -> str:
    inside = f", {row['n_in']:,} in its cluster" if row["n_in"] else ""
    return f"{count(row['n_accounts'], 'account')}{inside}"


def _span(rows: Sequence[dict[str, Any]]) -> tuple[datetime | None, datetime | None]:
    times = [row[c] for row in rows for c in ("first_seen", "last_seen") if row[c] is not None]
    return (min(times), max(times)) if times else (None, None)


def _timeline(row: dict[str, Any], first: datetime, last: datetime) -> str:
    """From a value's first to its last use, on a scale that all values share."""
    begin, end = row["first_seen"] or row["last_seen"], row["last_seen"] or row["first_seen"]
    if begin is None:
        return " " * _TIMELINE
    length = max(last - first, timedelta(seconds=1))
    low, high = (int((t - first) / length * (_TIMELINE - 1)) for t in (begin, end))
    return "".join("█" if low <= at <= high else "·" for at in range(_TIMELINE))


def _waterfall(parts: Sequence[dict[str, Any]]) -> list[str]:
    if not parts:
        return []
    bits = [float(part.get("bits") or 0) for part in parts]
    top = max(1.0, *(abs(b) for b in bits))
    lines = ["", "Score, in bits"]
    for part, worth in zip(parts, bits, strict=True):
        value = part.get("value")
        note = f" ({_number(value)})" if isinstance(value, int | float) else ""
        lines.append(
            f"  {visible(part.get('name'), 48):<48} {worth:+7.2f} "
            f"{bar(abs(worth), top, width=12, mark='█' if worth >= 0 else '░')}{note}"
        )
    return [*lines, f"  {'sum: log-odds of the score':<48} {sum(bits):+7.2f}"]


def _guards(guards: Sequence[dict[str, Any]]) -> list[str]:
    if not guards:
        return []
    lines = ["", "Innocent explanations"]
    for guard in guards:
        mark = "excluded" if guard.get("passed") else "possible"
        lines.append(f"  {mark:<9} {visible(guard.get('explanation'), 80)}")
        for side in ("for", "against"):
            facts = guard.get(side)
            text = "; ".join(map(str, facts)) if isinstance(facts, list) else facts
            if text:
                lines.append(f"  {'':<9} {side}: {visible(text, 200)}")
    return lines


def _aside(row: dict[str, Any]) -> str:
    if row["treatment"] in {None, "used"}:
        return ""
    return f" · set aside ({row['treatment']}: {visible(row['why'], 60)})"


def _of(shown: int, total: int) -> str:
    return f"{total:,}" if shown == total else f"{shown:,} of {total:,}"


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _day(value: Any) -> str:
    return "unknown" if value is None else f"{value:%Y-%m-%d}"

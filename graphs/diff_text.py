"""A comparison of sweeps and the life of a cluster in words, every foreign text made safe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coterie.graphs.explain_text import count, visible
from coterie.printable import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coterie.graphs.diff import Diff, History

_WORDS = {
    "birth": "new", "continue": "as before", "grow": "grown", "shrink": "shrunk",
    "merge": "merged", "split": "split", "resurge": "back", "replaced": "replaced", "death": "gone",
}  # fmt: skip


def diff_text(found: Diff) -> str:
    """Two sweeps compared, one paragraph a cluster in which something changed."""
    a, b = found.a, found.b
    between = f", {count(found.n_between, 'sweep')} between" if found.n_between else ""
    said = ", ".join(f"{n:,} {_WORDS[e]}" for e, n in found.events.items() if e != "continue")
    lines = [
        (
            f"From {visible(a['sweep_id'])} (to {a['as_of']:%Y-%m-%d}) to {visible(b['sweep_id'])} "
            f"(to {b['as_of']:%Y-%m-%d}){between}"
        ),
        f"Clusters: {said or 'no news'}; {found.n_same:,} unchanged",
    ]
    for row in found.clusters:
        lines += ["", *_cluster(row)]
    if len(found.clusters) < found.n_changed:
        lines += [
            "",
            f"… {len(found.clusters):,} of {count(found.n_changed, 'cluster')} with changes",
        ]
    lines += _hubs(found) + _successors(found.successors, found.n_successors)
    return "\n".join(lines)


def history_text(found: History) -> str:
    """The life of a cluster as a table, one line a sweep."""
    rows = [
        (
            f"{row['as_of']:%Y-%m-%d}", row["sweep_id"], _WORDS.get(row["event"] or "", row["event"]),
            row["other_cluster_id"] or "", _plain(row["size"]), _signed(row["n_joined"], "+"),
            _signed(row["n_left"], "−"), row["tier"] or "", row["class"] or "",
        )
        for row in found.rows
    ]  # fmt: skip
    heads = ("to", "sweep", "event", "other cluster", "size", "joined", "left", "tier", "class")
    told = len({row["sweep_id"] for row in found.rows})
    title = f"Cluster {visible(found.cluster_id)}: told of by {told:,} of {count(found.n_sweeps, 'sweep')}"
    return f"{title}\n\n{table(heads, rows, total=len(rows))}"


def succession(row: dict[str, Any]) -> str:
    """Who goes on for whom, in one line."""
    home = f" (cluster {visible(row['cluster_id'])})" if row["cluster_id"] else ""
    return (
        f"{visible(row['account_id'], 40)}{home} goes on for {visible(row['predecessor_id'], 40)}, "
        f"stopped {row['banned_at']:%Y-%m-%d}: took up {count(row['n_values'], 'value')} "
        f"({visible(', '.join(row['families']))}; {row['bits']:.1f} bits) from {row['taken_at']:%Y-%m-%d}"
    )


def _cluster(row: dict[str, Any]) -> list[str]:
    before, now = row["size_before"], row["size_now"]
    size = (
        f"{now:,} accounts" if before is None
        else f"{before:,} accounts before" if now is None
        else f"{before:,} → {now:,} accounts" if before != now
        else f"{now:,} accounts"
    )  # fmt: skip
    others = f" with {', '.join(map(visible, row['others'][:5]))}" if row["others"] else ""
    others += f" and {len(row['others']) - 5:,} more" if len(row["others"]) > 5 else ""
    tiers = _step(row["tier_before"], row["tier_now"])
    kinds = _step(row["class_before"], row["class_now"])
    lines = [
        f"{visible(row['cluster_id'])}   {_WORDS[row['event']]}{others} · {size} · {tiers} · {kinds}"
    ]
    for side, n in (("joined", row["n_joined"]), ("left", row["n_left"])):
        if n and not (side == "left" and now is None):
            names = [_account(r, side) for r in row[side]]
            lines.append(f"  {side:<7}{_of(len(names), n)}: {', '.join(names)}")
    for side in ("gained", "lost"):
        if row[f"n_{side}"] and before is not None and now is not None:
            values = [
                f"{visible(v['kind'], 20)} {visible(v['value'], 40)} ({v['n_in']:,} members)"
                for v in row[side]
            ]
            lines.append(f"  {side:<7}{_of(len(values), row[f'n_{side}'])}: {', '.join(values)}")
    return lines


def _account(row: dict[str, Any], side: str) -> str:
    other = row["other_cluster_id"]
    where = f" ({'from' if side == 'joined' else 'to'} {visible(other)})" if other else ""
    return visible(row["account_id"], 40) + where


def _hubs(found: Diff) -> list[str]:
    if not found.hubs:
        return []
    lines = ["", f"Values treated otherwise ({_of(len(found.hubs), found.n_hubs)})"]
    for row in found.hubs:
        was = _treated(row["treatment_before"], row["class_before"])
        now = _treated(row["treatment_now"], row["class_now"])
        lines.append(
            f"  {visible(row['kind'], 14):<14} {visible(row['display'] or row['value'], 44)}: "
            f"{was} → {now} · {row['n_before']:,} → {row['n_now']:,} accounts"
        )
    return lines


def _successors(rows: Sequence[dict[str, Any]], n: int) -> list[str]:
    if not rows:
        return []
    return ["", f"Likely successors of banned accounts ({_of(len(rows), n)})",
            *(f"  {succession(row)}" for row in rows)]  # fmt: skip


def _treated(treatment: str, kind: str | None) -> str:
    return f"{visible(treatment)} ({visible(kind)})" if kind else visible(treatment)


def _step(before: str | None, now: str | None) -> str:
    if before is None or now is None or before == now:
        return visible(now or before or "unclear")
    return f"{visible(before)} → {visible(now)}"


def _of(shown: int, total: int) -> str:
    return f"{total:,}" if shown == total else f"{shown:,} of {total:,}"


def _plain(n: int | None) -> str:
    return "–" if n is None else f"{n:,}"


def _signed(n: int | None, sign: str) -> str:
    return f"{sign}{n:,}" if n else ""

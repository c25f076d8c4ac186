"""A what-if in words: each cluster before, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coterie.graphs.explain_found import html_table
from coterie.graphs.explain_text import count, visible

if TYPE_CHECKING:
    from coterie.graphs.what_if import Change, Part, Verdict, WhatIf

_ENDS = (
    ("dissolves", "would dissolve"),
    ("splits", "would fall apart"),
    ("changed", "would change"),
    ("unchanged", "would stay as it is"),
)


def sentence(found: WhatIf) -> str:
    """The answer in one sentence."""
    without = f"Without {_left_out(found)}"
    if not found.changes:
        return f"{without} nothing changes: no cluster rests on it."
    if len(found.changes) == 1:
        (change,) = found.changes
        return f"{without} cluster {visible(change.cluster_id)} {_end(change)}."
    ends = [(sum(c.outcome == name for c in found.changes), text) for name, text in _ENDS]
    said = ", ".join(f"{n:,} {text}" for n, text in ends if n)
    return f"{without}, of {count(len(found.changes), 'cluster')} {said}."


def text(found: WhatIf) -> str:
    """The answer in text: one block a cluster."""
    lines = [f"{sentence(found)}   (sweep {found.sweep_id})"]
    if found.changes:
        lines.append(f"{count(found.n_asked, 'account')} judged again.")
    lines += [f"Shown in part: {visible(note)}." for note in found.notes]
    for change in found.changes:
        lines += ["", f"Cluster {visible(change.cluster_id)}: {_end(change)}"]
        lines += _columns(change)
        for number, part in enumerate(change.parts, 1):
            if part.n_joined:
                name = f"part {number}: " if len(change.parts) > 1 else ""
                lines.append(f"  {name}{_joined(part)}")
        if change.n_dropped:
            lines.append(f"  left out: {count(change.n_dropped, 'member')}")
        if change.n_left:
            lines.append(f"  in no cluster any more: {_some(change.left, change.n_left)}")
        if len(change.parts) == 1:
            lines.append(f"  {visible(change.parts[0].verdict.summary, 400)}")
    return "\n".join(lines)


def html(found: WhatIf) -> str:
    """The answer for notebooks; every text is escaped."""
    heads = ("cluster", "when", "size", "tier", "score", "class", "families", "members")
    rows = [
        (change.cluster_id, name, *_facts(verdict), note)
        for change in found.changes
        for name, verdict, note in _rows(change)
    ]
    return html_table(sentence(found), heads, rows, note="; ".join(found.notes))


def _left_out(found: WhatIf) -> str:
    named = [f"{visible(v['kind'])} {visible(v['display'], 60)}" for v in found.values]
    named += [f"the kind {visible(kind)}" for kind in found.kinds]
    named += [f"account {visible(account, 60)}" for account in found.accounts]
    if len(named) > 4:
        named = [*named[:3], f"{len(named) - 3:,} more"]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _end(change: Change) -> str:
    if change.outcome == "splits":
        return f"would fall into {len(change.parts):,} clusters"
    if change.outcome == "changed":
        (part,) = change.parts
        before, after = change.before, part.verdict
        if before.tier != after.tier:
            return f"would be {after.tier} instead of {before.tier}"
        if before.size != after.size:
            return (
                f"would stay {after.tier}, with {after.size:,} instead of {before.size:,} members"
            )
        return f"would stay {after.tier}, on other evidence"
    return dict(_ENDS)[change.outcome]


def _rows(change: Change) -> list[tuple[str, Verdict, str]]:
    rows = [("before", change.before, "")]
    several = len(change.parts) > 1
    for number, part in enumerate(change.parts, 1):
        name = f"part {number}" if several else "after"
        kept = f"{part.n_kept:,} of {change.before.size:,} members"
        joined = f", {part.n_joined:,} join" if part.n_joined else ""
        rows.append((name, part.verdict, kept + joined))
    return rows


def _facts(verdict: Verdict) -> tuple[str, ...]:
    return (
        f"{verdict.size:,}",
        verdict.tier,
        f"{verdict.score:.2f}",
        verdict.class_,
        ", ".join(verdict.families) or "none",
    )


def _columns(change: Change) -> list[str]:
    lines = []
    for name, verdict, note in _rows(change):
        size, tier, score, class_, families = _facts(verdict)
        lines.append(
            f"  {name:<8} {size:>7} accounts · {tier:<11} · score {score} · {visible(class_)}"
            f" · {visible(families)}{f' · {note}' if note else ''}"
        )
    return lines


def _joined(part: Part) -> str:
    origin = ", ".join(visible(name) for name in part.joined_from[:3])
    more = f" and {len(part.joined_from) - 3:,} more" if len(part.joined_from) > 3 else ""
    source = f" (from {origin}{more})" if origin else ""
    return f"would join{source}: {_some(part.joined, part.n_joined)}"


def _some(names: tuple[str, ...], total: int) -> str:
    shown = ", ".join(visible(name, 40) for name in names)
    return f"{shown}" if len(names) == total else f"{len(names):,} of {total:,}: {shown}"

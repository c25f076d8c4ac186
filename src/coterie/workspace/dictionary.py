"""The data dictionary: every view and table of the store, with the meaning of each column."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from coterie.queries.run import statement
from coterie.queries.schema import FACTS, FINDINGS, REGISTERS
from coterie.queries.store import open_store

# The tables whose column meanings a view inherits, the first that knows the column.
_FROM: dict[str, tuple[str, ...]] = {
    "accounts": ("facts.account", "findings.account"),
    "signals": ("facts.signal",),
    "prompts": ("facts.prompt", "facts.doc", "facts.family"),
    "links_given": ("facts.link",),
    "events": ("facts.event",),
    "labels": ("facts.label",),
    "lists": ("facts.list",),
    "quarantine": ("facts.quarantine",),
    "sources": ("register.source",),
    "sweeps": ("register.sweep",),
    "decisions": ("register.decision",),
    "account_decisions": ("register.decision",),
    "value_labels": ("register.decision_value", "facts.label"),
    "newest_sweep": ("register.sweep",),
    "shared_values": ("findings.value",),
    "clusters": ("findings.cluster",),
    "members": ("findings.member",),
    "links": ("findings.link",),
    "evidence": ("findings.evidence",),
    "changes": ("findings.change",),
    "successors": ("findings.successor",),
    "identities": ("register.identity",),
    "quality": ("findings.quality",),
}
_EXTRA = {
    ("accounts", "n_signals"): "signals and prompts of the account",
    ("clusters", "decision"): "what people decided on at least half of its members, or NULL",
    ("decisions", "status"): "in force, pending, rejected, withdrawn; answer: on another decision",
    ("decisions", "second_reviewer"): "who approved it, or NULL",
    ("decisions", "force_seq"): "place in the log at which it came into force",
    ("decisions", "force_at"): "when it came into force (UTC)",
    ("account_decisions", "decision"): "the decision in force for the account",
    ("account_decisions", "level"): "whom it was made on: appeal, account or cluster",
    ("account_decisions", "second_reviewer"): "who approved it, or NULL",
    ("account_decisions", "force_seq"): "place in the log at which it came into force",
    ("account_decisions", "force_at"): "when it came into force (UTC)",
    ("links", "src"): "one account",
    ("links", "dst"): "the other account",
}
_GRAIN = re.compile(r"--\s*Grain:\s*(.*?)(?:\.(?:\s|$)|$)")


def dictionary() -> list[dict[str, Any]]:
    """One {view, grain, columns: [{name, type, doc}]} a view, those of the contract first."""
    docs = {
        f"{schema}.{table}": {c.name: c.doc for c in spec.columns}
        for schema, tables in (("facts", FACTS), ("findings", FINDINGS), ("register", REGISTERS))
        for table, spec in tables.items()
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(Path(folder) / "empty.duckdb") as store,
    ):
        columns = store.rows("ask/view_columns")
    views: dict[str, list[dict[str, str]]] = {}
    for row in columns:
        view, name = row["view"], row["name"]
        base = view.removeprefix("current_")
        known = [docs[table][name] for table in _FROM.get(base, ()) if name in docs[table]]
        doc = _EXTRA.get((base, name)) or (known[0] if known else "")
        views.setdefault(view, []).append({"name": name, "type": row["type"], "doc": doc})
    return [
        {"view": view, "grain": _grain(view), "columns": views[view]}
        for view in sorted(views, key=lambda v: (v.startswith("current_"), v))
    ]


def _grain(view: str) -> str:
    found = _GRAIN.search(statement(f"views/{view}"))
    return found[1].strip() if found else ""

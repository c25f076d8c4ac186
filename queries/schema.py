"""The tables of the store: one place that knows every column, its type and its meaning.

Facts are what came in, findings are what a sweep made of it. Both are immutable Parquet files under
``<store>.d/``; the small catalogue database ``<store>`` holds views over them and the registers
(sources, sweeps, decisions). House, section 5: a small write never copies a large file.
"""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    """One column: its name, DuckDB type and meaning."""

    name: str
    type: str
    doc: str


class Table(NamedTuple):
    """One table: its grain in words and its columns in order."""

    grain: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(c.name for c in self.columns)


def _table(grain: str, *columns: tuple[str, str, str]) -> Table:
    return Table(grain, tuple(Column(*c) for c in columns))


_SIGNAL = (
    ("account_id", "VARCHAR", "the account that used the value"),
    ("kind", "VARCHAR", "kind of signal: payment, device, ip, …"),
    ("value", "VARCHAR", "normalised value: equal values link"),
    ("raw", "VARCHAR", "value as it came, for display; NULL when equal to value"),
    ("first_seen", "TIMESTAMP", "first use in this row (UTC)"),
    ("last_seen", "TIMESTAMP", "last use in this row (UTC)"),
    ("n", "BIGINT", "uses that the row stands for"),
)

FACTS: dict[str, Table] = {
    "account": _table(
        "one row per account and source",
        ("account_id", "VARCHAR", "the account"),
        ("created_at", "TIMESTAMP", "sign-up time (UTC)"),
        ("status", "VARCHAR", "active, suspended or banned"),
        ("banned_at", "TIMESTAMP", "time of the ban (UTC)"),
        ("attributes", "VARCHAR", "all further columns as a JSON object"),
    ),
    "signal": _table("one row per accepted input row and signal column", *_SIGNAL),
    "derived": _table(
        "one row per signal that a kind derives from (ip_prefix, email_domain)",
        *_SIGNAL,
    ),
    "prompt": _table(
        "one row per account, document and time",
        ("account_id", "VARCHAR", "the account"),
        ("doc", "VARCHAR", "hash of the normalised text"),
        ("sent_at", "TIMESTAMP", "when it was sent (UTC)"),
        ("n", "BIGINT", "prompts that the row stands for"),
    ),
    "doc": _table(
        "one row per distinct normalised prompt text of a source",
        ("doc", "VARCHAR", "hash of the normalised text"),
        ("text", "VARCHAR", "the text as first seen; NULL with keep_text = false"),
        ("norm", "VARCHAR", "the normalised text; NULL with keep_text = false"),
    ),
    "family": _table(
        "one row per document: the prompt family it belongs to",
        ("doc", "VARCHAR", "hash of the normalised text"),
        ("family", "VARCHAR", "the family: value of kind prompt"),
        (
            "template",
            "VARCHAR",
            "the family's text with its slots masked; NULL for a text of one prompt only",
        ),
    ),
    "link": _table(
        "one row per given pair, kind and time",
        ("src", "VARCHAR", "one account"),
        ("dst", "VARCHAR", "the other account"),
        ("kind", "VARCHAR", "what relates the two"),
        ("similarity", "DOUBLE", "strength in (0, 1]"),
        ("seen_at", "TIMESTAMP", "when (UTC)"),
    ),
    "event": _table(
        "one row per accepted input row",
        ("account_id", "VARCHAR", "the account"),
        ("at", "TIMESTAMP", "when (UTC)"),
        ("type", "VARCHAR", "request, rate_limited, banned, signup, …"),
        ("n", "BIGINT", "events that the row stands for"),
    ),
    "label": _table(
        "one row per accepted input row",
        ("account_id", "VARCHAR", "the account"),
        ("label", "VARCHAR", "bad, good or the name of a cluster"),
        ("source", "VARCHAR", "who says so"),
    ),
    "list": _table(
        "one row per accepted list entry",
        ("kind", "VARCHAR", "kind of the value; account for accounts"),
        ("value", "VARCHAR", "exact value (normalised), or NULL"),
        ("cidr", "VARCHAR", "network in CIDR form, or NULL"),
        ("domain", "VARCHAR", "domain (and its subdomains), or NULL"),
        ("asn", "BIGINT", "network operator number, or NULL"),
        ("class", "VARCHAR", "network, vpn, cgnat, datacenter, tor, proxy, partner, …"),
        ("reason", "VARCHAR", "why it is listed"),
        ("owner", "VARCHAR", "who listed it"),
        ("expires", "TIMESTAMP", "after this the entry no longer applies"),
        ("lo", "UHUGEINT", "first address of the CIDR as a v6-mapped number, or NULL"),
        ("hi", "UHUGEINT", "last address of the CIDR as a v6-mapped number, or NULL"),
    ),
    "quarantine": _table(
        "one row per rejected input row and reason",
        ("source", "VARCHAR", "file or frame the row came from"),
        ("row_number", "BIGINT", "1-based data row (header not counted)"),
        ("reason", "VARCHAR", "short reason code"),
        ("field", "VARCHAR", "the column at fault"),
        ("found", "VARCHAR", "what stood there"),
        ("raw", "VARCHAR", "the row as JSON, or the line as it was"),
    ),
}

FINDINGS: dict[str, Table] = {
    "account": _table(
        "one row per account seen in the window",
        ("sweep_id", "VARCHAR", "the sweep"),
        ("account_key", "INTEGER", "dense key inside this sweep, in order of account_id"),
        ("account_id", "VARCHAR", "the account"),
        ("created_at", "TIMESTAMP", "sign-up time (UTC)"),
        ("status", "VARCHAR", "active, suspended or banned"),
        ("first_seen", "TIMESTAMP", "first signal or event (UTC)"),
        ("last_seen", "TIMESTAMP", "last signal or event (UTC)"),
    ),
    "value": _table(
        "one row per value that two or more accounts share",
        ("sweep_id", "VARCHAR", "the sweep"),
        ("value_key", "INTEGER", "dense key inside this sweep, in order of kind and value"),
        ("kind", "VARCHAR", "kind of signal"),
        ("value", "VARCHAR", "normalised value"),
        ("display", "VARCHAR", "the value for people (raw form or masked template)"),
        ("family", "VARCHAR", "payment, network, device, prompt, identity, timing, relation"),
        ("n_accounts", "INTEGER", "accounts that have it (k_v)"),
        ("bits", "DOUBLE", "evidence of one shared use between two average accounts, in bits"),
        ("treatment", "VARCHAR", "used, hub, listed or ignored"),
        ("class", "VARCHAR", "what the value is: shared, cgnat, vpn, campus, burst, …; or NULL"),
        ("why", "VARCHAR", "one short sentence: the facts that decided the treatment"),
        ("n_pairs_skipped", "BIGINT", "pairs that were not expanded because of the treatment"),
        ("first_seen", "TIMESTAMP", "first use in the window (UTC)"),
        ("last_seen", "TIMESTAMP", "last use in the window (UTC)"),
    ),
    "incidence": _table(
        "one row per account and shared value",
        ("sweep_id", "VARCHAR", "the sweep"),
        ("account_key", "INTEGER", "the account"),
        ("value_key", "INTEGER", "the value"),
        ("first_seen", "TIMESTAMP", "first use in the window (UTC)"),
        ("last_seen", "TIMESTAMP", "last use in the window (UTC)"),
        ("n", "BIGINT", "uses in the window"),
        (
            "half_bits",
            "DOUBLE",
            "the account's half of the evidence: a pair shares half + half bits",
        ),
    ),
    "link": _table(
        "one row per linked pair of accounts",
        ("sweep_id", "VARCHAR", "the sweep"),
        ("cluster_id", "VARCHAR", "cluster both belong to; NULL across clusters"),
        ("src_key", "INTEGER", "the smaller account_key"),
        ("dst_key", "INTEGER", "the larger account_key"),
        ("bits", "DOUBLE", "sum of evidence over kinds"),
        ("n_values", "INTEGER", "distinct shared values"),
        ("families", "VARCHAR[]", "families of the evidence, sorted"),
    ),
    "cluster": _table(
        "one row per cluster",
        ("sweep_id", "VARCHAR", "the sweep"),
        ("cluster_id", "VARCHAR", "persistent name"),
        ("size", "INTEGER", "members"),
        ("score", "DOUBLE", "calibrated score, 0..1"),
        ("tier", "VARCHAR", "lead, linked, coordinated; confirmed only by a human"),
        (
            "class",
            "VARCHAR",
            "operator, reseller, organisation, household, infrastructure, unclear",
        ),
        ("families", "VARCHAR[]", "families of evidence with support, strongest first"),
        ("n_kinds", "INTEGER", "kinds of evidence"),
        ("first_seen", "TIMESTAMP", "first use of a shared value by a member (UTC)"),
        ("last_seen", "TIMESTAMP", "last use of a shared value by a member (UTC)"),
        ("change", "VARCHAR", "event against the previous sweep"),
        ("summary", "VARCHAR", "one plain sentence"),
        ("stability", "DOUBLE", "mean share of seeds in which members stay together, 0..1"),
        ("q_value", "DOUBLE", "false discovery rate against the permutation null"),
        ("n_core", "INTEGER", "members with role core"),
        ("n_fringe", "INTEGER", "members with role fringe"),
        ("waterfall", "VARCHAR", "JSON list of {name, value, bits}: the parts of the score"),
        ("features", "VARCHAR", "JSON object: the facts the judgement used"),
        ("guards", "VARCHAR", "JSON list of {explanation, for, against, passed}"),
    ),
    "member": _table(
        "one row per member",
        ("sweep_id", "VARCHAR", "the sweep"),
        ("cluster_id", "VARCHAR", "the cluster"),
        ("account_key", "INTEGER", "the account's key"),
        ("account_id", "VARCHAR", "the account"),
        ("role", "VARCHAR", "core, member or fringe"),
        ("score", "DOUBLE", "posterior that the account belongs, 0..1"),
        ("n_links", "INTEGER", "links to other members"),
        ("families", "VARCHAR[]", "families that tie the account to the cluster"),
        ("why", "VARCHAR", "short text: what ties it and how strongly"),
        ("bits", "DOUBLE", "evidence that the account belongs, in bits"),
        ("stability", "DOUBLE", "share of seeds in which it stays with the cluster's core"),
    ),
    "evidence": _table(
        "one row per cluster and shared value with two or more members on it",
        ("sweep_id", "VARCHAR", "the sweep"),
        ("cluster_id", "VARCHAR", "the cluster"),
        ("value_key", "INTEGER", "the value's key"),
        ("kind", "VARCHAR", "kind of signal"),
        ("value", "VARCHAR", "normalised value"),
        ("n_in", "INTEGER", "members that have it"),
        ("n_all", "INTEGER", "accounts that have it"),
        ("bits", "DOUBLE", "log2 lift of the value inside the cluster"),
    ),
    "holding": _table(
        "one row per account that is linked or in a cluster, and kind",
        ("sweep_id", "VARCHAR", "the sweep"),
        ("account_key", "INTEGER", "the account"),
        ("kind", "VARCHAR", "kind of signal"),
        ("n_values", "INTEGER", "distinct values in the window, shared or not"),
        ("n", "BIGINT", "uses in the window"),
    ),
    "activity": _table(
        "one row per account that a cluster may claim, and hour in which it was active",
        ("sweep_id", "VARCHAR", "the sweep"),
        ("account_key", "INTEGER", "the account"),
        ("hour", "INTEGER", "hours since 1970-01-01 00:00 UTC"),
    ),
    "change": _table(
        "one row per cluster and event",
        ("sweep_id", "VARCHAR", "the sweep"),
        ("cluster_id", "VARCHAR", "the cluster"),
        ("event", "VARCHAR", "birth, continue, grow, shrink, merge, split, death"),
        ("other_cluster_id", "VARCHAR", "the other cluster of a merge or split"),
        ("n_joined", "INTEGER", "accounts that joined"),
        ("n_left", "INTEGER", "accounts that left"),
    ),
    "quality": _table(
        "one row per check of the data and feed, kind or source",
        ("sweep_id", "VARCHAR", "the sweep"),
        (
            "check",
            "VARCHAR",
            "feed, volume, source, known, few, common, clock, ahead, early, rejected",
        ),
        ("subject", "VARCHAR", "the feed, kind or source"),
        ("measured", "DOUBLE", "the figure"),
        ("low", "DOUBLE", "least expected, or NULL"),
        ("high", "DOUBLE", "most expected, or NULL"),
        ("severity", "VARCHAR", "ok, warning or degraded"),
        ("detail", "VARCHAR", "one sentence"),
    ),
}

REGISTERS: dict[str, Table] = {
    "alert": _table(
        "one row per rule, cluster and window that was told, or held back by the cap",
        ("alert_id", "VARCHAR", "from rule, cluster and window alone"),
        ("rule", "VARCHAR", "degraded, merge, listed, replaced, resurge, new, tier, grow, …"),
        ("cluster_id", "VARCHAR", "the cluster, or NULL"),
        ("other_cluster_id", "VARCHAR", "the other cluster of a merge or succession, or NULL"),
        ("sweep_id", "VARCHAR", "the sweep that found it first"),
        ("window_start", "TIMESTAMP", "start of the window (UTC)"),
        ("window_end", "TIMESTAMP", "end of the window (UTC)"),
        ("tier", "VARCHAR", "tier of the cluster"),
        ("size", "BIGINT", "accounts of the cluster"),
        ("text", "VARCHAR", "one sentence without accounts and values"),
        ("made_at", "TIMESTAMP", "wall clock (UTC)"),
        ("place", "BIGINT", "order among those of its run, from 1"),
        ("held", "BOOLEAN", "whether the cap of the run held it back"),
        ("sent_to", "VARCHAR[]", "targets that took it"),
    ),
    "source": _table(
        "one row per loaded source",
        ("source_id", "VARCHAR", "content hash of the input and its mapping"),
        ("name", "VARCHAR", "file or frame name as given"),
        ("table_name", "VARCHAR", "contract table it was loaded as"),
        ("n_rows", "BIGINT", "physical rows read"),
        ("n_loaded", "BIGINT", "rows accepted"),
        ("n_quarantined", "BIGINT", "rows rejected"),
        ("first_at", "TIMESTAMP", "earliest time in the source (UTC)"),
        ("last_at", "TIMESTAMP", "latest time in the source (UTC)"),
        ("loaded_at", "TIMESTAMP", "when it was loaded (UTC)"),
        ("detail", "VARCHAR", "JSON: mapping, dialect, notes, reasons with counts, files"),
    ),
    "sweep": _table(
        "one row per sweep",
        ("sweep_id", "VARCHAR", "deterministic from as_of, inputs, settings"),
        ("as_of", "TIMESTAMP", "end of the window (UTC)"),
        ("window_start", "TIMESTAMP", "start of the window (UTC)"),
        ("window_end", "TIMESTAMP", "end of the window (UTC)"),
        ("status", "VARCHAR", "running, complete, degraded or failed"),
        ("config_hash", "VARCHAR", "hash of the effective settings"),
        ("input_hash", "VARCHAR", "hash of the source identities"),
        ("seed", "BIGINT", "seed of all randomness"),
        ("version", "VARCHAR", "version of Coterie"),
        ("started_at", "TIMESTAMP", "wall clock (UTC)"),
        ("finished_at", "TIMESTAMP", "wall clock (UTC)"),
        ("detail", "VARCHAR", "JSON: stage rows and seconds, warnings, settings, versions"),
    ),
    "decision": _table(
        "one row per human decision",
        ("decision_id", "VARCHAR", "the decision"),
        ("cluster_id", "VARCHAR", "the cluster, or NULL"),
        ("account_id", "VARCHAR", "the account, or NULL"),
        (
            "decision",
            "VARCHAR",
            "confirm, benign, watch, split, merge, exclude, overturn, uphold; an answer; erase",
        ),
        ("reason_code", "VARCHAR", "why, from a list"),
        ("reviewer", "VARCHAR", "who"),
        ("decided_at", "TIMESTAMP", "when (UTC)"),
        ("note", "VARCHAR", "free text"),
        ("seq", "BIGINT", "place in the log, from 1"),
        ("sweep_id", "VARCHAR", "the sweep that the reviewer looked at"),
        ("action", "VARCHAR", "what enforcement should do, or NULL"),
        ("policy_id", "VARCHAR", "clause of the policy, or NULL"),
        ("ref", "VARCHAR", "the decision that this one answers, or NULL"),
        ("role", "VARCHAR", "role of the account when decided, or NULL"),
        ("n_members", "INTEGER", "accounts that a decision on a cluster was made on"),
        ("members_hash", "VARCHAR", "SHA-256 over those accounts, or NULL"),
        ("needs_second", "BOOLEAN", "whether a second reviewer must approve it"),
        ("detail", "VARCHAR", "JSON object: why a second reviewer, clusters of a merge, …"),
        ("account_hash", "VARCHAR", "SHA-256 of the account's name, what the chain covers"),
        ("prev_hash", "VARCHAR", "hash of the row before"),
        ("hash", "VARCHAR", "SHA-256 over prev_hash and this row"),
    ),
    "decision_member": _table(
        "one row per decision on a cluster and account that it was made on",
        ("decision_id", "VARCHAR", "the decision"),
        ("account_id", "VARCHAR", "the account"),
        ("account_hash", "VARCHAR", "SHA-256 of the account's name, what members_hash covers"),
        ("role", "VARCHAR", "core, member or fringe, as the reviewer saw it"),
        ("part", "INTEGER", "of a split: the part that the account belongs to; else NULL"),
    ),
    "decision_value": _table(
        "one row per overturned decision and shared value that had tied the account",
        ("decision_id", "VARCHAR", "the decision"),
        ("kind", "VARCHAR", "kind of signal"),
        ("value", "VARCHAR", "normalised value"),
    ),
    "export": _table(
        "one row per hand-over to enforcement",
        ("export_id", "VARCHAR", "the export, from its rows alone"),
        ("sweep_id", "VARCHAR", "the newest sweep at that time"),
        ("decisions_head", "VARCHAR", "hash of the newest decision in the log"),
        ("n_decisions", "BIGINT", "decisions in the log"),
        ("n_rows", "BIGINT", "rows that ask for an action"),
        ("n_revokes", "BIGINT", "rows that take one back"),
        ("exported_at", "TIMESTAMP", "wall clock (UTC)"),
        ("path", "VARCHAR", "folder of the files, from the workspace where it is inside"),
        ("detail", "VARCHAR", "JSON object: actions and revocations that are new in it"),
        ("seq", "BIGINT", "place in the ledger, from 1"),
        ("n_new", "BIGINT", "rows that this export was the first to carry"),
        ("rows_hash", "VARCHAR", "SHA-256 over those rows, or NULL"),
        ("prev_hash", "VARCHAR", "hash of the row before"),
        ("hash", "VARCHAR", "SHA-256 over prev_hash and this row"),
    ),
    "shared": _table(
        "one row per object that partners were given",
        ("object_id", "VARCHAR", "its STIX id"),
        ("cluster_id", "VARCHAR", "the cluster"),
        ("form", "VARCHAR", "campaign (confirmed by people) or grouping"),
        ("first_at", "TIMESTAMP", "when it was first shared (UTC)"),
        ("revoked_at", "TIMESTAMP", "when it was withdrawn (UTC), or NULL"),
    ),
    "export_row": _table(
        "one row per action or revocation that was handed over, at its first export",
        ("idempotency_key", "VARCHAR", "receivers act once on it"),
        ("export_id", "VARCHAR", "the first export that carried it"),
        ("account_id", "VARCHAR", "the account"),
        ("action", "VARCHAR", "suspend, terminate, step_up, rate_limit, watch; none: revocation"),
        ("decision_id", "VARCHAR", "the decision behind it, or NULL"),
        ("rollback_of", "VARCHAR", "key of the row taken back, or NULL"),
        ("cluster_id", "VARCHAR", "the cluster, or NULL"),
        ("cause", "VARCHAR", "of a revocation: why the action no longer stands"),
        ("revoked_at", "TIMESTAMP", "of a revocation: when that was decided (UTC)"),
        ("expires_at", "TIMESTAMP", "when the action ends by itself (UTC), or NULL"),
        ("retention_until", "TIMESTAMP", "until when the record is kept (UTC)"),
        ("appeal_ref", "VARCHAR", "reference for an appeal"),
        ("account_hash", "VARCHAR", "SHA-256 of the account's name, what rows_hash covers"),
    ),
    "told": _table(
        "one row per statement of reasons or notice that was written, at its first time",
        ("seq", "BIGINT", "place of its run among all, from 1"),
        ("kind", "VARCHAR", "statement or notice"),
        ("idempotency_key", "VARCHAR", "of the action or revocation that it tells of"),
        ("told_at", "TIMESTAMP", "when it was written (UTC)"),
        ("prev_hash", "VARCHAR", "hash of the run before"),
        ("hash", "VARCHAR", "SHA-256 over prev_hash and the run"),
    ),
}

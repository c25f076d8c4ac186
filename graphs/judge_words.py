"""What a judgement says in words: the cluster's sentence, and its innocent explanations."""

from __future__ import annotations

from typing import Any

import polars as pl

HOUSEHOLD = 8
"""Most accounts of a household."""
BURST = 3
"""Bits of a sign-up burst that speak against innocence."""
# Columns of judge/telling and what people call such a value, the strongest first.
_NOUNS = (
    ("payment", "payment value"),
    ("bank_account", "bank account"),
    ("device", "device"),
    ("identity", "identity value"),
    ("prompt", "prompt template"),
    ("ip", "network address"),
    ("further", "further value"),
)
# Context that many strangers share: told where nothing stronger is.
_CONTEXT = (
    ("client", "client version"),
    ("issuer", "card issuer"),
    ("email_domain", "mail domain"),
)
_STRONG = ("payment", "bank_account", "device", "identity", "prompt")


def _counted(column: str, noun: str) -> pl.Expr:
    n = pl.col(f"n_{column}").fill_null(0)
    plural = noun + ("es" if noun.endswith("s") else "s")
    return (
        pl.when(n == 1)
        .then(pl.lit(f"1 {noun}"))
        .when(n > 1)
        .then(pl.format(f"{{}} {plural}", n))
        .otherwise(None)
    )


def sentence(clusters: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """The clusters with ``summary``: what the members share and do, in one plain sentence.

    Args:
        clusters: one row a cluster, with the features and facts of the judgement.
        counts: how many telling values of each kind they share, as ``judge/telling``.
    """
    joined = clusters.join(counts, on="c", how="left")
    weak = pl.sum_horizontal(pl.col(f"n_{kind}").fill_null(0) for kind in _STRONG) == 0
    nouns = [_counted(kind, noun) for kind, noun in _NOUNS]
    nouns += [pl.when(weak).then(_counted(kind, noun)) for kind, noun in _CONTEXT]
    shared = pl.concat_list(nouns).list.drop_nulls()
    listed = (
        pl.when(shared.list.len() == 0)
        .then(pl.lit("share no telling value"))
        .otherwise(
            pl.format(
                "share {}{}",
                _and_list(shared),
                pl.when(pl.col("exclusive") >= 0.7)
                .then(pl.lit(" that almost nobody else uses"))
                .otherwise(pl.lit("")),
            )
        )
    )
    burst = pl.when((pl.col("burst") >= 2) & (pl.col("burst_n") >= 5)).then(
        pl.format("{} of them signed up within 3 days", pl.col("burst_n").cast(pl.Int64))
    )
    hours = (
        pl.when(pl.col("synchrony") >= 0.3)
        .then(pl.lit("they are active in the same hours of the same days"))
        .when(pl.col("rhythm") >= 1)
        .then(pl.lit("they keep the same daily schedule"))
    )
    banned = pl.when(pl.col("banned") > 0).then(
        pl.format("{} already", _plural("banned", "is banned", "are banned"))
    )
    fringe = pl.when(pl.col("n_fringe") > 0).then(
        pl.format(
            "{} by one value or one address only: check {} by hand",
            _plural("n_fringe", "hangs on", "hang on"),
            pl.when(pl.col("n_fringe") == 1).then(pl.lit("it")).otherwise(pl.lit("these")),
        )
    )
    rest = pl.concat_list(burst, hours, banned, fringe).list.drop_nulls().list.join("; ")
    return joined.with_columns(
        summary=pl.format(
            "{} accounts {}{}.",
            pl.col("size"),
            listed,
            pl.when(rest == "").then(pl.lit("")).otherwise(pl.format("; {}", rest)),
        )
    )


def _plural(column: str, one: str, many: str) -> pl.Expr:
    n = pl.col(column).cast(pl.Int64)
    return pl.format("{} {}", n, pl.when(n == 1).then(pl.lit(one)).otherwise(pl.lit(many)))


def _and_list(items: pl.Expr) -> pl.Expr:
    head = items.list.head(items.list.len() - 1).list.join(", ")
    return pl.when(items.list.len() <= 1).then(items.list.join("")).otherwise(
        pl.format("{} and {}", head, items.list.last())
    )  # fmt: skip


def guard_texts(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The four innocent explanations with what speaks for and against each.

    A fact of nothing is no argument: it may as well be data that nobody loaded. Such facts are left
    out, and a side without facts is the empty text.

    Args:
        row: features and facts of a cluster, with ``is_household`` and the other guards.

    Returns:
        One {explanation, for, against, passed} each.
    """

    def share(name: str, of: str) -> str:
        percent = f"{100 * (row[name] or 0):.0f}"
        return "" if percent == "0" else f"{percent} % {of}"

    def bits(name: str, of: str) -> str:
        number = f"{row[name] or 0:.1f}"
        return "" if number == "0.0" else of.format(number)

    def facts(*texts: str) -> str:
        return "; ".join(text for text in texts if text)

    size, aside = f"{row['size']} accounts", row["n_network_only"] or 0
    few = row["size"] <= HOUSEHOLD
    spread = f"created over {row['age_spread']} days" if (row["age_spread"] or 0) > 1 else ""
    slowly = (row["burst"] or 0) < BURST
    prompts = share("support_prompt", "share prompt templates beyond the commonest")
    burst = bits("burst", "sign-up burst {} bits")
    hours = share("synchrony", "act in the same hours")
    return [
        {
            "explanation": "a household or friends",
            "for": facts(size if few else "", spread if slowly else ""),
            "against": facts(
                "" if few else size,
                "" if slowly else spread,
                prompts,
                bits("rhythm", "daily schedule {} bits unlike everybody's"),
                burst,
            ),
            "passed": not row["is_household"],
        },
        {
            "explanation": "an organisation",
            "for": facts(
                share("mail_hub_top", "on one mail domain"),
                share("office", "of activity in office hours"),
            ),
            "against": facts(prompts, hours, burst),
            "passed": not row["is_organisation"],
        },
        {
            "explanation": "shared infrastructure (NAT, VPN, carrier pool)",
            "for": facts(
                share("ip_hub_top", "on one address"),
                f"{aside:.0f} tied by addresses only" if aside else "",
            ),
            "against": facts(
                share("support_payment", "share payment values beyond the commonest"),
                share("support_device", "share devices beyond the commonest"),
                prompts,
                hours,
            ),
            "passed": not row["is_infrastructure"],
        },
        {
            "explanation": "a popular or viral prompt",
            "for": prompts,
            "against": facts(burst, hours),
            "passed": not row["is_popular_prompt"],
        },
    ]

"""Flagged accounts of a payment app: do the links put them first?

    python -m benchmarks p2p [--seed 1] [--deals 200] [--markdown]

4,306 real accounts with cards, devices and transfers, 34 of them flagged by chargeback or review
(tests/data/p2p). Three questions: which clusters are found, and how they are judged; whether accounts
ranked by what the sweep found are flagged more often than others; and the same when some flags are
known, which no account's own ever is. Beside it what one would count first.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from benchmarks.detection import show

import coterie
from coterie.graphs.ranking import rank

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from coterie.graphs.ranking import Ranking
    from coterie.workspace import Sweep

DATA = Path(__file__).parent.parent / "tests" / "data" / "p2p"
TOP = (50, 100, 200)
WINDOW = "1200d"


def swept(
    folder: Path, min_size: int, as_of: datetime | None = None, banned: pl.Series | None = None
) -> Sweep:
    """A sweep over the sample without its labels; accounts of ``banned`` with that status."""
    root = folder / f"{min_size}-{as_of or 'end'}-{banned is not None}"
    root.mkdir()
    workspace = coterie.open(root, settings={"sweep.min_size": min_size})
    workspace.load(DATA / "signals.parquet", DATA / "edges.parquet")
    accounts = pl.read_parquet(DATA / "accounts.parquet")
    if banned is not None:
        flagged = pl.col("account_id").is_in(banned.implode())
        accounts = accounts.with_columns(
            status=pl.when(flagged).then(pl.lit("banned")).otherwise(pl.lit("active"))
        )
    workspace.load(accounts, as_="accounts")
    return workspace.sweep(as_of=as_of, window=WINDOW)


def judged(name: str, sweep: Sweep, flagged: pl.Series) -> tuple[str, ...]:
    """How many clusters there are, and the highest tier, by class."""
    clusters = sweep.clusters()
    inside = sweep.members().filter(pl.col("account_id").is_in(flagged.implode()))
    tiers = clusters.group_by("tier").len().sort("tier")
    classes = clusters.group_by("class").len().sort("class")
    best = clusters["score"].max()
    return (
        name,
        str(clusters.height),
        str(clusters["size"].sum()),
        str(inside.height),
        ", ".join(f"{n} {tier}" for tier, n in tiers.iter_rows()),
        ", ".join(f"{n} {name}" for name, n in classes.iter_rows()),
        "–" if best is None else f"{best:.2f}",
    )


def counts() -> dict[str, pl.DataFrame]:
    """What one would count first: account_id and by."""
    signals = pl.read_parquet(DATA / "signals.parquet").rename({"signal_type": "kind"})
    transfers = pl.read_parquet(DATA / "edges.parquet").filter(
        (pl.col("edge_type") == "transfer") & (pl.col("src") != pl.col("dst"))
    )
    both = pl.concat(
        [
            transfers.select(account_id="src", other="dst"),
            transfers.select(account_id="dst", other="src"),
        ]
    )
    popular = pl.col("account_id").n_unique().over("kind", "signal_value") > 1
    shared = signals.filter(popular)
    out = {"transfer partners": both.unique().group_by("account_id").agg(by=pl.len())}
    for kind in ("card", "device"):
        for name, frame in ((f"{kind}s", signals), (f"shared {kind}s", shared)):
            own = frame.filter(pl.col("kind") == kind).group_by("account_id")
            out[name] = own.agg(by=pl.col("signal_value").n_unique())
    return out


def pairs(name: str, sweep: Sweep) -> pl.DataFrame:
    """Both directions of each pair: account_id, other, by."""
    if name == "link bits":
        found = sweep.links().select("src", "dst", by="bits")
    elif name == "shared values":
        held = pl.read_parquet(DATA / "signals.parquet").select(
            "account_id", "signal_type", "signal_value"
        )
        found = (
            held.join(held, on=["signal_type", "signal_value"])
            .filter(pl.col("account_id") < pl.col("account_id_right"))
            .group_by(src="account_id", dst="account_id_right")
            .agg(by=pl.len().cast(pl.Float64))
        )
    else:
        found = (
            pl.read_parquet(DATA / "edges.parquet")
            .filter((pl.col("edge_type") == "transfer") & (pl.col("src") != pl.col("dst")))
            .select("src", "dst", by=pl.lit(1.0))
            .unique()
        )
    return pl.concat(
        [
            found.select("by", account_id="src", other="dst"),
            found.select("by", account_id="dst", other="src"),
        ]
    )


def to_known(both: pl.DataFrame, known: pl.Series) -> pl.DataFrame:
    """Accounts by the sum over their pairs with known ones: account_id and by."""
    near = both.filter(pl.col("other").is_in(known.implode()))
    return near.group_by("account_id").agg(pl.col("by").sum())


def ranking(name: str, scored: pl.DataFrame, sought: pl.Series, n_accounts: int) -> Ranking:
    """The ranking of accounts by one number."""
    right = scored["account_id"].is_in(sought.implode()).to_numpy()
    by = scored["by"].cast(pl.Float64).to_numpy()
    return rank(name, by, right, n_accounts, len(sought), TOP)


def line(found: Ranking) -> tuple[str, ...]:
    """A row of the table: hits, lift and its interval at each k."""
    at = {t.k: t for t in found.taken}
    base = found.n_operators / found.n_accounts
    cells = []
    for k in TOP:
        t = at.get(k, found.taken[-1])
        low, high = (x / base for x in t.interval)
        chance = "< .001" if t.chance < 0.001 else f"{t.chance:.3f}"
        short = "" if t.k == k else f" of {t.k}"
        cells.append(f"{t.hits:.1f}{short}: {t.lift:.1f} ({low:.1f}-{high:.1f}), p {chance}")
    return (found.by, f"{found.n_ranked:,}", str(found.n_found), f"{found.auc or 0:.2f}", *cells)


def dealt(
    both: pl.DataFrame, ids: pl.Series, flagged: pl.Series, deals: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lift and hits among all accounts with a link to a given flag, for random halves given."""
    rng = np.random.default_rng(seed)
    lift, hits = np.empty(deals), np.empty(deals)
    for deal in range(deals):
        mixed = flagged.gather(rng.permutation(len(flagged)))
        given, sought = mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]
        scored = to_known(both, given).filter(~pl.col("account_id").is_in(given.implode()))
        last = ranking("", scored, sought, len(ids) - len(given)).taken[-1]
        lift[deal], hits[deal] = last.lift, last.hits
    return lift, hits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--deals", type=int, default=200)
    parser.add_argument("--markdown", action="store_true")
    arguments = parser.parse_args()
    truth = pl.read_parquet(DATA / "truth.parquet").sort("account_id")
    ids, flags = truth["account_id"], truth.filter(pl.col("fraud") == 1)
    flagged = flags["account_id"]
    middle = flags["first_chargeback"].sort()[len(flags) // 2]
    early = flags.filter(pl.col("first_chargeback") < middle)["account_id"]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        sweeps = {size: swept(root, size) for size in (5, 3, 2)}
        table = [("sweep", "clusters", "accounts", "flagged", "tiers", "classes", "best score")]
        table += [judged(f"min_size {n}", sweep, flagged) for n, sweep in sweeps.items()]
        table += [
            judged(f"min_size {n}, the flagged banned", swept(root, n, banned=flagged), flagged)
            for n in (5, 2)
        ]
        show(table, markdown=arguments.markdown)

        head = ("accounts ranked by", "with it", "flagged", "ROC", *(f"best {k}" for k in TOP))
        smallest = sweeps[2]
        own = smallest.members().join(
            smallest.clusters().select("cluster_id", by="score"), on="cluster_id"
        )
        links = pairs("link bits", smallest)
        hidden = {
            "cluster score, min_size 2": own.select("account_id", "by"),
            "link bits": links.group_by("account_id").agg(pl.col("by").sum()),
            **counts(),
        }
        print(f"\nNo flag known: {len(flagged)} of {len(ids):,} accounts are flagged")
        rows = [line(ranking(n, f, flagged, len(ids))) for n, f in hidden.items()]
        show([head, *rows], markdown=arguments.markdown)

        names = ("link bits", "shared values", "transfers")
        print("\nAll flags known but the account's own: pairs with flagged accounts")
        rows = [
            line(ranking(n, to_known(pairs(n, smallest), flagged), flagged, len(ids)))
            for n in names
        ]
        show([head, *rows], markdown=arguments.markdown)

        print(
            f"\nHalf of the flags given, the other half sought ({arguments.deals} deals): accounts "
            "with a pair among the given"
        )
        rows = [("pairs", "hits, mean", "lift, mean", "2.5 to 97.5 %", "deals with lift > 1")]
        for name in names:
            lift, hits = dealt(pairs(name, smallest), ids, flagged, arguments.deals, arguments.seed)
            low, high = np.percentile(lift, [2.5, 97.5])
            rows.append(
                (
                    name,
                    f"{hits.mean():.1f}",
                    f"{lift.mean():.1f}",
                    f"{low:.1f}-{high:.1f}",
                    f"{100 * (lift > 1).mean():.0f} %",
                )
            )
        show(rows, markdown=arguments.markdown)

        past = swept(root, 5, as_of=middle)
        late = flagged.filter(~flagged.is_in(early.implode()))
        rest = len(ids) - len(early)
        print(
            f"\nFacts and {len(early)} flags before {middle:%Y-%m-%d}, {len(late)} later ones sought"
        )
        then = pairs("link bits", past)
        open_ = ~pl.col("account_id").is_in(early.implode())
        rows = [
            line(ranking(name, frame.filter(open_), late, rest))
            for name, frame in (
                ("link bits", then.group_by("account_id").agg(pl.col("by").sum())),
                ("link bits to flagged", to_known(then, early)),
            )
        ]
        show([head, *rows], markdown=arguments.markdown)


if __name__ == "__main__":
    main()

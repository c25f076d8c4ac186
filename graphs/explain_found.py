"""What a search around accounts found: paths between two, accounts near some."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coterie.graphs.explain_text import count, visible
from coterie.printable import count as shown_of
from coterie.printable import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Paths:
    """The best paths of links between two accounts; iterate, ``print`` or show it in a notebook.

    Attributes:
        sweep_id: the sweep that was asked.
        a, b: the accounts.
        paths: one {accounts, bits (of each step), weakest {a, b, bits}} a path, the best first:
            the least sum of 1 / bits, so that few strong links come before many weak ones.
    """

    sweep_id: str
    a: str
    b: str
    paths: tuple[dict[str, Any], ...]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The paths, the best first."""
        return iter(self.paths)

    def __len__(self) -> int:
        """The number of paths."""
        return len(self.paths)

    def to_dict(self) -> dict[str, Any]:
        """The paths as plain data."""
        return {"sweep_id": self.sweep_id, "a": self.a, "b": self.b, "paths": list(self.paths)}

    def __str__(self) -> str:
        """One path after another, with the weakest link of each."""
        if not self.paths:
            return f"No path of links joins {visible(self.a)} and {visible(self.b)}."
        lines = [
            f"{number}. {_steps(one)}\n   {_weakest(one)}"
            for number, one in enumerate(self.paths, 1)
        ]
        return "\n".join([*lines, _ORDER] if len(lines) > 1 else lines)

    def _repr_html_(self) -> str:
        """The paths for notebooks; every text is escaped."""
        rows = [(_steps(one), _weakest(one)) for one in self.paths]
        title = f"{visible(self.a)} to {visible(self.b)}"
        note = _ORDER if len(rows) > 1 else "" if rows else "no path of links joins the two"
        return html_table(title, ("path", "weakest link"), rows, note=note)


@dataclass(frozen=True, slots=True)
class Near:
    """Accounts near some seeds, the nearest first; iterate, ``print`` or show it in a notebook.

    Attributes:
        sweep_id: the sweep that was asked.
        seeds: the accounts it started from.
        accounts: one {account_id, share (of the walk), hops, cluster_id, role} an account.
        n_found: accounts within reach; ``accounts`` may be the first of them.
    """

    sweep_id: str
    seeds: tuple[str, ...]
    accounts: tuple[dict[str, Any], ...]
    n_found: int

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The accounts, the nearest first."""
        return iter(self.accounts)

    def __len__(self) -> int:
        """The number of accounts given."""
        return len(self.accounts)

    def to_dict(self) -> dict[str, Any]:
        """The accounts as plain data."""
        return {
            "sweep_id": self.sweep_id,
            "seeds": list(self.seeds),
            "n_found": self.n_found,
            "accounts": list(self.accounts),
        }

    def __str__(self) -> str:
        """The accounts as a table that says how many of how many it shows."""
        return table(_NEAR, self._cells(), total=self.n_found, noun="account")

    def _repr_html_(self) -> str:
        """The accounts for notebooks; every text is escaped."""
        seeds = ", ".join(visible(seed, 60) for seed in self.seeds[:5])
        more = f" and {count(len(self.seeds) - 5, 'further seed')}" if len(self.seeds) > 5 else ""
        number = shown_of(len(self.accounts), self.n_found, "account")
        return html_table(f"Near {seeds}{more}", _NEAR, self._cells(), note=number)

    def _cells(self) -> list[tuple[object, ...]]:
        return [
            (r["account_id"], f"{r['share']:.4f}", r["hops"], r["cluster_id"], r["role"])
            for r in self.accounts
        ]


_ORDER = "Few strong links come before many weak ones (by the sum of 1 / bits of the steps)."
_NEAR = ("account", "share", "hops", "cluster", "role")


def html_table(
    title: str, heads: Sequence[str], rows: Iterable[Sequence[object]], *, note: str = ""
) -> str:
    """A titled table for notebooks in which every text is escaped.

    >>> html_table("a < b", ("x",), [("<i>",)])[:25]
    '<div><p><b>a &lt; b</b></'
    """

    def cells(tag: str, values: Iterable[object]) -> str:
        return "".join(f"<{tag}>{html.escape(visible(v))}</{tag}>" for v in values)

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    said = f"<br>{html.escape(visible(note))}" if note else ""
    return (
        f"<div><p><b>{html.escape(visible(title, 400))}</b>{said}</p>"
        f"<table><thead><tr>{cells('th', heads)}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _steps(one: dict[str, Any]) -> str:
    steps = (
        f" ─{bits:.1f}→ {visible(account, 60)}"
        for account, bits in zip(one["accounts"][1:], one["bits"], strict=True)
    )
    return visible(one["accounts"][0], 60) + "".join(steps)


def _weakest(one: dict[str, Any]) -> str:
    weak = one["weakest"]
    return f"weakest link: {visible(weak['a'], 60)} – {visible(weak['b'], 60)}, {weak['bits']:.1f} bits"

"""What of the names a report shows: card numbers never whole, anything else unless redacted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

# A card or account number in clear: 12 to 19 digits, with or without separators.
_NUMBER = r"^[0-9](?:[ \-]?[0-9]){11,18}$"
_V4 = r"^([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})\.[0-9]{1,3}(?:/[0-9]+)?$"
_V6 = r"^([0-9a-fA-F]{1,4}:[0-9a-fA-F]{1,4}:[0-9a-fA-F]{1,4}):"


@dataclass(frozen=True, slots=True)
class Names:
    """Which names a report shows.

    Attributes:
        redact: for wider circulation: accounts and values are numbered instead of named, addresses
            shortened to their network, free text left out.
    """

    redact: bool = False

    def clusters(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Clusters, without the sentence when redacted (it may name values)."""
        import polars as pl

        return frame.with_columns(summary=pl.lit("")) if self.redact else frame

    def members(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Members, numbered when redacted."""
        import polars as pl

        if not self.redact:
            return frame
        number = pl.int_range(1, pl.len() + 1).cast(pl.String)
        return frame.with_columns(account_id="account " + number, why=pl.lit(""))

    def values(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Values (with kind and display): card numbers to the last four, the rest when redacted."""
        import polars as pl

        kind, value = pl.col("kind"), pl.col("display")
        card = kind.is_in(["payment", "bank_account"]) & value.str.contains(_NUMBER)
        last = "•••• " + value.str.replace_all(r"[^0-9]", "").str.slice(-4)
        if not self.redact:
            return frame.with_columns(display=pl.when(card).then(last).otherwise(value))
        number = kind + " " + pl.int_range(1, pl.len() + 1).cast(pl.String)
        network = pl.coalesce(
            value.str.extract(_V4) + ".0/24", value.str.extract(_V6) + "::/48", number
        )
        address = kind.is_in(["ip", "ip_prefix"])
        return frame.with_columns(
            display=pl.when(card).then(last).when(address).then(network).otherwise(number),
            why=pl.lit(""),
        )

    def examples(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Prompts, none when redacted."""
        return frame.clear() if self.redact else frame

    def without(self, rows: list[dict[str, Any]], *fields: str) -> list[dict[str, Any]]:
        """Rows, some of their fields emptied when redacted."""
        return [{**row, **dict.fromkeys(fields)} for row in rows] if self.redact else rows

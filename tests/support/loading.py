"""A workspace to load into, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from coterie.config import Config
from coterie.loaders.load import Source, load
from coterie.queries.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from coterie.loaders.load import LoadSummary

NOW = datetime(2026, 11, 24)  # noqa: DTZ001 - the store's times are naive UTC
SIGNALS = ("account_id", "kind", "value", "raw", "first_seen", "last_seen", "n")


@dataclass
class Desk:
    """A workspace in a folder of its own."""

    root: Path
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> Config:
        return Config(root=self.root, threads=1, memory_limit="1GB", **self.settings)

    def put(self, name: str, content: str | bytes) -> Path:
        """A file in the workspace."""
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def load(
        self, *data: Any, replace: bool = False, key: str | None = None, **options: Any
    ) -> LoadSummary:
        """Load inputs, all with the same options."""
        sources = [d if isinstance(d, Source) else Source(d, **options) for d in data]
        return load(self.config, sources, replace=replace, now=NOW, hash_key=key)

    def rows(self, query: str) -> pl.DataFrame:
        """A query over the store."""
        with open_store(self.config.store_path) as store:
            found: pl.DataFrame = store.con.sql(query).pl()
            return found

    def facts(self, table: str) -> list[tuple[Any, ...]]:
        """All rows of a table of facts, sorted."""
        return sorted(self.rows(f'SELECT * FROM facts."{table}"').rows(), key=repr)

    def quarantine(self) -> list[tuple[int, str, str | None, str | None]]:
        """row_number, reason, field, found of all quarantined rows, sorted."""
        found = self.rows("SELECT row_number, reason, field, found FROM quarantine").rows()
        return sorted(found, key=repr)

    def state(self) -> dict[str, bytes]:
        """The store byte for byte: the catalogue and every file that it names."""
        path = self.config.store_path
        if not path.exists():
            return {}
        found = {"catalogue": path.read_bytes()}
        with open_store(path) as store:
            files = store.con.sql("SELECT path FROM register.file ORDER BY path").fetchall()
        data = path.with_name(path.name + ".d")
        return found | {name: (data / name).read_bytes() for (name,) in files}

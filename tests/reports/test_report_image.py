"""The picture that is drawn without a browser."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.support.findings import make_store

from coterie.queries.store import open_store
from coterie.reports.evidence import picture
from coterie.reports.image import image, png
from coterie.reports.letters import dots
from coterie.reports.read import cluster_of, read_details, read_sweep
from coterie.reports.redact import Names

if TYPE_CHECKING:
    from pathlib import Path

    from coterie.reports.evidence import Picture

    Array = np.ndarray[Any, Any]


def made(path: Path, size: int) -> Picture:
    """The picture of the cluster with that many accounts."""
    with open_store(path) as store:
        sweep = read_sweep(store, None, Names())
        row = sweep.clusters.row(sweep.clusters["size"].to_list().index(size), named=True)
        details = read_details(store, sweep, [row["cluster_id"]], Names())
        return picture(cluster_of(details, row, 0))


def pixels(data: bytes) -> Array:
    """An independent reader of what :func:`png` writes."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, body, size = 8, b"", (0, 0)
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        name, chunk = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (check,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert check == zlib.crc32(name + chunk)
        if name == b"IHDR":
            size = struct.unpack(">II", chunk[:8])
            assert chunk[8:] == bytes([8, 2, 0, 0, 0])
        body += chunk if name == b"IDAT" else b""
        at += 12 + length
    width, height = size
    rows = np.frombuffer(zlib.decompress(body), dtype=np.uint8).reshape(height, -1)
    assert set(rows[:, 0].tolist()) == {2}
    found: Array = np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8)
    return found.reshape(height, width, 3)


def test_a_png_holds_its_pixels() -> None:
    drawn = np.random.default_rng(1).integers(0, 256, (17, 23, 3), dtype=np.uint8)
    assert np.array_equal(pixels(png(drawn)), drawn)


def test_equal_input_gives_equal_bytes(world_path: Path) -> None:
    one, two = made(world_path, 210), made(world_path, 210)
    assert image(one, "Cluster c-1") == image(two, "Cluster c-1")
    assert image(one, "Cluster c-1") != image(one, "Cluster c-2")


@pytest.mark.parametrize("size", [1, 2, 210, 2_500])
def test_any_size_fits_on_the_sheet(world_path: Path, tmp_path: Path, size: int) -> None:
    path = make_store(tmp_path, (size,)) if size > 210 else world_path
    found = pixels(image(made(path, size), f"Cluster c: {size} accounts"))
    assert found.shape[1] == 1560
    assert 150 < found.shape[0] < 1_400
    assert (found != 255).any()


def test_each_cell_is_drawn_in_the_colour_of_its_kind(world_path: Path) -> None:
    drawn = made(world_path, 40)
    found = pixels(image(drawn, "Cluster"))
    kinds = drawn.head["kinds"]
    assert [k["family"] for k in kinds] == ["payment", "device", "network", "prompt"]
    n, m = drawn.head["n"], drawn.head["m"]
    tall, wide = min(14, 720 // n), min(22, 660 // m)
    # The first cell stands below the title, the labels and the bars, right of the role names.
    top, left = 16 + 2 * 22 + 72 + 8, 16 + 168
    row = np.repeat(np.arange(n), drawn.arrays["degree"])
    column = drawn.arrays["column"].astype(int)
    cells = found[top + row * tall + 1, left + column * wide + 1]
    kind = np.repeat(np.arange(len(kinds)), [k["n"] for k in kinds])[column]
    ink = np.array([(0xB3, 0x47, 0), (0, 0x70, 0x4F), (0, 0x67, 0xA5), (0xA0, 0x3B, 0x7E)])
    assert np.array_equal(cells, ink[kind])
    filled = (found[top + 1 : top + n * tall : tall, left + 1 : left + m * wide : wide] < 250).any(
        2
    )
    assert filled.sum() == row.size


@pytest.mark.parametrize(
    "world", [{"times": False}, {"kinds": ("device",)}, {"hostile": True}],
    ids=["no times", "one kind", "hostile"],
)  # fmt: skip
def test_odd_worlds_are_drawn(tmp_path: Path, world: dict[str, Any]) -> None:
    path = make_store(tmp_path, (12,), **world)
    assert pixels(image(made(path, 12), "Cluster \u202e<b>")).shape[1] == 1560


def test_letters_are_told_apart() -> None:
    signs = [chr(c) for c in range(33, 127)]
    seen = {dots(sign, 1).tobytes() for sign in signs}
    assert len(seen) == len(signs)
    assert not dots(" ").any()
    assert np.array_equal(dots("é"), dots("?"))
    assert dots("abc").shape == (16, 36)

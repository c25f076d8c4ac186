"""The walk-through of docs/how-to/deliver-and-share.md, command by command."""

from __future__ import annotations

import base64
import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pymisp
import stix2validator
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.support.deciding import platform
from tests.support.roost import roost

from coterie.workspace.review import Said

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from tests.face.conftest import Ended

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "deliver-and-share.md"
RING = dict.fromkeys((f"a{i}" for i in range(7)), "core")


def test_from_an_export_to_receivers_and_partners(
    tmp_path: Path, run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = platform(tmp_path, [{"c-1": RING, "c-2": {"b0": "core", "b1": "core"}}])
    ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COTERIE_SHARE_KEY", "2027a:0123456789abcdef 2026b:fedcba9876543210")
    monkeypatch.setenv("COTERIE_WEBHOOK_SECRET", "whsec_" + base64.b64encode(bytes(32)).decode())
    monkeypatch.setenv("COTERIE_DELIVERY_TOKEN", "a-token")
    pem, key = serialization.Encoding.PEM, Ed25519PrivateKey.generate()
    Path("key.pem").write_bytes(
        key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )  # fmt: skip
    Path("pub.pem").write_bytes(
        key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    told = ""
    with roost() as (seen, url):
        names = {"HOOK": f"{url}/hook", "OSPREY": url, "COOP": url, "SUSPEND": "act-1",
                 "REVOKE": "act-2", "CLUSTER": "c-1"}  # fmt: skip
        for block in re.findall(r"```bash\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
            for line in block.splitlines():
                words = [re.sub(r"\$(\w+)", lambda m: names[m[1]], w) for w in shlex.split(line)]
                assert words[0] == "coterie"
                ended = run(*words[1:])
                assert ended.code == 0, f"{line}\n{ended.err}"
                told += ended.out
    assert seen.refused == []
    assert len(seen.labels) == 7
    assert [path for path, _ in seen.bodies].count("/api/v1/actions") == 7
    assert [path for path, _ in seen.bodies].count("/api/v1/report") == 1
    assert "as written (signature: valid)" in told
    options = stix2validator.ValidationOptions(version="2.1")
    assert stix2validator.validate_file("bundle.json", options).is_valid
    (event,) = json.loads(Path("events.json").read_text("utf-8"))["response"]
    loaded = pymisp.MISPEvent()
    loaded.load(event["Event"])
    assert loaded.info.startswith("Coordinated accounts c-1")
    assert len(list(Path("tables").iterdir())) == 3
    assert Path("leads.csv").read_bytes().count(b"\r\n") == 8

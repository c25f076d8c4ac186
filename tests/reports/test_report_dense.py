"""What is taken out of script and style is layout, and nothing else."""

from __future__ import annotations

import re

from coterie.reports.dense import dense_script, dense_style
from coterie.reports.page import asset, own_script, own_style

PARTS = ("base", "table", "evidence", "figures", "start")


def solid(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_only_space_and_comments_leave_the_script() -> None:
    text = "".join(asset(f"script/{name}.js") for name in PARTS)
    kept = "\n".join(line for line in text.splitlines() if not line.strip().startswith("//"))
    made = own_script()
    assert solid(made) == solid(f"(async function () {{'use strict';{kept}}})();")
    assert "'Copied '" in made
    assert len(made) < 0.8 * len(text)


def test_words_and_signs_stay_apart() -> None:
    assert (
        dense_script("return a - -b + ++c / /x y/.test(d);\n")
        == "return a- -b+ ++c/ /x y/.test(d);\n"
    )
    assert dense_script("x = q ? /a  b/g : 'c  d';\n") == "x=q? /a  b/g:'c  d';\n"
    assert dense_script("let a = 1\nlet b = [\n  2,\n]\n") == "let a=1\nlet b=[2,]\n"


def test_only_space_and_comments_leave_the_style() -> None:
    text = re.sub(r"/\*.*?\*/", "", asset("report.css"), flags=re.DOTALL)
    assert solid(own_style()) == solid(text)
    assert re.findall(r"\S+ :\S+", own_style()) == re.findall(r"(?<=\n)\S+ :\S+", text)
    assert dense_style("a { b: c d }\n\n@media (x: 1px) and (y) { }") == (
        "a{b:c d}@media (x:1px) and (y){}"
    )

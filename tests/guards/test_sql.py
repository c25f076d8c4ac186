"""The SQL rules of the house: one statement a file, headed, upper case, named parameters only."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import duckdb
import pytest

from coterie.queries.run import parameters, statement, statement_names

ROOT = Path(__file__).parents[2]
SQL = ROOT / "queries" / "sql"
NAMES = list(statement_names())
PYTHON = sorted(
    path
    for folder in ("src/coterie", "graphs", "loaders", "queries", "reports")
    for path in (ROOT / folder).rglob("*.py")
)

# Words that only ever are keywords here; DuckDB's own reserved list is added below.
KEYWORDS = {
    "JOIN", "INNER", "OUTER", "CROSS", "ASOF", "ANTI", "LIKE", "ILIKE", "IS", "OVER", "PARTITION",
    "BY", "INSERT", "INTO", "DELETE", "UPDATE", "COPY", "BETWEEN", "EXISTS", "RECURSIVE",
    "MATERIALIZED", "FILTER", "WITHIN",
}  # fmt: skip
LOWER_TOO = {"TRUE", "FALSE", "LAMBDA"}
FUNCTIONS_TOO = {"FILTER"}  # upper case only as a clause: `filter(list, …)` is a function

# The places that must write SQL text of their own, and why a named statement cannot do it.
WRITES_SQL: dict[str, str] = {
    "queries/store.py": "views take no parameters",
    "loaders/database.py": "names the columns of a query of another database",
}
_SQL_START = re.compile(
    r"\s*(SELECT|WITH|INSERT|CREATE|COPY|DELETE|UPDATE|ATTACH|DROP|ALTER|DESCRIBE|SUMMARIZE)\s"
)


def _bare(text: str) -> str:
    """The text without comments, strings and quoted names."""
    return re.sub(r"--[^\n]*|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", " ", text)


@cache
def _reserved() -> frozenset[str]:
    """DuckDB's own list of words that cannot be names."""
    listed = duckdb.sql(
        "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'"
    )
    assert listed is not None
    return frozenset(word.upper() for (word,) in listed.fetchall())


def test_every_file_of_the_folder_is_a_statement() -> None:
    files = {p.relative_to(SQL).as_posix() for p in SQL.rglob("*") if p.is_file()}
    assert files == {f"{name}.sql" for name in NAMES}
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*/[a-z][a-z0-9_]*", name) for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_statement_follows_the_rules(name: str) -> None:
    text = statement(name)
    header = re.match(r"(?:--[^\n]*\n)+", text)
    assert header, "begins with a comment: grain, inputs, output columns, why"
    assert re.search(r"^-- (Grain:|Macro) *\S", header[0], re.MULTILINE), (
        "the header names the grain"
    )
    says_why = re.search(r"^-- .*\bWhy: \S", header[0], re.MULTILINE)
    assert says_why or not header[0].startswith("-- Grain:"), "and says why, or what for"

    statements = duckdb.extract_statements(text)
    assert len(statements) == 1, "one statement a file"
    assert statements[0].named_parameters == parameters(name)

    body = _bare(text)
    assert not re.search(r"\?|\$\d", body), "parameters are named"
    low = [
        word[0]
        for word in re.finditer(r"(?<![\w.$])[A-Za-z_]+(?![\w.])", body)
        if word[0].upper() in (_reserved() | KEYWORDS) - LOWER_TOO
        and not word[0].isupper()
        and not (word[0].upper() in FUNCTIONS_TOO and body[word.end() :].startswith("("))
    ]
    assert not low, f"keywords in upper case: {sorted(set(low))}"


@pytest.mark.parametrize("path", PYTHON, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_sql_text_is_written_only_where_it_must_be(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    formatted = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.JoinedStr)
        and isinstance(node.values[0], ast.Constant)
        and len(node.values) > 1
        and _SQL_START.match(str(node.values[0].value))
    ]
    assert name in WRITES_SQL or not formatted, f"formats SQL in lines {formatted}"

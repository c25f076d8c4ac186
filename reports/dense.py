"""Script and style as pages carry them: without the layout that is for us.

Every page has its own copy, and a report has thousands. Lines of a script stay lines except after an
opening bracket, a comma or a semicolon, so that nothing depends on how statements end.
"""

from __future__ import annotations

import re

# What must stay as it is: texts, and patterns where one may begin.
_KEPT = re.compile(
    r"""('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`"""
    r"""|(?<=[(,=:\[!&|?{};\n>])[ ]?/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*)"""
    r"""|[ \t]+"""
)
_WORD = re.compile(r"[\w$]")


def dense_script(text: str) -> str:
    r"""A script without indentation, whole-line comments and spaces that mean nothing.

    >>> dense_script("  // a note\n  const a = b + +c, d = 'x  y';\n")
    "const a=b+ +c,d='x  y';\n"
    """
    lines = (line.strip() for line in text.splitlines())
    text = "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))

    def drop(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        before, after = text[found.start() - 1], text[found.end()]
        words = bool(_WORD.match(before) and _WORD.match(after))
        return " " if words or (before == after and before in "+-/") else ""

    return re.sub(r"(?<=[,({;\[])\n(?=.)", "", _KEPT.sub(drop, text))


def dense_style(text: str) -> str:
    r"""A style sheet without spaces and comments that mean nothing.

    >>> dense_style("/* a note */ a :hover,\nb > c {\n  top: calc(1px + 2%);\n}\n")
    'a :hover,b>c{top:calc(1px + 2%);}'
    """
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r": (?=\S)", ":", re.sub(r" ?([{};,>]) ?", r"\1", text))

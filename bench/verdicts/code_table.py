"""The catalogued codes as Markdown: the part of docs/verdicts.md that no person writes.

    python -m privbench.bench.verdicts.code_table docs/verdicts.md

writes it anew between its markers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from .. import reasons, text
from ..checks import InputError

BEGIN = "<!-- codes: begin -->"
END = "<!-- codes: end -->"
ABOUT_FLAGS = "**Flags** say what is odd about a release, or about the attacks on it."
ABOUT_OBJECTIONS = "**Objections** make a verdict `invalid` where no leak was found; {} always."
ABOUT_NOTES = (
    "**Notes** are what an attack says of itself, or why it has no number: column `reason_code` of"
    " `records.csv`."
)


def markdown() -> str:
    """A table of each catalogue of `bench.reasons`: codes, and what they mean."""
    fatal = _in_code(sorted(reasons.ALWAYS_FATAL))
    parts = [
        ABOUT_FLAGS,
        _table("flag", reasons.FLAGS),
        ABOUT_OBJECTIONS.format(fatal),
        _table("objection", reasons.OBJECTIONS),
        ABOUT_NOTES,
        _table("note", reasons.NOTES),
    ]
    return "\n\n".join(parts)


def rewritten(page: str) -> str:
    """A page with the tables between its markers.

    Raises:
        InputError: if it has no markers.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError("page", "no markers", f"{BEGIN} and, below it, {END}")
    return f"{before}{BEGIN}\n\n{markdown()}\n\n{END}{after}"


def _table(kind: str, catalogue: Mapping[str, str]) -> str:
    rows = [(f"`{code}`", meaning) for code, meaning in catalogue.items()]
    return "\n".join(text.markdown_table((kind, "meaning"), rows))


def _in_code(codes: Iterable[str]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def main(arguments: list[str]) -> None:
    """Rewrite the pages that are named."""
    for argument in arguments:
        path = Path(argument)
        page = rewritten(path.read_text(encoding="utf-8"))
        path.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Rows of the summary -> text: Markdown, CSV, LaTeX."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence

from ..analysis.summary import Estimate, Row, Section, sections
from ..metrics.regression import MEASURES
from ..types import IGNORANT

BELOW = "↓"  # significantly below chance
WEAK = "~"  # from an attack that did not get going
THREATS = {IGNORANT: "I, ignorant", "informed": "II, informed", "latent": "III, latent"}


def columns(rows: Sequence[Row]) -> list[str]:
    """Attackers of any row, by name."""
    return sorted({a for row in rows for a in row.privacy_by_attacker})


def to_markdown(rows: Sequence[Row], notes: Sequence[str] = ()) -> str:
    """One table per section, each with its footnotes."""
    parts = []
    for section, own in sections(rows):
        names, (utility, private) = columns(own), section.targets
        threats = any(row.threat == IGNORANT for row in own)
        head = [
            "defense / release",
            *["threat"] * threats,
            f"utility ({_named(utility, own) or 'none'})",
            f"leakage ({private})",
            "chance",
            *names,
        ]
        lines = [f"## {title(section)}", "", _pipe(head), _pipe(["---"] * len(head))]
        lines += [_pipe(_cells(row, names, threats)) for row in own]
        parts.append("\n".join([*lines, "", *_fits(own), *_footnotes(own, notes)]))
    return "\n\n".join(parts) + "\n" if parts else "No records: nothing has been measured.\n"


def _named(utility: str, rows: Sequence[Row]) -> str:
    return f"{utility}, CCC x 100" if _continuous(rows) else utility


def _continuous(rows: Sequence[Row]) -> bool:
    return any(row.utility is not None and row.utility.metric == "ccc" for row in rows)


def _fits(rows: Sequence[Row]) -> list[str]:
    """How the answers about a continuous label fit, in every measure."""
    shown = [row for row in rows if row.fits]
    if not shown:
        return []
    lines = [
        "How the answers of the best attacker fit the label, and of whoever always says its mean:",
        "",
    ]
    lines += [_pipe(["defense / release", *MEASURES]), _pipe(["---"] * (len(MEASURES) + 1))]
    for row in shown:
        lines.append(
            _pipe(
                [
                    row.label,
                    *(_fit(row.fits[name]) if name in row.fits else "–" for name in MEASURES),
                ]
            )
        )
    return [*lines, ""]


def _fit(e: Estimate) -> str:
    interval = "" if math.isnan(e.low) else f" [{e.low:.3f}, {e.high:.3f}]"
    return f"{e.mean:.3f}{interval}, {e.chance:.3f}"


def title(section: Section) -> str:
    name = f"{section.dataset}, {section.protocol}"
    return f"{name} ({section.about})" if section.about else name


def _cells(row: Row, names: list[str], threats: bool = False) -> list[str]:
    chance = "" if row.leakage is None else f"{100 * row.leakage.chance:.1f}"
    utility = _headline(row.utility) if row.section.targets[0] else "–"
    threat = [THREATS.get(row.threat, "–")] if threats else []
    return [
        row.label,
        *threat,
        utility,
        _headline(row.leakage),
        chance,
        *[_short(row, a) for a in names],
    ]


def _headline(e: Estimate | None) -> str:
    if e is None:
        return "missing"
    interval = "" if math.isnan(e.low) else f" [{100 * e.low:.1f}, {100 * e.high:.1f}]"
    return f"{100 * e.mean:.1f}{interval} {e.attacker}" + (f" {BELOW}" if e.below else "")


def _short(row: Row, attacker: str) -> str:
    e = row.privacy_by_attacker.get(attacker)
    if e is None:
        return "no number" if attacker in row.missing else "–"
    marks = (
        (BELOW, e.below),
        (WEAK, e.weak and attacker != "majority"),
        ("!", attacker in row.missing),
    )
    return f"{100 * e.mean:.1f}" + "".join(mark for mark, shown in marks if shown)


def _footnotes(rows: Sequence[Row], notes: Sequence[str]) -> list[str]:
    first = rows[0]
    looked = len(columns(rows))
    text = [
        f"Accuracy in percent over {_many(first.folds, 'fold')} and {_many(first.seeds, 'seed')}. "
        "Utility and leakage are those of the best "
        "attacker (named), with a 95% Nadeau-Bengio interval over folds for the best of all attackers tried "
        f"({looked} at most, Bonferroni); further columns: leakage by each attacker. "
        "Chance: the better of guessing and the majority class.",
        "A low number means that these attackers found little, not that nothing is there.",
        *notes,
    ]
    if any(r.threat == IGNORANT for r in rows):
        text.append(
            "Threats: I learns from the data as they were and is asked about the release; II learns from the release; "
            "III has its codes. Ranks are by II and III; the verdict counts whatever anybody finds. Utility likewise: "
            "that of a network trained on raw data, or on the release."
        )
    if _continuous(rows):
        text.append(
            "CCC: the concordance of what is told with the label, over all rated frames; 0 is chance. From one"
        )
        text[-1] += " fold its interval is of people, by the jackknife."
    if any(e.below for r in rows for e in r.privacy_by_attacker.values()):
        text.append(
            f"{BELOW} significantly below chance: information that an attacker can invert, not privacy."
        )
    lost = [f"{r.name}: {', '.join(r.missing)}" for r in rows if r.missing]
    if lost:
        text.append(
            "Incomplete (some cell failed or was not run; ! marks numbers of the other folds): "
            + "; ".join(lost)
            + "."
        )
    if any(r.label.endswith("(not attacked)") for r in rows):
        text.append(
            "Not attacked: no attack on it got going in every fold, so its number says nothing and has no rank."
        )
    return [f"- {line}" for line in [*text, *_reasons(rows)]]


def _reasons(rows: Sequence[Row]) -> list[str]:
    """What failed, was weak or skipped, or had something to say of itself, and how often."""
    text = []
    kinds = {
        "failed": "Failed",
        "weak": f"Weak ({WEAK})",
        "skipped": "Skipped (–)",
        "note": "Said of themselves",
    }
    for kind, label in kinds.items():
        own = [n for r in rows for n in r.notes if f": {kind}: " in n]
        said = sorted({n.split(": ", 2)[2].rsplit(" [", 1)[0] for n in own})
        cells = sum(int(n.rsplit("[", 1)[1][:-2]) for n in own)
        if said:
            more = f"; and {len(said) - 4} more" if len(said) > 4 else ""
            text.append(f"{label}: {cells} attacks: " + "; ".join(said[:4]) + more + ".")
    return text


def _many(n: int, what: str) -> str:
    return f"{n} {what}" + "s" * (n != 1)


def _pipe(cells: Sequence[str]) -> str:
    return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"


def to_csv(rows: Sequence[Row]) -> str:
    """Long form with full floats: one line per release, role and attacker."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = [
        "dataset",
        "protocol",
        "defense",
        "settings",
        "release",
        "threat",
        "role",
        "target",
        "attacker",
    ]
    writer.writerow(
        [*head, "mean", "ci_low", "ci_high", "chance", "below_chance", "weak", "complete", "plan"]
    )
    for row in rows:
        for role, target, found in (
            ("utility", row.section.targets[0], row.utility_by_attacker),
            ("privacy", row.section.targets[1], row.privacy_by_attacker),
        ):
            for e in found.values():
                about = [
                    row.section.dataset,
                    row.section.protocol,
                    row.defense,
                    row.settings,
                    row.release,
                    row.threat,
                    role,
                ]
                about += [target, e.attacker]
                whole = e.attacker not in row.missing
                writer.writerow(
                    [
                        *about,
                        e.mean,
                        e.low,
                        e.high,
                        e.chance,
                        e.below,
                        e.weak,
                        whole,
                        row.section.plan,
                    ]
                )
    return text.getvalue()


def to_latex(rows: Sequence[Row]) -> str:
    """A booktabs table: defense, utility, leakage, chance. Needs \\usepackage{booktabs}."""
    lines = []
    for section, own in sections(rows):
        targets = section.targets
        lines += [rf"% {_tex(title(section))}", r"\begin{tabular}{llll}", r"\toprule"]
        head = [
            "Defense",
            f"Utility ({targets[0]}) [\\%]",
            f"Leakage ({targets[1]}) [\\%]",
            r"Chance [\%]",
        ]
        lines += [" & ".join(head) + r" \\", r"\midrule"]
        lines += [" & ".join(_tex(c) for c in _cells(row, [])) + r" \\" for row in own]
        lines += [r"\bottomrule", r"\end{tabular}", ""]
    return "\n".join(lines) if lines else "% No records.\n"


def _tex(text: str) -> str:
    for plain, escaped in (
        ("\\", r"\textbackslash{}"),
        ("_", r"\_"),
        ("%", r"\%"),
        ("&", r"\&"),
        ("#", r"\#"),
    ):
        text = text.replace(plain, escaped)
    return text.replace(BELOW, r"$\downarrow$").replace("–", "--")

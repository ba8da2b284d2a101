"""Writes small recordings with the official names, and reads what notes count."""

import csv
import re

import numpy as np
from privbench.datasets._recordings.openface_csv import INTENSITIES, PRESENCES

RNG = np.random.default_rng(0)
TRACKED = ["frame", "face_id", "timestamp", "confidence", "success"]
CARRIERS = ["gaze_0_x", "pose_Tx", "x_0", "p_0"]
HEADER = [*TRACKED, *CARRIERS, *INTENSITIES, *PRESENCES]


def face(i, *, face_id=0, confidence=0.98, success=1, seed=0, **cells):
    """A line of OpenFace 2: frame i (from 1), 25 a second."""
    rng = np.random.default_rng([seed, i, face_id])
    units = (
        rng.uniform(0, 5, len(INTENSITIES)).round(2).tolist()
        + rng.integers(0, 2, len(PRESENCES)).tolist()
    )
    line = [
        i,
        face_id,
        round(0.04 * (i - 1), 3),
        confidence,
        success,
        9.0,
        99.0,
        999.0,
        9999.0,
        *units,
    ]
    return [cells.get(name, value) for name, value in zip(HEADER, line, strict=True)]


def table(path, header, lines, *, gap="", delimiter=","):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow([gap + str(name) for name in header])
        writer.writerows(lines)
    return path


def clip(path, lines, *, gap=" ", header=HEADER):
    return table(path, header, lines, gap=gap)


def clips(root, lengths=(50, 50, 50, 50), people=("ann", "bob")):
    for k, length in enumerate(lengths):
        name = f"{people[k % len(people)]}_{k}.csv"
        clip(root / name, [face(i, seed=k) for i in range(1, length + 1)])
    return root


COUNTS = re.compile(r"(\S+) frames in .*: (\S+) present, (\S+) masked, (\S+) left out")


def counted(s):
    """(total, present, masked, left out) of the notes, which must agree with the rows."""
    matches = [COUNTS.fullmatch(note) for note in s.notes]
    counts = [match.groups() for match in matches if match]
    assert len(counts) == 1
    total, present, masked, out = (int(text.replace(",", "")) for text in counts[0])
    assert present == np.isfinite(s.x[..., 0]).sum() == np.isfinite(s.x).all(-1).sum()
    assert present + masked + out == total
    return total, present, masked, out


def noted(s, text):
    return any(text in note for note in s.notes)


T = 300
RATERS = ["FM1 ", "FM2 ", "FM3 ", "FF1 ", "FF2 ", "FF3"]


def arff(path, names, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    kinds = {"name": "string", "Instance_name": "string", "class": "{a,'b c'}"}
    head = ["% made up", "@relation 'x y'", ""] + [
        f"@attribute {n} {kinds.get(n, 'numeric')}" for n in names
    ]
    path.write_text(
        "\n".join([*head, "", "@DATA", "", *(",".join(map(str, line)) for line in lines)]) + "\n"
    )
    return path


def rate(path, seed, t=T, header=("time", *RATERS)):
    rng = np.random.default_rng(seed)
    common = np.cumsum(rng.normal(size=t)) / 20
    ratings = (
        common[:, None] * rng.uniform(0.3, 1, 6)
        + rng.normal(size=6) / 5
        + rng.normal(size=(t, 6)) / 50
    )
    table(
        path, header, [[round(0.04 * i, 2), *ratings[i].round(6)] for i in range(t)], delimiter=";"
    )
    return ratings.round(6)


VIDEO = ["name", "frameTime", "AU01", "AU02", "pitch", "class"]


def video(path, seed, *, name=None, t=T, step=0.04, start=0.0):
    x = np.random.default_rng(seed).normal(size=(t, 3)).round(4).tolist()
    return arff(
        path,
        VIDEO,
        [[f"'{name or path.stem}'", f"{start + step * i:.4f}", *x[i], "'b c'"] for i in range(t)],
    )


SMALL = {"window": 50, "block": 2, "guard": 25}

"""The page of `benchmarks.generative`, from the figures it keeps."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any, NamedTuple

from scipy import stats


class Row(NamedTuple):
    """How a training is told."""

    command: str
    measure: str
    key: str
    simple: str
    """What it is compared with, on the same split."""
    simple_key: str
    most: int
    """Seconds that the training may take."""
    digits: int = 3
    more_is_better: bool = False


ERROR = "squared error a pixel", "mse"
NATS = "nats a character", "nats", "n-grams", "ngram_nats"
FRECHET = "Frechet distance", "frechet", "real images", "frechet_floor"
DEGREES = "mean error in degrees", "mae"
ROWS = {
    "autoencoder-2": Row("autoencoder --width 2", *ERROR, "PCA", "pca_mse", 60, 4),
    "autoencoder-8": Row("autoencoder --width 8", *ERROR, "PCA", "pca_mse", 60, 4),
    "autoencoder-32": Row("autoencoder", *ERROR, "PCA", "pca_mse", 60, 4),
    "vae": Row("vae", *ERROR, "PCA", "pca_mse", 60, 4),
    "lstm-names": Row("lstm --data names", *NATS, 60),
    "gru-names": Row("lstm --data names --cell gru", *NATS, 60),
    "gpt-names": Row("gpt --data names", *NATS, 240),
    "lstm-text": Row("lstm --data text", *NATS, 60),
    "gpt-text": Row("gpt --data text", *NATS, 240),
    "lstm-weather": Row("lstm --data weather", *DEGREES, "persistence", "persistence_mae", 60, 2),
    "lstm-tones": Row(
        "lstm --data tones", "accuracy", "accuracy", "SVM", "svm_accuracy", 60, 3, True
    ),
    "translation": Row(
        "translation", "all right", "exact", "dateutil", "dateutil_exact", 240, 3, True
    ),
    "gan": Row("gan", *FRECHET, 240, 2),
    "gan-untold": Row("gan --no-labels", *FRECHET, 240, 2),
    "gan-plain": Row("gan --no-labels --stabilise none", *FRECHET, 240, 2),
}


def page(kept: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = [
        "# Models that make things, beside the simple method",
        "",
        "Made by `python -m benchmarks.generative`: `workshop learn ...`, the mean over seeds on "
        "rows that neither saw, and the difference of the two, seed by seed, with Student's 95 % "
        "interval. The seed decides the split, the first weights and the order of rows. Seconds "
        "are the processor's, on one core, for one training: the mean, and what it may take.",
        "",
        "| learn | seeds | measure | model | beside it | difference | | seconds | at most |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        *(_line(row, kept[name]) for name, row in ROWS.items() if name in kept),
        "",
    ]
    if "compression" in kept:
        lines += ["## A CNN made smaller", "", *_table(kept["compression"]), ""]
    if "memory" in kept:
        lines += ["## How far back recurrent networks remember", ""]
        lines += ["Right answers about a sign so many steps back; the mean over seeds.", ""]
        lines += [*_memory(kept["memory"]), ""]
    return "\n".join(lines) + "\n"


def _line(row: Row, found: dict[str, Any]) -> str:
    values, simple = (found[key]["values"] for key in (row.key, row.simple_key))
    apart = [one - other for one, other in zip(values, simple, strict=True)]
    middle = statistics.fmean(apart)
    wide = stats.t.ppf(0.975, len(apart) - 1) * statistics.stdev(apart) / len(apart) ** 0.5
    gain = middle if row.more_is_better else -middle
    verdict = "level" if abs(middle) <= wide else "ahead" if gain > 0 else "behind"
    shown = f".{row.digits}f"
    return (
        f"| `{row.command}` | {found['seeds']} | {row.measure} | {statistics.fmean(values):{shown}}"
        f" | {row.simple}: {statistics.fmean(simple):{shown}} | {middle:+{shown}} +- {wide:{shown}}"
        f" | {verdict} | {found['training_seconds']['mean']:.0f} | {row.most} |"
    )


def _table(rows: list[dict[str, Any]]) -> Iterator[str]:
    names = list(rows[0])
    yield "| " + " | ".join(name.replace("_", " ") for name in names) + " |"
    yield "| " + " | ".join("---" for _ in names) + " |"
    for row in rows:
        yield "| " + " | ".join(_cell(row[name]) for name in names) + " |"


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _memory(found: dict[str, dict[str, list[float]]]) -> Iterator[str]:
    distances = list(next(iter(found.values())))
    yield "| cell | " + " | ".join(distances) + " |"
    yield "| --- | " + " | ".join("---" for _ in distances) + " |"
    for cell, by_distance in found.items():
        shares = (f"{statistics.fmean(values):.0%}" for values in by_distance.values())
        yield f"| `{cell}` | " + " | ".join(shares) + " |"

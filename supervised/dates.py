"""Dates as people write them, in six languages, and as ISO 8601 has them: the smallest translation.

    vendredi 5 mars 2021        2021-03-05
    Mar 5th, '21                2021-03-05

All phrases of one day are a group, so no day that a model is judged by was learned from, in
whatever words.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from importlib import import_module

import numpy as np
import torch

from supervised.dataset import Dataset
from supervised.texts import END, encode

ISO = "0123456789-"
"""The characters of an answer."""
FIRST, LAST = date(1950, 1, 1), date(2049, 12, 31)
"""A century, so that two digits of a year still tell which it is."""
ENGLISH = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
CODES = {"German": "de_DE", "French": "fr_FR", "Spanish": "es_ES", "Italian": "it_IT",
         "Dutch": "nl_NL"}  # fmt: skip
"""Languages of which Faker knows the names of months and weekdays."""
FORMS: dict[str, tuple[str, ...]] = {
    "English": (
        "{month} {day}, {year}", "{day} {month} {year}", "{weekday}, {month} {th}, {year}",
        "the {th} of {month} {year}", "{short} {day} {year}", "{short} {th}, '{yy}",
    ),
    "German": ("{day}. {month} {year}", "{weekday}, den {day}. {month} {year}",
               "am {day}. {month} '{yy}"),
    "French": ("{day} {month} {year}", "{weekday} {day} {month} {year}", "le {day} {month} {year}"),
    "Spanish": ("{day} de {month} de {year}", "{weekday}, {day} de {month} de {year}"),
    "Italian": ("{day} {month} {year}", "{weekday} {day} {month} {year}"),
    "Dutch": ("{day} {month} {year}", "{weekday} {day} {month} {year}"),
}  # fmt: skip
"""How each language writes a date."""


def dates(days: int = 4000, phrases: int = 3, seed: int = 0) -> Dataset:
    """Phrases of random days: int64 (n, longest), and their ISO dates, int64 (n, 10).

    Args:
        days: different ones.
        phrases: of each day, each in a random language and form.
    """
    rng = np.random.default_rng(seed)
    names = {language: names_of(language) for language in FORMS}
    chosen = rng.choice((LAST - FIRST).days + 1, days, replace=False)
    lines, answers, groups = [], [], []
    for group, shift in enumerate(chosen):
        day = FIRST + timedelta(int(shift))
        for _ in range(phrases):
            language = str(rng.choice(list(FORMS)))
            lines.append(phrase(day, str(rng.choice(FORMS[language])), *names[language]))
            answers.append(day.isoformat())
            groups.append(group)
    characters = END + "".join(sorted(set("".join(lines))))
    longest = max(map(len, lines)) + 1  # each has an end
    return Dataset(
        "dates",
        torch.stack([encode(line.ljust(longest, END), characters) for line in lines]),
        torch.stack([encode(answer, ISO) for answer in answers]),
        tuple(ISO),
        f"{len(lines):,} phrases of {days:,} days in {len(FORMS)} languages, and their ISO dates",
        "computed; the names of months and days are Faker's",
        "Faker MIT",
        characters=characters,
        groups=torch.tensor(groups),
    )


def names_of(language: str) -> tuple[list[str], list[str]]:
    """The months from January and the weekdays from Monday on."""
    if language == "English":
        return ENGLISH, WEEKDAYS
    provider = import_module(f"faker.providers.date_time.{CODES[language]}").Provider
    months = [provider.MONTH_NAMES[f"{n:02}"] for n in range(1, 13)]
    days = [provider.DAY_NAMES[str(n)] for n in range(7)]  # from Sunday on
    if language == "French":
        months = [month.lower() for month in months]
    return months, days[1:] + days[:1]


def phrase(day: date, form: str, months: Sequence[str], weekdays: Sequence[str]) -> str:
    """The day in such a form."""
    month = months[day.month - 1]
    return form.format(
        day=day.day, th=f"{day.day}{ordinal(day.day)}", month=month, short=month[:3],
        weekday=weekdays[day.weekday()], year=day.year, yy=f"{day.year % 100:02}",
    )  # fmt: skip


def ordinal(day: int) -> str:
    """What stands behind the number in English: 1st, 2nd, 3rd, 4th, 11th."""
    return "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")

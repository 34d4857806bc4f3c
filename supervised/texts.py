"""Characters: first names of nine languages, and the handbook that every Python carries."""

from __future__ import annotations

from collections import Counter
from importlib import import_module

import torch
from torch import Tensor

from supervised.dataset import Dataset

LANGUAGES = {
    "Dutch": "nl_NL", "English": "en_US", "Finnish": "fi_FI", "German": "de_DE",
    "Italian": "it_IT", "Romanian": "ro_RO", "Spanish": "es_ES", "Swedish": "sv_SE",
    "Turkish": "tr_TR",
}  # fmt: skip
"""Languages in Latin letters of which Faker knows some four hundred first names or more."""
END = "\n"
"""Fills a name up to the length of the longest, and so ends it."""
LENGTH = 128
"""Characters in a row of `text`."""


def names() -> Dataset:
    """From what language is a first name? One that several languages know has no right answer,
    and is left out."""
    known = {language: first_names(code) for language, code in LANGUAGES.items()}
    times = Counter(name for found in known.values() for name in found)
    rows = [
        (name, label)
        for label, found in enumerate(known.values())
        for name in sorted(found)
        if times[name] == 1
    ]
    characters = END + "".join(sorted({c for name, _ in rows for c in name}))
    longest = max(len(name) for name, _ in rows) + 1  # each has an end
    return Dataset(
        "names",
        torch.stack([encode(name.ljust(longest, END), characters) for name, _ in rows]),
        torch.tensor([label for _, label in rows]),
        tuple(LANGUAGES),
        f"{len(rows):,} first names that only one of {len(LANGUAGES)} languages knows",
        "lists of the most frequent first names, which the files name; in Faker",
        "Faker MIT",
        characters=characters,
    )


def first_names(code: str) -> set[str]:
    """All first names that Faker knows of a language and country, like `de_DE`."""
    provider = import_module(f"faker.providers.person.{code}").Provider
    lists = [getattr(provider, key) for key in dir(provider) if key.startswith("first_names")]
    return {name.strip() for found in lists for name in found}


def text(length: int = LENGTH) -> Dataset:
    """The next character, in Python's own handbook; the words differ a little between versions.

    Some chapters repeat others, so each paragraph is kept once. A chapter is a group.
    """
    from pydoc_data.topics import topics

    seen: set[str] = set()
    chapters = []
    for name in sorted(topics):
        fresh = [part for part in topics[name].split("\n\n") if part not in seen]
        seen.update(fresh)
        chapters.append("\n\n".join(fresh))
    characters = "".join(sorted(set("".join(chapters))))
    rows, groups = [], []
    for group, chapter in enumerate(chapters):
        whole = encode(chapter, characters)
        windows = whole.unfold(0, length + 1, length) if len(whole) > length else whole[:0]
        rows += list(windows)
        groups += [group] * len(windows)
    table = torch.stack(rows)  # (n, length + 1): what is read, and each time what comes next
    return Dataset(
        "text",
        table[:, :-1].contiguous(),
        table[:, 1:].contiguous(),
        tuple(characters),
        f"{len(table) * length:,} characters of the handbook of Python, {length} a row",
        "pydoc_data.topics, in every Python",
        "PSF licence",
        characters=characters,
        groups=torch.tensor(groups),
    )


def encode(line: str, characters: str) -> Tensor:
    """The places of its characters: (length,)."""
    place = {character: n for n, character in enumerate(characters)}
    return torch.tensor([place[character] for character in line], dtype=torch.int64)


def decode(codes: Tensor, characters: str) -> str:
    """The line that `encode` was given."""
    return "".join(characters[int(code)] for code in codes)

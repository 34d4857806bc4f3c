"""Command-line options from dataclasses, by tyro; its boxed errors become one line."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from collections.abc import Sequence
from typing import TypeVar

from envs.names import BadInput, nearest

T = TypeVar("T")


def parse_options(kind: type[T], arguments: Sequence[str], prog: str, summary: str) -> T:
    """Reads `arguments` into the dataclass `kind`.

    Raises:
        BadInput: an option is unknown, missing, or its value does not fit.
        SystemExit: after --help.
    """
    import tyro

    errors = io.StringIO()
    try:
        with contextlib.redirect_stderr(errors):
            options = tyro.cli(
                kind,
                args=list(arguments),
                prog=prog,
                description=summary,
                config=(tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff),
            )
    except SystemExit as stop:
        if not stop.code:
            raise
        raise BadInput(f"{one_line(errors.getvalue())} (see {prog} --help)") from None
    check_seed(getattr(options, "seed", None) or 0)
    return options


PLAIN = re.compile(rf"[\w\-.:=,+/{re.escape(os.sep)}]+")
"""What no shell takes for anything but itself."""


def quoted(argument: object) -> str:
    """An argument as it can be pasted into a command line of any system.

    Double quotes are for bash, PowerShell and cmd alike. In them the first two still look for
    variables and the like: where there could be any, single quotes, which cmd does not know.
    """
    text = str(argument)
    if PLAIN.fullmatch(text):
        return text
    return shlex.quote(text) if set(text) & set('$`"!') else f'"{text}"'


def flag(name: str, value: object) -> list[str]:
    """The words by which a setting is given: `--no-double`, `--hidden 64 64`."""
    option = name.replace("_", "-")
    if isinstance(value, bool):
        return [f"--{option}" if value else f"--no-{option}"]
    return [f"--{option}", *map(str, value if isinstance(value, tuple) else [value])]


def file_name(name: str) -> str:
    """`name` with a dash for what not every system allows in the name of a file."""
    return "".join(c if c.isalnum() or c in "-._" else "-" for c in name)


def check_seed(seed: int) -> None:
    """Raises BadInput unless `seed` is one that every generator takes."""
    if not 0 <= seed < 2**63:
        raise BadInput(f"--seed must lie between 0 and 2**63 - 1, not {seed}")


MOST_THREADS = 64
"""So many CPU threads may be asked for even where there are fewer cores, as on another node or
where a run of a larger machine goes on; a hundred thousand end the process."""


def check_threads(threads: int) -> None:
    """Raises BadInput unless there can be so many."""
    most = max(MOST_THREADS, os.cpu_count() or 1)
    if not 1 <= threads <= most:
        raise BadInput(f"--threads must lie between 1 and {most}, not {threads}")


KINDS = {"with base 10": "a whole number", "to float": "a number"}
"""What was expected, by the words in which Python complains."""


def _plainly(error: re.Match[str]) -> str:
    """That the value of an option is none: what was expected, and what was given."""
    option, reason = error.groups()
    given = re.findall(r": '([^']*)'", reason)
    wanted = next((kind for words, kind in KINDS.items() if words in reason), None)
    return f"{option} takes {wanted}, not {given[-1]!r}" if wanted and given else error[0]


def _nearest(error: re.Match[str]) -> str:
    """What can be given for an option that takes one of a few words."""
    wrong, option, choices = error.groups()
    there = re.findall(r"'([^']*)'", choices)
    return f"there is no {option} {wrong}; {nearest(wrong, there)}"


def one_line(box: str) -> str:
    """What tyro writes in a box, as one line: the error, and the option perhaps meant."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", box)
    # where nothing but ASCII can be written, two blanks stand for the left side of the box
    rows = [row.strip("│ ") for row in plain.splitlines() if row.startswith(("│", "  "))]
    sections: list[list[str]] = [[]]
    for row in filter(None, rows):
        if set(row) in ({"─"}, {"-"}):
            sections.append([])
        else:
            sections[-1].append(row)
    error = " ".join(sections[0])
    error = re.sub(r"^Error parsing \w+: ", "", error)
    error = re.sub(r"^Error parsing (-\S+): (.*)", _plainly, error)
    choice = r"^invalid choice '([^']*)' for argument '([^']*)'\. Expected one of \((.*)\)\.?$"
    error = re.sub(choice, _nearest, error)
    meant = [
        row.split()[0]
        for section in sections[1:]
        if section and section[0].startswith("Perhaps you meant")
        for row in section[1:]
        if row.startswith("-")
    ]
    return f"{error}; did you mean {' or '.join(meant[:2])}?" if meant else error

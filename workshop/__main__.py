"""`workshop <command>`: finds the command, reads its options, and turns mistakes into one line.

A command is a module with a dataclass `Options` and a function `run(options)`; its imports wait
until it is called, so that `workshop --help` answers at once.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

from workshop.options import parse_options


class Command(NamedTuple):
    """Where a command's code is, and what it does."""

    module: str
    summary: str


COMMANDS = {
    "demo": Command("workshop.demo", "learn tic-tac-toe from nothing, prove it, and play you"),
    "list": Command("workshop.listing", "worlds, agents, models, data sets and runs"),
    "train": Command("workshop.train", "train AGENT ENV: let an agent learn"),
    "inspect": Command("workshop.inspection", "inspect SET: what is in it, and what is wrong"),
    "learn": Command("workshop.learn", "learn MODEL --data SET: train and judge a model"),
    "predict": Command(
        "workshop.predict",
        "predict RUN [IMAGE.png, words...]: ask a trained model, or let it make something",
    ),
    "compress": Command(
        "workshop.compress", "compress RUN: a trained cnn made smaller, in five ways"
    ),
    "watch": Command(
        "workshop.watch", "watch ENV AGENT [AGENT]: see agents act and think; watch RUN"
    ),
    "play": Command("workshop.play", "play [ENV --against AGENT]: play yourself; alone: a menu"),
    "edit": Command("workshop.edit", "edit MAP.txt: draw a gridworld and see its values"),
    "playground": Command(
        "workshop.playground.command", "a network learns in the plane; turn everything meanwhile"
    ),
    "evaluate": Command("workshop.evaluate", "evaluate ENV AGENT: strength against the truth"),
    "tune": Command("workshop.tune", "tune AGENT ENV, or MODEL: look for better settings"),
    "new": Command("workshop.new", "new BOT.py --env ENV: write a bot to begin with"),
    "check": Command("workshop.check", "check BOT ENV: will this bot survive a tournament?"),
    "tournament": Command(
        "workshop.tournament", "tournament ENV BOT...: rank agents by games, in a page"
    ),
    "compare": Command("workshop.compare", "compare ENV A B: is A better than B?"),
    "plot": Command("workshop.plot", "plot RUN...: compare trainings in one picture"),
    "lesson": Command("workshop.lesson", "lesson [NAME]: the course; opens, runs, marks answers"),
    "doctor": Command(
        "workshop.doctor", "what works on this machine, and the fix for what does not"
    ),
}


def usage() -> str:
    """The text of `workshop --help`."""
    width = max(map(len, COMMANDS))
    rows = [f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: workshop COMMAND [OPTIONS]",
            "",
            "Train agents, watch them think, play against them.",
            "",
            *rows,
            "",
            "workshop COMMAND --help tells a command's options.",
        ]
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code: 0, 2 for bad input, 130 when interrupted."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help"):
        print(usage())
        return 0 if arguments else 2
    name, *rest = arguments
    from envs.names import BadInput, nearest
    from supervised.bad_data import BadData

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # Windows writes to files in no Unicode
            stream.reconfigure(errors="backslashreplace")
    try:
        if name not in COMMANDS:
            raise BadInput(f"no command {name!r}; {nearest(name, COMMANDS)}")
        module = import_module(COMMANDS[name].module)
        if hasattr(module, "parse"):
            options = module.parse(rest)
        else:
            options = parse_options(
                module.Options, rest, f"workshop {name}", COMMANDS[name].summary
            )
        return module.run(options) or 0
    except (BadInput, BadData) as error:
        print(f"workshop {name}: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a file that cannot be written, a full disk
        if isinstance(error, BrokenPipeError):  # `workshop list | head -1`
            sys.stderr.close()
            return 0
        print(f"workshop {name}: {error}", file=sys.stderr)
        return 2
    except (MemoryError, RuntimeError) as error:  # torch says the second
        if not isinstance(error, MemoryError) and "memory" not in str(error):
            raise
        print(f"workshop {name}: this machine has too little memory for that", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"workshop {name}: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())

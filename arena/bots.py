"""What can take part: a file, a folder, a trained run, a model of SB3's, a built-in agent.

    bots/ada.py            one file, with a function `act(percept)` or a class `Agent`
    bots/ada/              a folder with `bot.py` and whatever it reads
    runs/dqn-...           a run folder; only its `agent/` is looked at; perhaps with options:
                           runs/alphazero-...:simulations=100
    bots/ada.zip           a model that Stable-Baselines3 saved
    minimax:depth=4        a built-in agent

Finding a bot runs none of its code and unpickles nothing: that is left to the worker.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Literal, NamedTuple

from agents import champion
from agents.agent import AGENTS, agent_spec, make_agent, split_folder
from arena.records import Entrant
from envs.names import BadInput, parse_name, perhaps
from envs.worlds import World

Kind = Literal["file", "folder", "run", "model", "built-in"]


class Bot(NamedTuple):
    """Something that can take part."""

    name: str
    """What it is called; unique among those it plays with."""
    source: str
    """What the worker makes it from: a path, perhaps with options, or a built-in agent's name."""
    kind: Kind
    content: str
    """The hash of what it is made of."""

    @property
    def entrant(self) -> Entrant:
        """It, as it is written down."""
        return Entrant(self.name, self.source, self.content)

    @property
    def path(self) -> Path:
        """Where it lies, if it is no built-in agent."""
        return split_folder(self.source)[0] if self.kind == "run" else Path(self.source)

    def moved(self, path: Path) -> Bot:
        """The same bot, lying elsewhere."""
        options = self.source.removeprefix(self.path.as_posix())
        return self._replace(source=path.as_posix() + options)

    @property
    def readable(self) -> tuple[Path, ...]:
        """The files its worker has to read, beside our own."""
        if self.kind != "built-in":
            return (self.path.resolve(),)
        path = parse_name(self.source).options.get("path")
        return () if path is None else (Path(str(path)).resolve(),)


def unchanged(bot: Bot) -> bool:
    """Whether its files are still those that were found; they may be handed in anew meanwhile."""
    if bot.kind == "built-in":
        return True
    try:
        return _content_with(bot.source, bot.path) == bot.content
    except OSError:  # it has gone
        return False


def packed(bot: Bot) -> dict[str, bytes]:
    """The files of a bot, by their paths below its own, for a machine that does not see them."""
    path = bot.path
    if bot.kind == "built-in":
        return {}
    if path.is_file():
        return {path.name: path.read_bytes()}
    return {at.relative_to(path).as_posix(): at.read_bytes() for at in _files(_handed_in(path))}


def unpacked(bot: Bot, files: Mapping[str, bytes], folder: Path) -> Bot:
    """The same bot, made from what `packed` gave, in a folder of its own."""
    if not files:
        return bot
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    source = folder / next(iter(files)) if bot.kind in ("file", "model") else folder
    return bot.moved(source)


def find_bots(sources: Sequence[str]) -> list[Bot]:
    """The bots that `sources` name; a folder of bots names all that are in it.

    Raises:
        BadInput: there is no such bot, or two are the same.
    """
    found: list[Bot] = []
    for source in sources:
        path = Path(source)
        if path.is_dir() and kind_of(path) is None:
            inside = [bot for at in sorted(path.iterdir()) if (bot := bot_at(at)) is not None]
            if not inside:
                raise BadInput(f"{source}: there is no bot in this folder")
            found += inside
        else:
            found.append(find_bot(source))
    return _with_different_names(found)


def find_bot(source: str) -> Bot:
    """The bot called `source`.

    Raises:
        BadInput: there is none.
    """
    path = Path(source)
    if path.exists():
        bot = bot_at(path)
        if bot is None:
            raise BadInput(
                f"{source}: not a bot; one is a .py file, a folder with bot.py, a run folder,"
                " or a .zip of Stable-Baselines3"
            )
        return bot
    folder, options = split_folder(source)
    if options:
        return _with_options(source, folder)
    base, options = parse_name(source)
    if base not in AGENTS:
        _refuse_missing(source)
    spec = agent_spec(base)
    if base == "human":
        raise BadInput("a person cannot take part in a tournament; play instead: workshop play")
    if spec.trains_on and not options:
        raise BadInput(f"{base} has to be trained first; give the run folder of a training")
    module = find_spec(spec.module)
    assert module is not None and module.origin is not None
    parts = [source.encode(), Path(module.origin).read_bytes()]
    if base == "champion":
        parts += [at.read_bytes() for at in _files(champion.FOLDER)]
    given = options.get("path")
    if given is not None:
        if not Path(str(given)).is_file():
            raise BadInput(f"{source}: there is no file {given}")
        parts.append(Path(str(given)).read_bytes())
    whole = source if given is None else source.replace(str(given), str(Path(str(given)).resolve()))
    return Bot(source, whole, "built-in", _hash(parts))


def check_built_in(bots: Iterable[Bot], world: World) -> None:
    """Raises BadInput if one of our own agents is misspelt, or does not play `world`.

    Models are left to the worker: they may have been handed in.
    """
    for bot in bots:
        if bot.kind == "built-in" and "path" not in parse_name(bot.source).options:
            make_agent(bot.source, world)


def _refuse_missing(source: str) -> None:
    """Raises BadInput if `source` is a path, or what stands there is called nearly so."""
    path, file = Path(source), Path(source.partition(":")[0])
    if kind_of(file) == "file":
        raise BadInput(f"{source}: a file takes no options; write {file}")
    there = sorted(path.parent.iterdir()) if path.parent.is_dir() else []
    known = {str(at): at for at in there if bot_at(at) is not None}
    if path.suffix in (".py", ".zip") or "/" in source or "\\" in source:
        meant = perhaps(str(path), known)
        raise BadInput(f"{source}: there is no such file or folder{meant and f'; {meant}'}")
    if f"{path}.py" in known:
        raise BadInput(f"no agent {source!r}; did you mean '{path}.py'?")


def not_bots(folder: Path) -> list[str]:
    """What lies in a folder of bots and is none, though it might have been meant to be one."""
    return [
        at.name
        for at in sorted(folder.iterdir())
        if not at.name.startswith((".", "_")) and bot_at(at) is None
    ]


def _with_options(source: str, folder: Path) -> Bot:
    """A run folder that is told how to play; another way of playing is another bot."""
    bot = bot_at(folder)
    if bot is None or bot.kind != "run":
        raise BadInput(f"{source}: only a run folder takes options")
    told = ":" + source.rpartition(":")[2]
    source = bot.source + told
    return Bot(bot.name + told, source, "run", _content_with(source, folder))


def _content_with(source: str, path: Path) -> str:
    """The hash of what lies at `path`, and of the options that `source` has behind it."""
    content, options = _content(path), source.removeprefix(path.as_posix())
    return _hash([content.encode(), options.encode()]) if options else content


def bot_at(path: Path) -> Bot | None:
    """The bot in a file or folder, if that is one."""
    if path.name.startswith((".", "_")):
        return None
    if path.suffix == ".zip":
        if sb3_algorithm(path) is None:
            return None
        return Bot(path.stem, path.as_posix(), "model", _content(path))
    kind = kind_of(path)
    if kind is None:
        return None
    return Bot(path.stem if kind == "file" else path.name, path.as_posix(), kind, _content(path))


def kind_of(path: Path) -> Kind | None:
    """What kind of bot a path is; None if it is none."""
    if path.is_file():
        return "file" if path.suffix == ".py" else None
    if (path / "bot.py").is_file():
        return "folder"
    places = path / "agent" / "weights.safetensors", path / "weights.safetensors"
    return "run" if any(place.is_file() for place in places) else None


def sb3_algorithm(path: Path) -> str | None:
    """Which of SB3's learners saved a model, from the plain text in it; None if none did."""
    try:
        with zipfile.ZipFile(path) as file:
            about = json.loads(file.read("data"))
        policy = str(about["policy_class"].get("__module__", ""))
    except (OSError, ValueError, KeyError, AttributeError, zipfile.BadZipFile):
        return None
    if "maskable" in policy:
        return "sb3-maskable-ppo"
    if "dqn" in policy:
        return "sb3-dqn"
    return "sb3-ppo" if "clip_range" in about else "sb3-a2c"


def only_computes(kind: str, source: str) -> bool:
    """Whether a bot is a trained agent of ours: it needs torch, and keeps nothing between games."""
    champion = kind == "built-in" and parse_name(source).base == "champion"
    return kind in ("run", "model") or ":path=" in source or champion


def _content(path: Path) -> str:
    """The hash of a file or folder; of a run folder, of what is handed in."""
    if path.is_file():
        return _hash([path.read_bytes()])
    top = _handed_in(path)
    named = ((at.relative_to(top).as_posix().encode(), at.read_bytes()) for at in _files(top))
    return _hash(chain.from_iterable(named))


def _handed_in(folder: Path) -> Path:
    """What counts of a folder: of a run folder, the trained agent only."""
    return folder / "agent" if kind_of(folder) == "run" and (folder / "agent").is_dir() else folder


def _files(folder: Path) -> Iterator[Path]:
    """All files of a folder but Python's own."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


def _hash(parts: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()[:24]


def _with_different_names(bots: list[Bot]) -> list[Bot]:
    """The same, those of one name told apart by the folder they are in.

    Raises:
        BadInput: one is there twice.
    """
    sources = Counter(bot.source for bot in bots)
    for source, count in sources.items():
        if count > 1:
            raise BadInput(f"{source} was given twice; for a bot against itself, give a copy")
    names = Counter(bot.name for bot in bots)
    return [bot._replace(name=bot.source) if names[bot.name] > 1 else bot for bot in bots]

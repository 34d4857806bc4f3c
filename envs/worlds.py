"""Worlds by name: `tictactoe`, `gridworld:map=cliff,slip=0.1`, or any Gymnasium id."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import gymnasium as gym

from envs.names import BadInput, Option, nearest, parse_name, perhaps
from envs.registration import WORLDS, WorldSpec
from envs.rules.cells import ACTIONS
from envs.rules.grid import Grid
from envs.rules.kinarow import KInARow
from envs.rules.maps import find_map, is_map_file

if TYPE_CHECKING:
    from envs.batched.world import BatchOpponent


@dataclass(frozen=True)
class World:
    """A named world, not yet made."""

    name: str
    """As the user wrote it."""
    id: str
    """The Gymnasium id."""
    options: dict[str, Option] = field(default_factory=dict)

    @property
    def two_player(self) -> bool:
        """Whether there are two players."""
        return self.id in {world.id for world in WORLDS.values() if world.two_player}

    @cached_property
    def rules(self) -> KInARow | None:
        """The rules, if this is a board game."""
        if not self.two_player or self.is_duel:
            return None
        return self.make().unwrapped.rules  # type: ignore[attr-defined]

    @property
    def is_gridworld(self) -> bool:
        """Whether this is a gridworld of ours."""
        return self.id == WORLDS["gridworld"].id

    @property
    def map_file_text(self) -> str:
        """What the text file of its map says; nothing if the map is no file."""
        name = str(self.options.get("map", ""))
        return find_map(name).text if self.is_gridworld and is_map_file(name) else ""

    @property
    def is_duel(self) -> bool:
        """Whether two move at the same time."""
        return self.id == WORLDS["duel"].id

    @property
    def has_directions(self) -> bool:
        """Whether the actions are up, right, down, left."""
        return self.is_gridworld or self.is_duel

    @cached_property
    def grid(self) -> Grid | None:
        """The grid, if this is a gridworld that has the same one in every episode."""
        if not self.is_gridworld:  # other packages' envs have a `grid` too
            return None
        face: Any = self.make().unwrapped
        return None if face.source.redrawn else face.grid

    @cached_property
    def observation_space(self) -> gym.Space[Any]:
        """What a single percept's observation lies in."""
        return self.make().observation_space

    @cached_property
    def action_count(self) -> int:
        """How many actions there are, legal or not."""
        space = self.make().action_space
        assert isinstance(space, gym.spaces.Discrete)
        return int(space.n)

    def make(self, **kwargs: Any) -> gym.Env:
        """One world through `gym.make`.

        Raises:
            BadInput: the options do not fit, or a package the world needs is missing.
        """
        steps = self.options.get("max_episode_steps", 1)
        if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
            raise BadInput(
                f"{self.name}: max_episode_steps is a positive whole number, not {steps}"
            )
        try:
            return gym.make(self.id, **{**self.options, **kwargs})
        except (gym.error.Error, TypeError, ValueError, ImportError) as error:
            raise BadInput(f"{self.name}: {_short(error)}") from None
        except Exception as error:  # whatever an option makes another package raise
            kind = type(error).__name__
            raise BadInput(f"{self.name}: cannot be made: {kind}: {_short(error)}") from None

    def make_for_training(self, seed: int) -> Any:
        """One world whose episodes can be saved and resumed; both seats of a board game."""
        from envs.replayable import ReplayableEnv

        return ReplayableEnv(self.make(**self._both_seats), seed)

    def make_batch(
        self, num_envs: int, device: str, seed: int, opponent: BatchOpponent | None = None
    ) -> Any:
        """Many worlds as tensors on `device`, which can be saved and resumed.

        Args:
            opponent: who has the other seat of a game of two; None: the caller moves for both.
        """
        if self.id in {world.id for world in WORLDS.values()}:
            seats: dict[str, Any] = self._both_seats if opponent is None else {"opponent": opponent}
            kwargs = {"device": device, **seats, **self.options}
            env = gym.make_vec(self.id, num_envs, vectorization_mode="vector_entry_point", **kwargs)
            env.reset(seed=seed)
            return env.unwrapped
        from envs.replayable import TensorEnvs

        return TensorEnvs(self.make_several(num_envs, seed), device)

    def make_several(self, num_envs: int, seed: int) -> list[Any]:
        """Several worlds that can be saved and resumed; a game of two against random moves."""
        from envs.replayable import ReplayableEnv

        return [ReplayableEnv(self.make(), (seed, index)) for index in range(num_envs)]

    @property
    def _both_seats(self) -> dict[str, str]:
        return {"seat": "both"} if self.two_player else {}

    def action_name(self, action: int) -> str:
        """What a person would call `action`."""
        if self.rules is not None:
            return self.rules.action_name(action)
        if self.has_directions:
            return ACTIONS[action]
        return f"action {action}"

    def plays_like(self, other: World) -> bool:
        """Whether an agent trained for the one knows what the other's percepts mean."""
        if self.id != other.id and not (self.two_player and other.two_player):
            return False
        if self.rules is not None and other.rules is not None:
            return repr(self.rules) == repr(other.rules)
        if self.is_gridworld:
            mine, theirs = self.make().unwrapped, other.make().unwrapped
            return bool(mine.percepts_mean() == theirs.percepts_mean())  # type: ignore[attr-defined]
        return self.observation_space == other.observation_space


def find_world(name: str, map_text: str = "") -> World:
    """The world called `name`; with `map_text`, that is its map and not what its file says now.

    Raises:
        BadInput: there is no such world or option.
    """
    base, options = parse_name(name)
    if base in WORLDS:
        spec = WORLDS[base]
        known = _options_of(spec)
        for option in options:
            if option not in known:
                raise BadInput(f"{base} has no option {option!r}; {nearest(option, known)}")
        if map_text:
            options["map"] = map_text
        world = World(name, spec.id, options)
        world.make().close()  # the options' values are checked where they are used
        return world
    ids = {spec.id: short for short, spec in WORLDS.items()}
    if base in ids:
        return find_world(name.replace(base, ids[base], 1), map_text)
    if base not in gym.registry:
        choices = [*WORLDS, *(id for id in gym.registry if "/" not in id)]
        meant, all_ids = perhaps(base, choices), f"{', '.join(WORLDS)}, and every Gymnasium id"
        end = f"{meant} (there are: {all_ids})" if meant else f"there are: {all_ids}"
        raise BadInput(f"no world {base!r}; {end}")
    world = World(name, base, options)
    env = world.make()
    space = env.action_space
    env.close()
    if not isinstance(space, gym.spaces.Discrete):
        raise BadInput(f"{name}: agents here choose among discrete actions, not {space}")
    return world


def _options_of(spec: WorldSpec) -> list[str]:
    """The arguments a world takes by name."""
    module, _, class_name = spec.entry_point.partition(":")
    parameters = inspect.signature(getattr(importlib.import_module(module), class_name)).parameters
    ours = {"self", "opponent", "render_mode", "theme", "seat", "illegal", *spec.kwargs}
    found = [parameter for parameter in parameters if parameter not in ours]
    return [*found, "max_episode_steps"] if spec.max_episode_steps else found


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]

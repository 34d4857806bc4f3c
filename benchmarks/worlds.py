"""How fast the worlds are, beside their peers: `python -m benchmarks.worlds --json`.

Random legal play, with autoreset. Ours and the peers take turns within one run, several rounds
each, and the median round counts, so that what else the machine does hits all alike. A peer that
is not installed is left out (`pip install -e ".[bench]"`).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from envs.rules.kinarow import CONNECT_FOUR, TIC_TAC_TOE, KInARow
from envs.rules.maps import empty_map

Round = Callable[[], int]
"""Plays for a while; returns how many steps (or moves) were made."""
ROUNDS = 5
SECONDS = 0.7
BATCHES = (1024, 4096, 8192, 16384, 65536)
PGX_BATCHES = (64, 1024, 4096, 16384)
PACKAGES = ("gymnasium", "jax", "minigrid", "numpy", "pettingzoo", "pgx", "torch")


class Contestant(NamedTuple):
    """One way of playing one game."""

    name: str
    game: str
    package: str
    start: Callable[[], Round]


def gymnasium_steps(id: str, **kwargs: Any) -> Callable[[], Round]:
    """Steps of one env through `gym.make`, with actions drawn beforehand."""

    def start() -> Round:
        import gymnasium as gym

        import envs

        assert envs
        if id.startswith("MiniGrid"):
            import minigrid

            assert minigrid
        env = gym.make(id, **kwargs)
        env.reset(seed=0)
        count = env.action_space.n  # type: ignore[attr-defined]
        actions = random.Random(0).choices(range(count), k=2000)

        def play() -> int:
            for action in actions:
                _, _, terminated, truncated, _ = env.step(action)
                if terminated or truncated:
                    env.reset()
            return len(actions)

        return play

    return start


def floor_steps() -> Callable[[], Round]:
    """Steps of an env that does nothing, through GridWorld's wrappers: all there is to gain."""

    def start() -> Round:
        import gymnasium as gym

        class Nothing(gym.Env[int, int]):
            observation_space: Any = gym.spaces.Discrete(64)
            action_space: Any = gym.spaces.Discrete(4)

            def reset(self, *, seed: Any = None, options: Any = None) -> tuple[int, dict[str, Any]]:
                return 0, {}

            def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
                return 0, 0.0, False, False, {}

        gym.register("Nothing-v0", lambda **_: Nothing(), max_episode_steps=200)
        return gymnasium_steps("Nothing-v0")()

    return start


def random_games(rules: KInARow, count: int) -> list[list[int]]:
    """The actions of random games, drawn beforehand, so that the world alone is timed."""
    draw, games = random.Random(0), []
    for _ in range(count):
        mine, theirs, game = 0, 0, list[int]()
        while not rules.over(mine, theirs):
            game.append(draw.choice(rules.legal_actions(mine, theirs)))
            mine, theirs = theirs, mine | rules.landing(mine, theirs, game[-1])
        games.append(game)
    return games


def board_moves(id: str, rules: KInARow) -> Callable[[], Round]:
    """Moves of one board of ours through `gym.make`, both seats at random."""

    def start() -> Round:
        import gymnasium as gym

        import envs

        assert envs
        env, games = gym.make(id, seat="both"), random_games(rules, 100)
        env.reset(seed=0)

        def play() -> int:
            for game in games:
                env.reset()
                for action in game:
                    env.step(action)
            return sum(map(len, games))

        return play

    return start


def pettingzoo_moves(name: str, rules: KInARow) -> Callable[[], Round]:
    """Moves of a PettingZoo classic game, both seats at random."""

    def start() -> Round:
        from importlib import import_module

        env, games = import_module(f"pettingzoo.classic.{name}").env(), random_games(rules, 20)
        env.reset(seed=0)

        def play() -> int:
            for game in games:
                env.reset()
                for action in game:
                    env.last()
                    env.step(action)
            return sum(map(len, games))

        return play

    return start


def open_spiel_moves(name: str) -> Callable[[], Round]:
    """Moves of OpenSpiel's C++ core called from Python; it makes no observation."""

    def start() -> Round:
        import pyspiel

        game, draw = pyspiel.load_game(name), random.Random(0)

        def play() -> int:
            state, moves = game.new_initial_state(), 0
            while moves < 3000:
                if state.is_terminal():
                    state = game.new_initial_state()
                state.apply_action(draw.choice(state.legal_actions()))
                moves += 1
            return moves

        return play

    return start


def rules_moves(rules: KInARow) -> Callable[[], Round]:
    """Moves of our rules on plain ints; no observation is made, as in OpenSpiel's core."""

    def start() -> Round:
        draw = random.Random(0)

        def play() -> int:
            mine = theirs = moves = 0
            while moves < 3000:
                action = draw.choice(rules.legal_actions(mine, theirs))
                mine, theirs = theirs, mine | rules.landing(mine, theirs, action)
                moves += 1
                if rules.over(mine, theirs):
                    mine = theirs = 0
            return moves

        return play

    return start


def batched_steps(id: str, batch: int, device: str, **kwargs: Any) -> Callable[[], Round]:
    """Random legal steps of our batched world; observation and mask are made."""
    masked = "seat" in kwargs  # elsewhere every action is always legal

    def start() -> Round:
        import gymnasium as gym
        import torch

        import envs
        from envs.batched.world import random_legal

        assert envs
        env: Any = gym.make_vec(
            id, batch, vectorization_mode="vector_entry_point", device=device, **kwargs
        )
        _, info = env.reset(seed=0)
        generator = torch.Generator(device).manual_seed(0)
        steps = max(4, 2**17 // batch)

        def play() -> int:
            nonlocal info
            for _ in range(steps):
                if masked:
                    actions = random_legal(info["action_mask"], generator)
                else:
                    actions = torch.randint(4, (batch,), generator=generator, device=device)
                info = env.step(actions)[4]
            if device != "cpu":
                torch.cuda.synchronize()
            return steps * batch

        return play

    return start


def pgx_moves(name: str, batch: int) -> Callable[[], Round]:
    """Moves of Pgx, jitted and scanned; observation and mask are made and kept alive."""

    def start() -> Round:
        import jax
        import jax.numpy as jnp
        import pgx
        from pgx.experimental import auto_reset

        env: Any = pgx.make(name)
        init, step = jax.vmap(env.init), jax.vmap(auto_reset(env.step, env.init))
        steps = max(4, 2**17 // batch)

        def one(carry: Any, key: Any) -> Any:
            state, seen = carry
            choose, again = jax.random.split(key)
            logits = jnp.where(state.legal_action_mask, 0.0, -jnp.inf)
            action = jax.random.categorical(choose, logits, axis=1)
            state = step(state, action, jax.random.split(again, batch))
            # the sum keeps the compiler from leaving the observation out
            return (state, seen + state.observation.sum()), None

        @jax.jit
        def many(state: Any, key: Any) -> Any:
            return jax.lax.scan(one, (state, jnp.int32(0)), jax.random.split(key, steps))[0]

        state = jax.jit(init)(jax.random.split(jax.random.PRNGKey(0), batch))
        key = jax.random.PRNGKey(1)
        state, _ = many(state, key)

        def play() -> int:
            nonlocal state, key
            key, use = jax.random.split(key)
            state, seen = many(state, use)
            seen.block_until_ready()
            return steps * batch

        return play

    return start


def contestants(device: str) -> Iterator[Contestant]:
    """Everything that is measured, in the order in which it takes its turns."""
    ours = "workshop/GridWorld-v0"
    lake = "gridworld, slippery lake"
    yield Contestant("ours", lake, "envs", gymnasium_steps(ours, map="frozenlake-8x8"))
    yield Contestant(
        "Gymnasium FrozenLake 8x8", lake, "gymnasium", gymnasium_steps("FrozenLake8x8-v1")
    )
    room = "gridworld, empty room"
    yield Contestant("ours", room, "envs", gymnasium_steps(ours, map=empty_map(6, 6)))
    yield Contestant(
        "MiniGrid-Empty-8x8", room, "minigrid", gymnasium_steps("MiniGrid-Empty-8x8-v0")
    )
    yield Contestant("floor", room, "gymnasium", floor_steps())
    for game, id, kwargs in (
        ("gridworld", "workshop/GridWorld-v0", {}),
        ("gridworld, planes", "workshop/GridWorld-v0", {"observation": "planes"}),
        ("duel", "workshop/Duel-v0", {"rows": 7, "cols": 7}),
        ("duel 11 x 11", "workshop/Duel-v0", {}),
    ):
        for batch in BATCHES:
            name = f"ours, batch {batch}"
            start = batched_steps(id, batch, device, **kwargs)
            yield Contestant(name, f"{game}, batched", "envs", start)
    for game, id, zoo, spiel, pgx_name, rules in (
        ("tic-tac-toe", "workshop/TicTacToe-v0", "tictactoe_v3", "tic_tac_toe", "tic_tac_toe",
         TIC_TAC_TOE),
        ("connect-four", "workshop/ConnectFour-v0", "connect_four_v3", "connect_four",
         "connect_four", CONNECT_FOUR),
    ):  # fmt: skip
        yield Contestant("ours", f"{game}, one", "envs", board_moves(id, rules))
        yield Contestant("PettingZoo", f"{game}, one", "pettingzoo", pettingzoo_moves(zoo, rules))
        yield Contestant("ours", f"{game}, rules only", "envs", rules_moves(rules))
        yield Contestant("OpenSpiel", f"{game}, rules only", "pyspiel", open_spiel_moves(spiel))
        for batch in BATCHES:
            name = f"ours, batch {batch}"
            yield Contestant(
                name, f"{game}, batched", "envs", batched_steps(id, batch, device, seat="both")
            )
        for batch in PGX_BATCHES:
            name = f"Pgx, batch {batch}"
            yield Contestant(name, f"{game}, batched", "pgx", pgx_moves(pgx_name, batch))


def measure(device: str, only: str) -> dict[str, Any]:
    """Steps per second of everything installed, and ours over each peer."""
    entrants = [c for c in contestants(device) if only in c.game and find_spec(c.package)]
    absent = sorted({c.package for c in contestants(device) if not find_spec(c.package)})
    rates: dict[str, dict[str, float]] = {}
    for game in dict.fromkeys(c.game for c in entrants):
        field = [c for c in entrants if c.game == game]
        rounds = {c.name: c.start() for c in field}
        found: dict[str, list[float]] = {name: [] for name in rounds}
        for _ in range(ROUNDS):
            for name, play in rounds.items():
                found[name].append(_rate(play))
        rates[game] = {name: statistics.median(values) for name, values in found.items()}
        print(f"{game}: done", file=sys.stderr)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(device),
        "packages": {c: version(c) for c in PACKAGES if find_spec(c.replace("-", "_"))},
        "steps_per_second": {g: {n: round(r) for n, r in f.items()} for g, f in rates.items()},
        "ratios": {game: _ratios(field) for game, field in rates.items()},
        "not_installed": absent,
    }


def machine(device: str) -> dict[str, Any]:
    """What the figures were measured on."""
    import torch

    found: dict[str, Any] = {
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "cpu": platform.processor() or "unknown",
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        "device": device,
    }
    about = Path("/proc/cpuinfo")
    if about.is_file():
        names = [line for line in about.read_text().splitlines() if line.startswith("model name")]
        found["cpu"] = names[0].partition(":")[2].strip() if names else found["cpu"]
    if device != "cpu":
        found["gpu"] = torch.cuda.get_device_name(device)
    return found


def _rate(play: Round) -> float:
    """Steps per second over SECONDS."""
    steps, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        steps += play()
    return steps / (time.perf_counter() - began)


def _ratios(field: dict[str, float]) -> dict[str, float]:
    """Our best over each peer at its best."""
    best: dict[str, float] = {}
    for name, rate in field.items():
        base = name.partition(",")[0]
        best[base] = max(best.get(base, 0.0), rate)
    ours = best.pop("ours")
    return {peer: round(ours / rate, 2) for peer, rate in best.items()}


def main() -> None:
    """Prints a table, or with --json one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--device", default="cpu", help="for our batched worlds")
    parser.add_argument("--only", default="", help="only games whose name holds this")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    found = measure(options.device, options.only)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    for game, field in found["steps_per_second"].items():
        print(f"\n{game}")
        for name, rate in field.items():
            print(f"  {name:<28}{rate:>14,} steps/s")
        for peer, ratio in found["ratios"][game].items():
            print(f"  ours / {peer:<21}{ratio:>14.2f}")
    if found["not_installed"]:
        print(f"\nnot installed: {', '.join(found['not_installed'])}; see --help")


if __name__ == "__main__":
    main()

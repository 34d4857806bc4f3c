"""How fast AlphaZero plays itself: `python -m benchmarks.alphazero --json`.

Connect Four, with a fresh network and the simulations a move of the default settings, three ways:

    batched     ours: the trees of many games as tensors (`agents/tree_search.py`)
    one by one  the search of the common teaching implementations: one position at a time,
                recursively, with dictionaries keyed by (position, action), and the network asked
                for one position at each leaf (`OneByOne`)
    network     nothing but the network, on batches of one position of every game; ours may be
                faster, since on a CPU it asks for no position twice

The one-by-one search gets the rules on Python's whole numbers, which are far faster than the NumPy
boards it usually comes with, and the faster of float32 and bfloat16. All three are measured in
turns within one process, so that what else the machine does hits all alike; told is the median.
A rate by the processor's time is one thread's; it hardly changes when other programs run.

`--device cuda` measures ours and the network on a GPU, for several numbers of games, and beside
them the search of mctx on the Connect Four of Pgx where JAX is installed (`alphazero_mctx.py`).
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import torch

from agents.alphazero import Config, config_for
from agents.policy_value import PolicyValueNetwork, has_bfloat16, make_policy_value
from agents.self_play import SelfPlay
from benchmarks.worlds import machine
from envs.rules.kinarow import KInARow
from envs.rules.solution import Position
from envs.worlds import find_world

RESULTS = Path(__file__).parent / "results"
GAMES = (512, 2_048, 8_192, 32_768)
"""How many games are played at once on a GPU."""
Work = Callable[[], int]
"""Does a little of what is measured; how many simulations, or evaluations, that was."""


class OneByOne:
    """PUCT on one position at a time, as teaching implementations write it.

    Args:
        quick: whether the network computes in bfloat16.
    """

    def __init__(self, rules: KInARow, network: PolicyValueNetwork, quick: bool) -> None:
        self.rules, self.network, self.quick = rules, network, quick
        self.exploration = 1.25
        self.forget()

    def forget(self) -> None:
        """Begins a new game: the tree lasts as long as a game."""
        self.q_value: dict[tuple[Position, int], float] = {}
        self.edge_visits: dict[tuple[Position, int], int] = {}
        self.visits: dict[Position, int] = {}
        self.policy: dict[Position, list[float]] = {}
        self.ended: dict[Position, float | None] = {}

    def search(self, mine: int, theirs: int) -> float:
        """One simulation; what the position is worth to the player who moved before."""
        here, rules = (mine, theirs), self.rules
        if here not in self.ended:
            self.ended[here] = self._result(mine, theirs)
        result = self.ended[here]
        if result is not None:
            return -result
        if here not in self.policy:
            self.policy[here], value = self._ask(mine, theirs)
            self.visits[here] = 0
            return -value
        action = max(rules.legal_actions(mine, theirs), key=partial(self._bound, here))
        value = self.search(theirs, mine | rules.landing(mine, theirs, action))
        edge = here, action
        tried = self.edge_visits.get(edge, 0)
        self.q_value[edge] = (tried * self.q_value.get(edge, 0.0) + value) / (tried + 1)
        self.edge_visits[edge] = tried + 1
        self.visits[here] += 1
        return -value

    def _bound(self, here: Position, action: int) -> float:
        prior, seen = self.policy[here][action], self.visits[here]
        edge = here, action
        if edge not in self.q_value:
            return self.exploration * prior * math.sqrt(seen + 1e-8)
        bonus = self.exploration * prior * math.sqrt(seen) / (1 + self.edge_visits[edge])
        return self.q_value[edge] + bonus

    def _result(self, mine: int, theirs: int) -> float | None:
        """To the player to move; None: the game goes on."""
        if self.rules.lines(theirs):
            return -1.0
        return 0.0 if self.rules.full(mine, theirs) else None

    def _ask(self, mine: int, theirs: int) -> tuple[list[float], float]:
        # whole numbers, as operations on tensors of one position cost it as much as the network
        free = self.rules.board ^ (mine | theirs)
        lacking = (self.rules.completions(stones) & free for stones in (mine, theirs))
        with torch.inference_mode():
            shown = torch.tensor([[mine, theirs, *lacking]])
            logits, values = self.network.read(shown, quick=self.quick)
            odds = logits[0].softmax(0).tolist()
        legal = self.rules.legal_actions(mine, theirs)
        total = sum(odds[action] for action in legal)
        return [odd / total if a in legal else 0.0 for a, odd in enumerate(odds)], float(values)


def one_by_one(rules: KInARow, player: OneByOne, simulations: int) -> Work:
    """Plays itself, each move drawn by its visits; a call makes one move."""
    lots = random.Random(0)
    board = [0, 0]

    def move() -> int:
        mine, theirs = board
        for _ in range(simulations):
            player.search(mine, theirs)
        legal = rules.legal_actions(mine, theirs)
        weights = [player.edge_visits.get(((mine, theirs), action), 0) for action in legal]
        (action,) = lots.choices(legal, weights)
        board[:] = theirs, mine | rules.landing(mine, theirs, action)
        if rules.over(*board):
            board[:] = 0, 0
            player.forget()
        return simulations

    return move


def batched(config: Config, network: PolicyValueNetwork) -> Work:
    """Plays itself as a training does; a call makes a few moves of every game."""
    device = network.cells.device.type
    env = find_world("connect-four").make_batch(config.num_envs, device, 0)
    here = SelfPlay(config, env, torch.Generator(device).manual_seed(0))

    def move() -> int:
        here.play(network)
        return config.rollout * config.num_envs * config.simulations

    return move


def alone(rules: KInARow, config: Config, network: PolicyValueNetwork) -> Work:
    """The network's answers to a batch of positions."""
    stones = torch.randint(1 << 40, (2, config.num_envs)).to(network.cells.device) & rules.board

    def ask() -> int:
        with torch.inference_mode():
            network(*stones, quick=config.bfloat16)
        return config.num_envs

    return ask


def rates(work: Work, seconds: float) -> tuple[float, float]:
    """How many a second, by the clock and by the processor's time."""
    done, clock, processor = 0, time.perf_counter(), time.process_time()
    while time.process_time() - processor < seconds:
        done += work()
    return done / (time.perf_counter() - clock), done / (time.process_time() - processor)


def measure(threads: int, rounds: int, seconds: float) -> dict[str, Any]:
    """All three in turns, on so many threads."""
    torch.set_num_threads(threads)
    config, rules = config_for(find_world("connect-four")), find_world("connect-four").rules
    assert rules is not None
    network = make_policy_value(rules, config.channels, config.blocks, seed=0)
    works = {
        "batched": batched(config, network),
        "one_by_one": one_by_one(rules, OneByOne(rules, network, False), config.simulations),
        "one_by_one_bfloat16": one_by_one(
            rules, OneByOne(rules, network, True), config.simulations
        ),
        "network": alone(rules, config, network),
    }
    for work in works.values():
        work()
    measured = [{name: rates(work, seconds) for name, work in works.items()} for _ in range(rounds)]
    found: dict[str, Any] = {"threads": threads}
    for number, by in enumerate(("clock", "processor")):
        each = [{name: both[number] for name, both in one.items()} for one in measured]
        found[by] = summary(each)
    return found


def on_gpu(games: int, rounds: int, seconds: float) -> dict[str, Any]:
    """Ours and the network in turns, with so many games at once; then mctx, if it is there."""
    config, rules = config_for(find_world("connect-four")), find_world("connect-four").rules
    assert rules is not None
    config = replace(config, num_envs=games)
    network = make_policy_value(rules, config.channels, config.blocks, seed=0).to("cuda")
    works = {"batched": batched(config, network), "network": alone(rules, config, network)}
    for work in works.values():
        work()

    def rate(work: Work) -> float:
        done, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            done += work()
            torch.cuda.synchronize()
        return done / (time.perf_counter() - began)

    measured = [{name: rate(work) for name, work in works.items()} for _ in range(rounds)]
    found = {
        "games": games,
        "simulations_per_second": round(statistics.median(one["batched"] for one in measured)),
        "evaluations_per_second": round(statistics.median(one["network"] for one in measured)),
        "share_of_network": round(
            statistics.median(one["batched"] / one["network"] for one in measured), 3
        ),
    }
    command = [sys.executable, "-m", "benchmarks.alphazero_mctx", f"--games={games}"]
    command += [f"--rounds={rounds}", f"--seconds={seconds}", f"--channels={config.channels}"]
    command += [f"--blocks={config.blocks}", f"--simulations={config.simulations}"]
    torch.cuda.empty_cache()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["?"])[-1]
        return found | {"mctx": f"could not run: {reason}"}
    mctx = json.loads(done.stdout.splitlines()[-1])
    per_second = round(statistics.median(mctx.pop("rates")))
    times = round(found["simulations_per_second"] / per_second, 2)
    return found | {"mctx": {"simulations_per_second": per_second, **mctx}, "times_mctx": times}


def summary(measured: list[dict[str, float]]) -> dict[str, Any]:
    """Medians over the rounds, and those of the ratios within each round."""
    slow = [max(one["one_by_one"], one["one_by_one_bfloat16"]) for one in measured]
    times = [one["batched"] / other for one, other in zip(measured, slow, strict=True)]
    shares = [one["batched"] / one["network"] for one in measured]
    return {
        "simulations_per_second": round(statistics.median(one["batched"] for one in measured)),
        "one_by_one_per_second": round(statistics.median(slow)),
        "evaluations_per_second": round(statistics.median(one["network"] for one in measured)),
        "times_one_by_one": round(statistics.median(times), 1),
        "times_one_by_one_range": [round(min(times), 1), round(max(times), 1)],
        "share_of_network": round(statistics.median(shares), 3),
        "share_of_network_range": [round(min(shares), 3), round(max(shares), 3)],
    }


def main() -> None:
    """Measures, and writes the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the results as JSON only")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="of the processor, for each way in each round"
    )
    options = parser.parse_args()
    config = config_for(find_world("connect-four"))
    gpu = options.device == "cuda"
    found: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(options.device),
        "torch": torch.__version__,
        "bfloat16": config.bfloat16 and has_bfloat16(options.device),
        "channels": config.channels,
        "blocks": config.blocks,
        "simulations": config.simulations,
        "rounds": options.rounds,
    }
    if gpu:
        found["results"] = [on_gpu(n, options.rounds, options.seconds) for n in GAMES]
    else:
        found["games"] = config.num_envs
        found["results"] = [measure(n, options.rounds, options.seconds) for n in options.threads]
    path = RESULTS / ("alphazero-cuda.json" if gpu else "alphazero.json")
    path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if options.json:
        print(json.dumps(found))
        return
    for one in found["results"]:
        print(gpu_line(one) if gpu else cpu_line(one))


def cpu_line(one: dict[str, Any]) -> str:
    """What was found on so many threads."""
    by = one["clock"]
    return (
        f"{one['threads']} threads: {by['simulations_per_second']:,} simulations/s, "
        f"{by['times_one_by_one']} times one by one, "
        f"{by['share_of_network']:.0%} of the network alone"
    )


def gpu_line(one: dict[str, Any]) -> str:
    """What was found with so many games."""
    line = (
        f"{one['games']} games: {one['simulations_per_second']:,} simulations/s, "
        f"{one['share_of_network']:.0%} of the network alone"
    )
    if "times_mctx" not in one:
        return f"{line}; mctx {one['mctx']}"
    return f"{line}; {one['times_mctx']} times mctx ({one['mctx']['simulations_per_second']:,}/s)"


if __name__ == "__main__":
    main()

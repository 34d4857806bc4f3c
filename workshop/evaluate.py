"""`workshop evaluate ENV AGENT`: how strong is it? Against the truth, with intervals."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import tyro

from agents.agent import Agent, make_agent
from agents.human import HumanAgent
from agents.minimax import Search
from envs.board import board_percept
from envs.names import BadInput
from envs.rules.kinarow import KInARow
from envs.worlds import World, find_world
from workshop.estimate import EPISODES, make_envs, play_episodes, rival_name
from workshop.matches import episode_seed, meet
from workshop.statistics import bootstrap_interval
from workshop.truth import exact_measure

LABELLED = 200
"""How many positions of a board too large to enumerate are solved to the end."""
EMPTY_CELLS = {True: 14, False: 9}
"""How many cells are free in them, with gravity and without: what can be searched to the end."""


@dataclass
class Options:
    """What to measure."""

    world: tyro.conf.Positional[str]
    """tictactoe, connect-four, gridworld:map=cliff, ... or any Gymnasium id."""
    agent: tyro.conf.Positional[str]
    """random, minimax:depth=4, runs/..."""
    against: str | None = None
    """Another agent: compare the two, by games in both seats or on the same episodes."""
    episodes: int = 100
    """Episodes played; in games of two against a random opponent, in a random seat."""
    seed: int = 0
    """Of the episodes and of the agent."""
    json: bool = False
    """Print one JSON object and nothing else."""


def run(options: Options) -> int:
    """Measures, and prints a table or JSON."""
    if options.episodes < 1:
        raise BadInput(f"--episodes must be at least 1, not {options.episodes}")
    world = find_world(options.world)
    agent = _agent(options.agent, world, options.seed)
    found: dict[str, Any] = {"env": options.world, "agent": options.agent, "seed": options.seed}
    if options.against is None:
        found |= evaluate(world, agent, options.episodes, options.seed)
    else:
        other = _agent(options.against, world, options.seed + 1)
        found["against"] = options.against
        found |= meet(world, agent, other, options.episodes, options.seed)
    if options.json:
        print(json.dumps(found))
    elif "wins" in found:
        _print_match(found)
    else:
        _print_table(found)
    return 0


def _agent(name: str, world: World, seed: int) -> Agent:
    """An agent that can be measured without anybody waiting."""
    agent = make_agent(name, world, seed)
    if isinstance(agent, HumanAgent):
        raise BadInput("a person cannot be evaluated; play instead: workshop play")
    return agent


def evaluate(world: World, agent: Agent, episodes: int, seed: int) -> dict[str, Any]:
    """Every figure that is known for this kind of world.

    `mean_return` is over `episodes` seeded episodes with `ci95`, its percentile-bootstrap interval.
    The rest is exact (`workshop.truth`), or on positions solved to the end.
    """
    seeds = [episode_seed(seed, number) for number in range(episodes)]
    envs = make_envs(world, min(EPISODES, episodes), seed)
    returns, _, ends_well = play_episodes(envs, agent, seeds)
    found: dict[str, Any] = {"episodes": episodes}
    if world.two_player:
        results = {"won": returns > 0, "drawn": returns == 0, "lost": returns < 0}
        found["opponent"] = rival_name(world)
        found |= {name: int(rows.sum()) for name, rows in results.items()}
    found |= {
        "mean_return": round(float(returns.mean()), 6),
        "ci95": [round(bound, 6) for bound in bootstrap_interval(returns, seed=seed)],
    }
    measure = exact_measure(world)
    if measure is not None:
        exact = measure(agent)
        exact.pop("greedy_return", None)
        found.update(exact)
    elif world.rules is not None:
        found.update(solved_positions(world.rules, agent, seed))
    if world.is_gridworld:
        found["success_rate"] = float(ends_well.mean())
    return found


def solved_positions(rules: KInARow, agent: Agent, seed: int) -> dict[str, Any]:
    """How an agent plays late positions that are solved to the end.

    `kept_value_rate`: the move keeps the win or draw there is. `perfect_move_rate`: no move wins
    sooner, or loses later.
    """
    rng = np.random.default_rng(seed)
    search = Search(rules, rules.rows * rules.cols)
    kept = perfect = 0
    for _ in range(LABELLED):
        mine, theirs = random_position(rules, rng)
        values = search.values(mine, theirs)
        player = (mine | theirs).bit_count() % 2
        value = values[agent.act(board_percept(rules, mine, theirs, player))]
        best = max(values.values())
        kept += bool(np.sign(value) == np.sign(best))
        perfect += value >= best - 1e-9
    return {
        "positions": LABELLED,
        "empty_cells": EMPTY_CELLS[rules.gravity],
        "kept_value_rate": kept / LABELLED,
        "perfect_move_rate": perfect / LABELLED,
    }


def random_position(rules: KInARow, rng: np.random.Generator) -> tuple[int, int]:
    """A position with few free cells (`EMPTY_CELLS`), by random moves, in which nobody has won."""
    cells = rules.rows * rules.cols
    while True:
        mine = theirs = 0
        while not rules.over(mine, theirs):
            if cells - (mine | theirs).bit_count() == EMPTY_CELLS[rules.gravity]:
                return mine, theirs
            action = int(rng.choice(rules.legal_actions(mine, theirs)))
            mine, theirs = theirs, mine | rules.landing(mine, theirs, action)


def _print_table(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    rival = f" and {found['against']}" if "against" in found else ""
    table = Table(title=f"{found['agent']}{rival} on {found['env']}", title_justify="left")
    table.add_column("measure")
    table.add_column("value", justify="right")
    for name, value in found.items():
        if name in ("env", "agent", "against"):
            continue
        if name.endswith("ci95"):
            value = f"{value[0]:.3f} to {value[1]:.3f}"
        elif name.endswith(("_rate", "_agreement")) or name == "relative_regret":
            value = f"{value:.2%}"
        elif name == "game_value":
            value = {1: "won by the first player", 0: "a draw"}.get(
                value, "won by the second player"
            )
        elif isinstance(value, bool):
            forced = ": one seat is lost against best play" if found.get("game_value") else ""
            value = "yes: no reply beats it" if value else f"no{forced}"
        elif isinstance(value, float):
            value = f"{value:.3f}"
        table.add_row(name.replace("_", " "), str(value))
    Console().print(table)


def _print_match(found: dict[str, Any]) -> None:
    """The results of a match: a row for each seat, and one for both."""
    from rich.console import Console
    from rich.table import Table

    title = f"{found['agent']} against {found['against']} on {found['env']}"
    table = Table(title=title, title_justify="left")
    for column in ("seat", "won", "drawn", "lost", "win rate", "95 %", "score", "95 %"):
        table.add_column(column, justify="left" if column == "seat" else "right", no_wrap=True)
    for name, row in (("first", found["first"]), ("second", found["second"]), ("both", found)):
        low, high = row["win_rate_ci95"]
        score = row["score_ci95"]
        table.add_row(
            name,
            *(str(row[result]) for result in ("wins", "draws", "losses")),
            f"{row['win_rate']:.1%}",
            f"{100 * low:.1f}-{high:.1%}",
            f"{row['score']:.3f}",
            f"{score[0]:.3f}-{score[1]:.3f}" if score else "one start",
        )
    console = Console()
    console.print(table)
    left_out = found["repeats_left_out"]
    told = f"; {left_out} that repeated were left out" if left_out else ""
    console.print(f"{found['games']} games from {found['starts']} starts, both seats each{told}")

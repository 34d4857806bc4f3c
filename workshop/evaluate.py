"""`workshop evaluate ENV AGENT`: how strong is it? Against the truth, with intervals."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import tyro
from rich.console import Console

from agents.agent import Agent, make_agent
from agents.human import HumanAgent
from arena.statistics import bootstrap_interval
from envs.names import BadInput
from envs.worlds import World, find_world
from workshop.estimate import EPISODES, make_envs, play_episodes, rival_name
from workshop.ladder import check_ladder, climb
from workshop.matches import episode_seed, meet
from workshop.over_time import print_over_time, strength_over_time
from workshop.positions import evaluate_positions, on_positions
from workshop.truth import exact_measure


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
    """Episodes played; in games of two against a random opponent, in a random seat. With --against
    about so many games: every start is played, at least once from each seat."""
    positions: int | None = None
    """On boards too large to know all of: how many solved positions are shown to the agent. By
    default all 2,000 labelled ones of Connect Four, which a slow agent needs long for; else 200."""
    ladder: int | None = None
    """On boards, also the games of every opening against random, one ply, minimax of 1 to so many
    plies, and UCT. Each ply takes several times as long as the one before; 8 is the most."""
    history: bool = False
    """The agent is a run folder: measure it as it was at each checkpoint, and play no episodes."""
    seed: int = 0
    """Of the episodes, of the choice of positions and of the agent."""
    json: bool = False
    """Print one JSON object and nothing else."""


def run(options: Options) -> int:
    """Measures, and prints a table or JSON."""
    if options.episodes < 1:
        raise BadInput(f"--episodes must be at least 1, not {options.episodes}")
    world = find_world(options.world)
    if options.ladder is not None:
        if options.against is not None:
            raise BadInput("--ladder has opponents of its own; leave --against away")
        check_ladder(world, options.ladder)
    if options.positions is not None and not on_positions(world.rules):
        raise BadInput(f"--positions is for boards too large to know all of, not {world.name}")
    if options.history:
        return _history(options, world)
    agent = _agent(options.agent, world, options.seed)
    found: dict[str, Any] = {"env": options.world, "agent": options.agent, "seed": options.seed}
    if options.against is None:
        found |= evaluate(world, agent, options.episodes, options.seed, options.positions)
        if options.ladder is not None:
            console = Console(stderr=True)
            found["ladder"] = climb(world, agent, options.ladder, options.seed, console)
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


def _history(options: Options, world: World) -> int:
    if options.against is not None:
        raise BadInput("--history measures a run by itself; leave --against away")
    rows = strength_over_time(
        world, options.agent, options.seed, options.positions, options.ladder, Console(stderr=True)
    )
    if options.json:
        told = {"env": options.world, "agent": options.agent, "seed": options.seed}
        print(json.dumps({**told, "history": rows}))
    else:
        print_over_time(f"{options.agent} on {options.world}", rows)
    return 0


def _agent(name: str, world: World, seed: int) -> Agent:
    """An agent that can be measured without anybody waiting."""
    agent = make_agent(name, world, seed)
    if isinstance(agent, HumanAgent):
        raise BadInput("a person cannot be evaluated; play instead: workshop play")
    return agent


def evaluate(
    world: World, agent: Agent, episodes: int, seed: int, positions: int | None = None
) -> dict[str, Any]:
    """Every figure that is known for this kind of world.

    `mean_return` is over `episodes` seeded episodes with `ci95`, its percentile-bootstrap interval.
    The rest is exact (`workshop.truth`), or on positions of which the truth is known.

    Raises:
        BadInput: there are not so many positions, or none.
    """
    rules = world.rules
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
    if on_positions(rules):
        assert rules is not None
        found |= evaluate_positions(rules, agent, positions, seed, Console(stderr=True))
    elif (measure := exact_measure(world)) is not None:
        exact = measure(agent)
        exact.pop("greedy_return", None)
        found.update(exact)
    if world.is_gridworld:
        found["success_rate"] = float(ends_well.mean())
    return found


def _print_table(found: dict[str, Any]) -> None:
    from rich.table import Table

    rival = f" and {found['against']}" if "against" in found else ""
    table = Table(title=f"{found['agent']}{rival} on {found['env']}", title_justify="left")
    table.add_column("measure")
    table.add_column("value", justify="right")
    for name, value in found.items():
        if name in ("env", "agent", "against", "by_class", "by_stage", "ladder"):
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
    for name, part in found.get("by_class", {}).items():
        kept, perfect = part["kept_value_rate"], part["perfect_move_rate"]
        told = f"{kept:.1%} kept, {perfect:.1%} perfect"
        table.add_row(f"{name}, {part['positions']} positions", told)
    Console().print(table)
    if "ladder" in found:
        _print_ladder(found["ladder"])


def _print_ladder(rungs: list[dict[str, Any]]) -> None:
    """A row for each opponent, both seats together."""
    from rich.table import Table

    table = Table(title="every opening in both seats", title_justify="left")
    for column in ("against", "won", "drawn", "lost", "win rate", "95 %"):
        table.add_column(column, justify="left" if column == "against" else "right", no_wrap=True)
    for rung in rungs:
        low, high = rung["win_rate_ci95"]
        table.add_row(
            rung["against"],
            *(str(rung[result]) for result in ("wins", "draws", "losses")),
            f"{rung['win_rate']:.1%}",
            f"{100 * low:.0f}-{high:.0%}",
        )
    Console().print(table)


def _print_match(found: dict[str, Any]) -> None:
    """The results of a match: a row for each seat, and one for both."""
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

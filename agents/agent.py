"""The one seam: `action = agent.act(percept)`; and the names by which agents are made."""

from __future__ import annotations

import inspect
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    NamedTuple,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np

from envs.names import BadInput, Option, nearest, parse_name
from envs.percept import Percept

if TYPE_CHECKING:
    from envs.worlds import World


C = TypeVar("C")
SHARES = ("probability", "visits")
"""The meanings of scores that add up to 1."""
RANKS = ("score",)
"""The meanings of scores that put actions in order, and say nothing about who is ahead."""


@dataclass(frozen=True)
class Thoughts:
    """How an agent rates its actions; the window paints it over the cells."""

    scores: np.ndarray
    """float (actions,): higher is better; NaN where an action is illegal."""
    meaning: str
    """What a score is: `Q-value`, `minimax value`, ..."""
    note: str = ""
    """One line beside the scores: `rule 3: make a fork`."""
    marked: tuple[int, ...] = ()
    """States of a gridworld to point out: the frontier of a search."""
    estimate: float | None = None
    """What there is to win from here on, where the scores do not say so."""

    @property
    def are_shares(self) -> bool:
        """Whether the scores are shares of a whole: how often, and not how good."""
        return self.meaning in SHARES

    @property
    def are_values(self) -> bool:
        """Whether the scores say what there is to win: the best is the value of the position."""
        return self.meaning not in (*SHARES, *RANKS)

    @property
    def value(self) -> float | None:
        """What there is to win from here on, to whoever is to move; None if it is not told."""
        if self.estimate is None and self.are_values and self.best is not None:
            return float(self.scores[self.best])
        return self.estimate

    @property
    def best(self) -> int | None:
        """The action rated highest, the first of equals; None if no action is rated."""
        return None if np.isnan(self.scores).all() else int(np.nanargmax(self.scores))

    @property
    def only_best(self) -> int | None:
        """The action rated higher than all others; None if there is none."""
        alone = self.best is not None and np.sum(self.scores == self.scores[self.best]) == 1
        return self.best if alone else None


class Branch(NamedTuple):
    """A move in a search tree, and what the search made of it."""

    action: int
    value: float
    """To whoever makes the move; NaN: it was never looked at."""
    at_most: bool = False
    """Whether it is only known to be worth no more than that, which was enough."""
    visits: int = 0
    """How often it was tried, where a search counts that."""
    pruned: bool = False
    """Whether it was left out because it cannot change the answer."""
    replies: tuple[Branch, ...] = ()
    """The moves after it, in the order in which they were looked at."""


class Agent:
    """A mind. A subclass implements `act`, and `think` if it can say how it rates its actions."""

    has_memory = False
    """Whether what it does depends on earlier percepts: it then plays one episode at a time."""
    lots: np.random.Generator | random.Random | None = None
    """What it draws lots from, if it does."""
    unwanted: Event | None = None
    """Is set when nobody waits for the answer any more: a search that may be long looks at it."""

    def act(self, percept: Percept) -> int:
        """The action to perform, one of `percept.legal_actions`."""
        raise NotImplementedError

    def think(self, percept: Percept) -> Thoughts | None:
        """How the agent rates the actions it has; None if it does not."""
        return None

    def ahead(self, percept: Percept, plies: int = 3) -> tuple[Branch, ...]:
        """The first plies of the tree that it searches; empty if it searches none."""
        return ()

    def act_many(self, percepts: list[Percept]) -> list[int]:
        """`act` for each of many independent percepts; a network answers them in one batch."""
        return [self.act(percept) for percept in percepts]

    def forget(self) -> None:
        """Forgets earlier percepts, if it keeps any: its dice alone decide what it does next."""

    def save(self, path: Path) -> None:
        """Writes what the agent has learned, as safetensors."""
        raise NotImplementedError

    def load(self, path: Path) -> None:
        """Reads what `save` wrote."""
        raise NotImplementedError


class AgentSpec(NamedTuple):
    """Where an agent's code is."""

    module: str
    class_name: str
    summary: str
    trains_on: Literal["one world", "a batch", "several worlds"] | None = None
    """What its module's `train` takes: None if it does not learn."""


AGENTS = {
    "random": AgentSpec("agents.random_legal", "RandomAgent", "a uniformly random legal action"),
    "human": AgentSpec("agents.human", "HumanAgent", "you: by mouse, keys or at the terminal"),
    "minimax": AgentSpec(
        "agents.minimax", "MinimaxAgent", "alpha-beta search; depth=N or seconds=N"
    ),
    "mcts": AgentSpec("agents.mcts", "MCTSAgent", "Monte Carlo tree search; simulations=N games"),
    "champion": AgentSpec(
        "agents.champion",
        "make_champion",
        "Connect Four: AlphaZero, trained before; simulations=N positions a move",
    ),
    "expert": AgentSpec(
        "agents.expert_system", "ExpertSystemAgent", "tic-tac-toe: eight if-then rules of people"
    ),
    "table-driven": AgentSpec(
        "agents.table_driven",
        "TableDrivenAgent",
        "small gridworlds: looks up all it has perceived",
    ),
    "simple-reflex": AgentSpec(
        "agents.simple_reflex",
        "SimpleReflexAgent",
        "gridworld:observation=local: acts on what it sees now",
    ),
    "model-based-reflex": AgentSpec(
        "agents.model_based",
        "ModelBasedReflexAgent",
        "gridworld:observation=local: draws a map while it walks",
    ),
    "breadth-first": AgentSpec(
        "agents.goal_based", "BreadthFirstAgent", "gridworld: plans a shortest way to the goal"
    ),
    "a-star": AgentSpec(
        "agents.goal_based", "AStarAgent", "gridworld: the same, led by an estimate"
    ),
    "utility-based": AgentSpec(
        "agents.utility_based",
        "UtilityBasedAgent",
        "gridworld: weighs what a step may lead to; slips too",
    ),
    "random-safe": AgentSpec(
        "agents.light_cycles", "RandomSafeAgent", "Duel: any direction that leads into no wall"
    ),
    "wall-hugger": AgentSpec(
        "agents.light_cycles", "WallHuggerAgent", "Duel: stays beside walls, wastes no room"
    ),
    "voronoi": AgentSpec(
        "agents.light_cycles", "VoronoiAgent", "Duel: keeps the cells it reaches first"
    ),
    "value-iteration": AgentSpec(
        "agents.value_iteration",
        "ValueIterationAgent",
        "plans on the model of a gridworld: sweeps of Bellman backups",
        "one world",
    ),
    "policy-iteration": AgentSpec(
        "agents.policy_iteration",
        "PolicyIterationAgent",
        "plans on the model of a gridworld: evaluates a policy, improves it",
        "one world",
    ),
    "monte-carlo": AgentSpec(
        "agents.monte_carlo",
        "MonteCarloAgent",
        "a table of Q-values, from the returns of whole episodes",
        "one world",
    ),
    "sarsa": AgentSpec(
        "agents.sarsa",
        "SarsaAgent",
        "a table of Q-values, about the policy that is followed",
        "one world",
    ),
    "expected-sarsa": AgentSpec(
        "agents.expected_sarsa",
        "ExpectedSarsaAgent",
        "the same, by the mean over the next action",
        "one world",
    ),
    "q-learning": AgentSpec(
        "agents.q_learning",
        "QLearningAgent",
        "a table of Q-values, one step at a time",
        "one world",
    ),
    "perceptron": AgentSpec(
        "agents.perceptron",
        "PerceptronAgent",
        "boards: one layer of weights, corrected by minimax where it errs",
        "one world",
    ),
    "reinforce": AgentSpec(
        "agents.reinforce", "ReinforceAgent", "a policy learned from whole returns", "a batch"
    ),
    "a2c": AgentSpec(
        "agents.a2c", "A2CAgent", "a policy and its critic, learned together", "a batch"
    ),
    "ppo": AgentSpec(
        "agents.ppo", "PPOAgent", "A2C that goes over its experience several times", "a batch"
    ),
    "dyna-q": AgentSpec(
        "agents.dyna_q",
        "DynaQAgent",
        "Q-learning that also practises on a learned model",
        "one world",
    ),
    "dqn": AgentSpec(
        "agents.dqn", "DQNAgent", "a network of Q-values, double, masked, batched", "a batch"
    ),
    "alphazero": AgentSpec(
        "agents.alphazero",
        "AlphaZeroAgent",
        "boards: a network and a tree search that teach each other; runs/...:simulations=N",
        "a batch",
    ),
    "sb3-dqn": AgentSpec(
        "agents.sb3_dqn",
        "SB3DQNAgent",
        "Stable-Baselines3's DQN; or path=MODEL.zip, made elsewhere",
        "several worlds",
    ),
    "sb3-ppo": AgentSpec(
        "agents.sb3_ppo",
        "SB3PPOAgent",
        "Stable-Baselines3's PPO; or path=MODEL.zip, made elsewhere",
        "several worlds",
    ),
    "sb3-a2c": AgentSpec(
        "agents.sb3_a2c",
        "SB3A2CAgent",
        "Stable-Baselines3's A2C; or path=MODEL.zip, made elsewhere",
        "several worlds",
    ),
    "sb3-maskable-ppo": AgentSpec(
        "agents.sb3_maskable_ppo",
        "SB3MaskablePPOAgent",
        "sb3-contrib's PPO with action masks; or path=MODEL.zip",
        "several worlds",
    ),
}
"""Every agent, by the name it has on the command line."""


def agent_spec(name: str, *, learners_only: bool = False) -> AgentSpec:
    """The entry of a built-in agent.

    Raises:
        BadInput: there is none of this name (or it cannot learn).
    """
    choices = [n for n, spec in AGENTS.items() if spec.trains_on or not learners_only]
    if name in AGENTS and name not in choices:
        raise BadInput(f"{name} does not learn; those that do: {', '.join(choices)}")
    if name not in choices:
        kind = "learning agent" if learners_only else "agent"
        raise BadInput(f"no {kind} {name!r}; {nearest(name, choices)}")
    return AGENTS[name]


def make_agent(name: str, world: World, seed: int | None = None) -> Agent:
    """The agent called `name` for `world`.

    Args:
        name: a built-in with options (`minimax:depth=4`), a run folder (`runs/dqn-...`, with
            options if it has any: `runs/alphazero-...:simulations=200`), or a learner of SB3's
            with the zip of its model (`sb3-ppo:path=model.zip`).
        world: where it is to act.
        seed: of the agent's own random choices.

    Raises:
        BadInput: no such agent, option or folder, or it was trained for another world.
    """
    folder, options = split_folder(name)
    if (folder / "agent").is_dir():
        return load_agent(folder / "agent", world, seed, options)
    if (folder / "weights.safetensors").is_file():
        return load_agent(folder, world, seed, options)
    base, options = parse_name(name)
    if Path(name).suffix == ".py" and Path(name).is_file():
        raise BadInput(
            f"{name} is a bot, and a bot is measured by its games: "
            f"workshop compare {world.name} {name} random"
        )
    if base not in AGENTS and ("/" in name or "\\" in name or Path(name).exists()):
        seeds = sorted(Path(name).glob("seed*/agent"))
        hint = f"; it is a group of seeds, name one: {seeds[0].parent}" if seeds else ""
        raise BadInput(f"{name}: there is no trained agent in this folder{hint}")
    spec = agent_spec(base)
    factory = getattr(import_module(spec.module), spec.class_name)
    if spec.trains_on:
        factory = getattr(factory, "from_file", None) if options else None
        if factory is None:
            raise BadInput(
                f"{base} has to be trained first: workshop train {base} {world.name}; "
                "then give its run folder here"
            )
    check_options(base, factory, options)
    return factory(world=world, seed=seed, **options)


def split_folder(name: str) -> tuple[Path, dict[str, Option]]:
    """A folder and the options behind it: `runs/alphazero-...:simulations=200`; else no options."""
    folder, colon, options = name.rpartition(":")
    if colon and "=" in options and not Path(name).exists() and Path(folder).is_dir():
        return Path(folder), parse_name(f"options:{options}").options
    return Path(name), {}


def check_options(name: str, factory: Any, options: Mapping[str, Option]) -> None:
    """Raises BadInput if what makes the agent called `name` takes no such options."""
    given = ("world", "seed", "config")
    known = [option for option in inspect.signature(factory).parameters if option not in given]
    for option in options:
        if option not in known:
            raise BadInput(f"{name} has no option {option!r}; {nearest(option, known)}")


def save_agent(agent: Agent, folder: Path, about: Mapping[str, object]) -> None:
    """Writes an agent into `folder` so that `load_agent` makes it again.

    Args:
        about: `algorithm`, `world`, and `config`, the Config as a dict.
    """
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / "config.partial"
    partial.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    partial.replace(folder / "config.json")
    partial = folder / "weights.partial"
    agent.save(partial)
    partial.replace(folder / "weights.safetensors")  # last: where it is, the rest is


def read_config(algorithm: str, saved: Mapping[str, Any]) -> Any:
    """The Config of an algorithm from its fields as JSON holds them.

    Raises:
        BadInput: there is no such field, or a value is of another type or out of range.
    """
    module = import_module(agent_spec(algorithm, learners_only=True).module)
    return read_settings(module.Config, algorithm, saved)


def read_settings(kind: type[C], owner: str, saved: Mapping[str, Any]) -> C:
    """The dataclass `kind` from its fields as JSON holds them.

    Args:
        owner: whose settings they are.

    Raises:
        BadInput: there is no such field, or a value is of another type.
        ValueError: one is out of range.
    """
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    for name in saved:
        if name not in known:
            raise BadInput(f"{owner} has no setting {name!r}; {nearest(name, known)}")
    check_types(kind, saved)
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in saved.items()})


def check_types(kind: type, saved: Mapping[str, Any]) -> None:
    """Raises BadInput unless what was read from JSON fits the fields of the dataclass `kind`."""
    for name, declared in get_type_hints(kind).items():
        if name in saved and not _fits(saved[name], declared):
            wanted = getattr(declared, "__name__", declared)
            raise BadInput(f"{name} must be {wanted}, not {saved[name]!r}")


def _fits(value: Any, declared: Any) -> bool:
    origin, inner = get_origin(declared), get_args(declared)
    if origin is Literal:
        return value in inner
    if origin is tuple:
        return isinstance(value, list | tuple) and all(_fits(one, inner[0]) for one in value)
    if declared is float:
        return type(value) in (int, float)
    return type(value) is (origin or declared)  # a bool is no int here


def load_agent(
    folder: Path,
    world: World | None = None,
    seed: int | None = None,
    options: Mapping[str, Option] | None = None,
) -> Agent:
    """The trained agent in `folder`.

    Args:
        options: how it is to play, where its class leaves a choice.

    Raises:
        BadInput: it cannot be read, or it was trained for another world than `world`.
    """
    from envs.worlds import find_world

    try:
        about = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        algorithm, config = about["algorithm"], about["config"]
        trained_for = find_world(about["world"], about.get("map", ""))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{folder / 'config.json'}: cannot be read: {error!r}") from None
    if world is not None and not trained_for.plays_like(world):
        other = "another version of " if trained_for.name == world.name else ""
        raise BadInput(f"{folder} was trained for {other}{trained_for.name}, not for {world.name}")
    spec = agent_spec(algorithm, learners_only=True)
    settings = read_config(algorithm, config)
    agent_class = getattr(import_module(spec.module), spec.class_name)
    check_options(algorithm, agent_class, options or {})
    agent: Agent = agent_class(trained_for, settings, seed=seed, **(options or {}))
    try:
        agent.load(folder / "weights.safetensors")
    except Exception as error:  # a damaged file can fail in any way the reader knows
        reason = " ".join(str(error).split())[:200]
        raise BadInput(f"{folder / 'weights.safetensors'}: cannot be read: {reason}") from None
    return agent

"""The agents that come with the workshop, trained before; beside each, how that was done.

They lie in `agents/champions/`, one folder a world, as `workshop train` saves them.
"""

from __future__ import annotations

from pathlib import Path

from agents.agent import Agent, load_agent
from envs.names import BadInput
from envs.worlds import World, find_world

FOLDER = Path(__file__).parent / "champions"


def make_champion(world: World, seed: int | None = None, simulations: int = 200) -> Agent:
    """The champion of `world`.

    Args:
        seed: unused: the same percept always gets the same answer.
        simulations: positions looked at for each move; 0: the network alone.

    Raises:
        BadInput: `world` has none, or there is no such number of simulations.
    """
    folders = sorted(path for path in FOLDER.iterdir() if path.is_dir())
    for folder in folders:
        if find_world(folder.name).plays_like(world):
            return load_agent(folder, world, seed, {"simulations": simulations})
    there = ", ".join(folder.name for folder in folders)
    raise BadInput(f"there is no champion of {world.name}; there is one of {there}")

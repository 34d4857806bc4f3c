"""A person. The window answers for it by mouse and keys; without a window it asks the terminal."""

from __future__ import annotations

from agents.agent import Agent
from envs.percept import Percept
from envs.worlds import World


class HumanAgent(Agent):
    """Asks whoever sits at the keyboard."""

    def __init__(self, world: World, seed: int | None = None) -> None:
        self._world = world

    def act(self, percept: Percept) -> int:
        """Shows the legal actions and reads one from the terminal."""
        legal = ", ".join(f"{a} {self._world.action_name(a)}" for a in percept.legal_actions)
        while True:
            answer = input(f"your move ({legal}): ").strip()
            if answer.isdecimal() and int(answer) in percept.legal_actions:
                return int(answer)
            print(f"{answer!r} is not legal here")

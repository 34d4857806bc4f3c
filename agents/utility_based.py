"""A utility-based agent: where steps are uncertain, choose the action of the greatest expectation.

A goal says only what is good, not how good a risk is. The expected utility of an action is that of
what it may lead to, weighed by how likely that is::

    U(s) = max_a sum_s' P(s' | s, a) * (reward + discount * U(s'))

Value iteration on the world's own `Grid` solves this exactly, before the first step. The best
action does not depend on the time left, which the agent does not perceive.

Source: Russell & Norvig, "Artificial Intelligence: A Modern Approach", 4th ed., sections 2.4.5 and
17.1 to 17.2.
"""

from __future__ import annotations

from agents.agent import Agent, Thoughts
from agents.goal_based import given_model
from envs.names import BadInput
from envs.percept import Percept
from envs.worlds import World


class UtilityBasedAgent(Agent):
    """Takes the action of the greatest expected utility.

    Args:
        world: a gridworld with one map, in which the agent perceives its state.
        seed: unused: the same percept always gets the same answer.
        discount: what utility is worth one step later.

    Raises:
        BadInput: the world is another, or the discount is not between 0 and 1.
    """

    def __init__(self, world: World, seed: int | None = None, discount: float = 0.99) -> None:
        if not isinstance(discount, int | float) or not 0 <= discount < 1:
            raise BadInput(f"utility-based: discount lies between 0 and 1, not {discount}")
        self.expected = given_model(world, "utility-based").solve(discount).q_value
        """(states, actions): the expected utility of each action."""

    def act(self, percept: Percept) -> int:
        """The first of the best actions."""
        return int(self.expected[int(percept.observation)].argmax())

    def think(self, percept: Percept) -> Thoughts:
        """The expected utility of every action."""
        return Thoughts(self.expected[int(percept.observation)], "expected utility")

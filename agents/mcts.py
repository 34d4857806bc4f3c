"""Monte Carlo tree search: try moves out at random, and try the promising ones more often.

Each simulation walks down the tree from the present position. In a position whose moves have all
been tried it takes the one with the greatest upper confidence bound (UCT)::

    UCT(a) = mean(a) + exploration * sqrt(ln(visits) / visits(a))

adds the first position that is new, plays from there at random to the end of the game, and adds
the result to every position on the way, with its sign swapped from player to player. What is
played is the move visited most often. Nothing is known beforehand but the rules.

One deviation: a move that wins at once has no bound but is taken always, as a perfect player would.

Sources: L. Kocsis and C. Szepesvári, "Bandit based Monte-Carlo Planning", 2006; R. Coulom,
"Efficient Selectivity and Backup Operators in Monte-Carlo Tree Search", 2006.
"""

from __future__ import annotations

import math
import random

import numpy as np

from agents.agent import Agent, Branch, Thoughts
from envs.names import BadInput
from envs.percept import Percept
from envs.rules.kinarow import KInARow
from envs.worlds import World


class Node:
    """A position in the tree, seen by the player to move, and what its simulations came to."""

    def __init__(self, rules: KInARow, mine: int, theirs: int) -> None:
        self.mine, self.theirs = mine, theirs
        self.result = result(rules, mine, theirs)
        """What the game came to, to the player to move; None while it goes on."""
        self.untried = list(rules.legal_actions(mine, theirs)) if self.result is None else []
        self.children: dict[int, Node] = {}
        """The positions after the moves tried so far, by action."""
        self.visits = 0
        self.total = 0.0
        """The sum of the results of all visits, to the player to move."""

    @property
    def mean(self) -> float:
        """The mean result, to the player to move."""
        return self.total / self.visits


class MCTSAgent(Agent):
    """Plays the move that its simulations visited most.

    Args:
        world: a board game.
        seed: of the random games.
        simulations: games tried out for each move.
        exploration: how much a move gains by having been tried seldom.

    Raises:
        BadInput: the world is no board game, or an option is out of range.
    """

    def __init__(
        self,
        world: World,
        seed: int | None = None,
        simulations: int = 400,
        exploration: float = 1.4,
    ) -> None:
        if world.rules is None:
            raise BadInput(f"mcts plays board games; {world.name} is none")
        if not isinstance(simulations, int) or simulations < 1:
            raise BadInput(f"mcts: simulations is a number of games, 1 or more, not {simulations}")
        if not isinstance(exploration, int | float) or not 0 <= exploration < math.inf:
            raise BadInput(f"mcts: exploration is a number, 0 or more, not {exploration}")
        self.rules = world.rules
        self.simulations, self.exploration = simulations, float(exploration)
        self.lots: random.Random = random.Random(seed)
        self._root: Node | None = None

    def act(self, percept: Percept) -> int:
        """The move visited most; of equals the one with the better results."""
        moves = self.search(percept).children
        return max(moves, key=lambda action: (moves[action].visits, -moves[action].mean))

    def think(self, percept: Percept) -> Thoughts:
        """The share of the simulations that began with each move."""
        root = self.search(percept)
        scores = np.full(len(percept.action_mask), np.nan)
        scores[list(percept.legal_actions)] = 0.0
        for action, child in root.children.items():
            scores[action] = child.visits / root.visits
        return Thoughts(scores, "visits", f"{root.visits} games, mean result {root.mean:+.2f}")

    def ahead(self, percept: Percept, plies: int = 3) -> tuple[Branch, ...]:
        """The moves that its simulations tried, those tried most first."""
        return branches(self.search(percept), plies)

    def search(self, percept: Percept) -> Node:
        """The tree of the position; that of the last one is kept, so think and act share it."""
        assert percept.board is not None
        position = self.rules.from_board(percept.board)
        if self._root is None or (self._root.mine, self._root.theirs) != position:
            self._root = grow(self.rules, *position, self.simulations, self.exploration, self.lots)
        return self._root

    def forget(self) -> None:
        """Forgets the tree of the last position."""
        self._root = None


def branches(node: Node, plies: int) -> tuple[Branch, ...]:
    """The first `plies` below a node."""
    if not plies:
        return ()
    tried = sorted(node.children.items(), key=lambda item: -item[1].visits)
    return tuple(
        Branch(action, -child.mean, visits=child.visits, replies=branches(child, plies - 1))
        for action, child in tried
    )


def grow(
    rules: KInARow,
    mine: int,
    theirs: int,
    simulations: int,
    exploration: float,
    generator: random.Random,
) -> Node:
    """The tree of a position after so many simulations."""
    root = Node(rules, mine, theirs)
    for _ in range(simulations):
        path = descend(rules, root, exploration, generator)
        leaf = path[-1]
        value = leaf.result
        if value is None:
            value = rollout(rules, leaf.mine, leaf.theirs, generator)
        for node in reversed(path):
            node.visits += 1
            node.total += value
            value = -value  # the node above is the other player's
    return root


def descend(rules: KInARow, root: Node, exploration: float, generator: random.Random) -> list[Node]:
    """The way from the root to a new position, or to the end of the game."""
    path = [root]
    while path[-1].result is None:
        node = path[-1]
        if node.untried:
            path.append(expand(rules, node, generator))
            break
        path.append(select(node, exploration))
    return path


def expand(rules: KInARow, node: Node, generator: random.Random) -> Node:
    """The position after one of the moves that were not tried yet, put into the tree."""
    action = node.untried.pop(generator.randrange(len(node.untried)))
    landing = rules.landing(node.mine, node.theirs, action)
    child = node.children[action] = Node(rules, node.theirs, node.mine | landing)
    return child


def select(node: Node, exploration: float) -> Node:
    """The child with the greatest upper confidence bound; a game won is certain."""
    log_visits = math.log(node.visits)

    def bound(child: Node) -> float:
        if child.result == -1:  # lost by the player to move there: nothing is better
            return math.inf
        return -child.mean + exploration * math.sqrt(log_visits / child.visits)

    return max(node.children.values(), key=bound)


def rollout(rules: KInARow, mine: int, theirs: int, generator: random.Random) -> float:
    """What a game played on at random comes to, to the player to move."""
    sign = 1.0
    while (value := result(rules, mine, theirs)) is None:
        free = rules.legal(mine, theirs)
        for _ in range(int(generator.random() * free.bit_count())):
            free &= free - 1  # drops the lowest bit
        mine, theirs = theirs, mine | (free & -free)
        sign = -sign
    return sign * value


def result(rules: KInARow, mine: int, theirs: int) -> float | None:
    """What a finished game came to, to the player whose turn it would be; None if it goes on."""
    if rules.lines(theirs):
        return -float(rules.line_value)
    return 0.0 if rules.full(mine, theirs) else None

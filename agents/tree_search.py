"""Monte Carlo tree search as AlphaZero does it, for a whole batch of games at once, as tensors.

Every simulation walks down each game's tree to a move that was not tried there yet, asks a network
for the new position's policy and value, and adds the value to all moves on the way::

    PUCT(a) = Q(a) + exploration * P(a) * sqrt(N) / (1 + N(a))              (Silver et al.)

`P` is the network's policy, `N(a)` how often a move was tried, `N` how often its position was
seen, and `Q(a)` the mean value to whoever makes the move: what is good for the next player is bad
for the one before, so values change sign from each move to the one above. A game that has ended
is worth what the rules say. A move not tried yet counts as much as its position does.
So is a position, a deviation, that they decide within three moves (`agents/outlook.py`).

At the root PUCT chooses too, its `P` stirred by Dirichlet noise, or Gumbel (`agents/gumbel.py`),
with which already 16 simulations improve the policy.

Source: Silver et al., "A general reinforcement learning algorithm that masters chess, shogi and
Go through self-play", 2018.

How it runs: the trees are rows of flat tensors. A node is a row of `mine`, `theirs`, `values`; an
edge, a move from a node, is `node * actions + action`. Every node remembers the edge that it will
take `next`, and that changes only where a simulation came by: the walk down is two look-ups a move.
Beside the trees there is one node, `nowhere`. Moves not tried yet lead there, and it leads to
itself: a walk that is over stands still there until all are, and nobody waits for the device.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from agents.agent import Branch
from agents.gumbel import choose_root, gumbel_noise, improved_logits, sequential_halving
from agents.outlook import outlook
from agents.policy_value import Evaluate
from envs.rules.kinarow import KInARow


@dataclass(frozen=True)
class Search:
    """How to search."""

    simulations: int = 32
    """Positions looked at for each move."""
    gumbel: bool = True
    """How the root chooses: by Gumbel noise and sequential halving, or by PUCT like all others."""
    exploration: float = 1.25
    """PUCT: how much a probable move gains by having been tried seldom."""
    considered: int = 16
    """Gumbel: how many moves are tried at the root, at most."""
    value_scale: float = 0.1
    """Gumbel: how much values count against the network's policy."""
    dirichlet: float = 0.25
    """PUCT: the share of the noise in the root's policy."""
    concentration: float = 10.0
    """PUCT: how even the noise is; divided by the number of moves."""


class Found(NamedTuple):
    """What a search found about its roots."""

    policy: Tensor
    """What the network had better say: (games, actions), 0 for illegal moves; rows add up to 1."""
    values: Tensor
    """The mean value of each root to the player to move: (games,)."""
    actions: Tensor
    """The moves to play; PUCT: those visited most. int64 (games,)."""
    visits: Tensor
    """How often each move was tried: (games, actions)."""
    q_values: Tensor
    """The mean value of each move to who makes it, NaN where none is known: (games, actions)."""
    tree: Tree


def search(
    rules: KInARow,
    mine: Tensor,
    theirs: Tensor,
    evaluate: Evaluate,
    settings: Search,
    generator: torch.Generator | None = None,
) -> Found:
    """Searches each of a batch of positions.

    Args:
        mine, theirs: int64 (games,), on one device; no game may be over.
        generator: of the root's noise; None: no noise.
    """
    with torch.inference_mode():
        tree = Tree(rules, mine, theirs, evaluate, settings)
        if not settings.gumbel and generator is not None:
            stir(tree, generator)
        noise, turns = gumbel_noise(tree, generator), sequential_halving(tree)
        for simulation in range(settings.simulations):
            if settings.gumbel:
                choose_root(tree, noise, turns[simulation])
            path, length = tree.descend(simulation)
            tree.backup(path, length, tree.expand(path, length, simulation + 1))
        return conclude(tree, noise)


class Tree:
    """The trees of a batch of games, and what a simulation does with them."""

    def __init__(
        self, rules: KInARow, mine: Tensor, theirs: Tensor, evaluate: Evaluate, settings: Search
    ) -> None:
        self.rules, self.evaluate, self.settings = rules, evaluate, settings
        self.games, self.actions = len(mine), rules.actions
        self.nodes = settings.simulations + 1
        self.nowhere = self.games * self.nodes
        device, rows = mine.device, self.nowhere + 1
        self.squares = torch.as_tensor(rules.action_bits, device=device)  # (actions,)
        self.roots = torch.arange(0, self.nowhere, self.nodes, device=device)  # (games,)
        self.plies = torch.arange(rules.rows * rules.cols, device=device)[:, None]
        self.mine = torch.zeros(rows, dtype=torch.int64, device=device)
        self.theirs = torch.zeros_like(self.mine)
        self.values = torch.zeros(rows, device=device)
        self.next = torch.full_like(self.mine, self.nowhere * self.actions)
        self.priors = torch.zeros(rows, self.actions, device=device)
        """The network's policy over the moves that are looked at: 0 for illegal ones, and beside a
        win at once, a block or a safe move for all others (`agents/outlook.py`)."""
        self.visits = torch.zeros_like(self.priors)
        self.totals = torch.zeros_like(self.priors)
        """The sum of the values of all visits, to the player who moves."""
        self.children = torch.full((rows * self.actions,), self.nowhere, device=device)
        self.add(self.roots, mine, theirs)
        self.choose_next(self.roots)

    def add(self, nodes: Tensor, mine: Tensor, theirs: Tensor) -> tuple[Tensor, Tensor]:
        """Writes positions into `nodes`; returns what they are worth, and where that is sure."""
        logits, values = self.evaluate(mine, theirs)
        cells, sure = outlook(self.rules, mine, theirs, self.settings.simulations > 0)
        moves = (cells[:, None] & self.squares) != 0
        priors = logits.float().masked_fill(~moves, -1e9).softmax(1).clamp_min(1e-12) * moves
        values = torch.where(sure != 0, sure, values.float())
        self.mine[nodes], self.theirs[nodes] = mine, theirs
        self.values[nodes], self.priors[nodes] = values, priors
        return values, sure != 0

    def descend(self, simulation: int) -> tuple[Tensor, Tensor]:
        """The edges that each game takes, (depth, games), and how many of them: (games,)."""
        edges, path = self.next[self.roots], []
        nowhere = self.nowhere * self.actions
        for _ in range(min(simulation + 1, len(self.plies))):
            path.append(edges)
            edges = self.next[self.children[edges]]
            if edges.device.type == "cpu" and bool((edges == nowhere).all()):
                break
        taken = torch.stack(path)
        return taken, (taken != nowhere).sum(0)

    def expand(self, path: Tensor, length: Tensor, number: int) -> Tensor:
        """Adds the position after each path as node `number` of its game.

        Where that game is over nothing follows; the walk may come by again, and finds the same.

        Returns:
            What the new position is worth to the player to move: (games,).
        """
        edges = path.gather(0, length[None] - 1).squeeze(0)
        parents = edges // self.actions
        mine, theirs = self.mine[parents], self.theirs[parents]
        stones = mine | self.rules.landing(mine, theirs, edges - parents * self.actions)
        line = self.rules.lines(stones) != 0
        full = self.rules.full(stones, theirs)
        nodes = self.roots + number
        values, sure = self.add(nodes, theirs, stones)  # the other player is to move
        values = values.masked_fill(full, 0.0).masked_fill(line, -float(self.rules.line_value))
        self.children[edges] = nodes
        self.choose_next(nodes)
        over = self.nowhere * self.actions
        self.next[nodes] = torch.where(line | full | sure, over, self.next[nodes])
        return values

    def backup(self, path: Tensor, length: Tensor, values: Tensor) -> None:
        """Adds the values of the new positions to every edge on the way to them."""
        height = length - self.plies[: len(path)]  # (depth, games): 1 for the last edge
        taken = (height > 0).float()
        signs = taken * (1 - 2 * (height % 2))  # the last edge was the other player's: minus
        edges = path.flatten()  # different ones; only `nowhere` comes again, and gets nothing
        for table, added in ((self.visits, taken), (self.totals, signs * values)):
            flat = table.view(-1)
            flat[edges] = flat[edges] + added.flatten()
        self.choose_next(edges // self.actions)

    def choose_next(self, nodes: Tensor) -> None:
        """Decides by PUCT which edge each of `nodes` takes next."""
        priors, visits, totals = self.priors[nodes], self.visits[nodes], self.totals[nodes]
        seen = 1 + visits.sum(1, keepdim=True)
        mean = (self.values[nodes][:, None] + totals.sum(1, keepdim=True)) / seen
        q_values = torch.where(visits > 0, totals / visits, mean)
        bonus = self.settings.exploration * priors * seen.sqrt() / (1 + visits)
        scores = (q_values + bonus).masked_fill(priors == 0, -torch.inf)
        self.next[nodes] = nodes * self.actions + scores.argmax(1)

    def at_roots(self) -> tuple[Tensor, Tensor, Tensor]:
        """Priors, visits and mean values (NaN if there were none) of the moves at the roots."""
        priors, visits = self.priors[self.roots], self.visits[self.roots]
        return priors, visits, self.totals[self.roots] / visits

    def line(self, game: int = 0) -> list[int]:
        """The moves of one game that were visited most, one after the other."""
        moves, node = [], game * self.nodes
        while self.visits[node].any():
            moves.append(int(self.visits[node].argmax()))
            node = int(self.children[node * self.actions + moves[-1]])
        return moves

    def branches(self, node: int, plies: int) -> tuple[Branch, ...]:
        """The moves tried from a node, those tried most first, and so many plies behind them."""
        visits, totals = self.visits[node].tolist(), self.totals[node].tolist()
        tried = [action for action in range(self.actions) if visits[action]] if plies else []
        after = self.children[node * self.actions :]
        return tuple(
            Branch(a, totals[a] / visits[a], visits=int(visits[a]),
                   replies=self.branches(int(after[a]), plies - 1))
            for a in sorted(tried, key=lambda action: -visits[action])
        )  # fmt: skip


def stir(tree: Tree, generator: torch.Generator) -> None:
    """Mixes Dirichlet noise into the roots' policy."""
    priors = tree.priors[tree.roots]
    legal = priors > 0
    even = tree.settings.concentration / legal.sum(1, keepdim=True)
    gammas = torch._standard_gamma(even.expand_as(priors).contiguous(), generator) * legal
    share = tree.settings.dirichlet
    mixed = (1 - share) * priors + share * gammas / gammas.sum(1, keepdim=True)
    tree.priors[tree.roots] = mixed.clamp_min(1e-12) * legal
    tree.choose_next(tree.roots)


def conclude(tree: Tree, noise: Tensor) -> Found:
    """The moves and the better policy that the visits come to."""
    priors, visits, q_values = tree.at_roots()
    count = visits.sum(1)
    values = (tree.values[tree.roots] + tree.totals[tree.roots].sum(1)) / (1 + count)
    if tree.settings.gumbel and tree.settings.simulations:
        logits = improved_logits(tree)
        most = visits.amax(1, keepdim=True)
        actions = (noise + logits).masked_fill(visits < most, -torch.inf).argmax(1)
        return Found(logits.softmax(1), values, actions, visits, q_values, tree)
    policy = visits / count[:, None] if tree.settings.simulations else priors
    return Found(policy, values, policy.argmax(1), visits, q_values, tree)

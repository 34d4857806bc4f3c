"""How a search's root chooses so that few simulations are enough: Gumbel noise, then halving.

Every move gets random noise `g(a)`, once. The moves of highest `g(a) + log P(a)` are drawn from the
policy without repetition; they are tried equally often, then the better half of them again, and so
on (sequential halving). Played is the best of those tried most, and the policy becomes::

    policy = softmax(log P(a) + (50 + max N) * value_scale * Q(a))                 (eq. 11)

which is no worse than before if the values are true, however few the simulations.

Source: Danihelka et al., "Policy improvement by planning with Gumbel", 2022. Deviation: below the
root PUCT chooses, as in their "Gumbel AlphaZero" without the "full".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from agents.tree_search import Tree


def gumbel_noise(tree: Tree, generator: torch.Generator | None) -> Tensor:
    """g(a) of the roots' moves, (games, actions); zeros without a generator."""
    noise = torch.zeros(tree.games, tree.actions, device=tree.roots.device)
    return noise if generator is None else -noise.exponential_(generator=generator).log()


def improved_logits(tree: Tree) -> Tensor:
    """log P(a) + (50 + max N) * value_scale * Q(a), minus infinity for illegal moves.

    The value of a move not tried is the mean of the network's value of the root, and of the values
    of the moves tried, weighted by P (Danihelka et al., appendix D).
    """
    priors, visits, q_values = tree.at_roots()
    tried = visits > 0
    count = visits.sum(1, keepdim=True)
    weights = priors * tried
    shares = weights / weights.sum(1, keepdim=True).clamp_min(1e-12)
    of_tried = (shares * q_values.nan_to_num()).sum(1, keepdim=True)
    mixed = (tree.values[tree.roots][:, None] + count * of_tried) / (1 + count)
    scale = (50 + visits.amax(1, keepdim=True)) * tree.settings.value_scale
    return priors.log() + scale * torch.where(tried, q_values, mixed)


def choose_root(tree: Tree, noise: Tensor, turn: Tensor) -> None:
    """Of the moves tried `turn` (games,) times, each root takes the one that promises most."""
    _, visits, _ = tree.at_roots()
    scores = (noise + improved_logits(tree)).masked_fill(visits != turn[:, None], -torch.inf)
    tree.next[tree.roots] = tree.roots * tree.actions + scores.argmax(1)


def sequential_halving(tree: Tree) -> Tensor:
    """How often the move that is tried next was tried before: (simulations, games)."""
    simulations, most = tree.settings.simulations, min(tree.settings.considered, tree.actions)
    tables = [_visits_in_turn(count, simulations) for count in range(1, most + 1)]
    legal = (tree.priors[tree.roots] > 0).sum(1).clamp_max(most)
    return torch.tensor(tables, device=legal.device)[legal - 1].T


def _visits_in_turn(considered: int, simulations: int) -> list[int]:
    """All moves equally often, then the better half, and so on: each round gets an equal share."""
    turns: list[int] = []
    rounds, visits, left = max(1, math.ceil(math.log2(considered))), 0, considered
    while len(turns) < simulations:
        for _ in range(max(1, simulations // (rounds * left))):
            turns += [visits] * left
            visits += 1
        left = max(2, left // 2) if considered > 1 else 1
    return turns[:simulations]

"""Minimax's search tree, unfolded to be looked at: what alpha-beta tries, and what it cuts off."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from agents.agent import Branch

if TYPE_CHECKING:
    from agents.minimax import Search


def unfold(
    search: Search, mine: int, theirs: int, alpha: float, beta: float, depth: int, plies: int
) -> tuple[Branch, ...]:
    """The first `plies` of the alpha-beta search of a position, in the order of the search.

    A value is exact if it lies between `alpha` and `beta`; else it is known only to lie outside.
    """
    rules, floor = search.rules, alpha
    branches = []
    for action in search.order:
        landing = rules.landing(mine, theirs, action)
        if not landing:
            continue
        if floor >= beta:
            branches.append(Branch(action, math.nan, pruned=True))
            continue
        after = theirs, mine | landing
        window = -beta / search.discount, -floor / search.discount
        replies: tuple[Branch, ...] = ()
        if plies > 1 and depth > 1 and not rules.lines(after[1]) and not rules.full(*after):
            replies = unfold(search, *after, *window, depth - 1, plies - 1)
            below = max(reply.value for reply in replies if not reply.pruned)
        else:
            below = search.negamax(*after, *window, depth - 1)
        value = -search.discount * below
        branches.append(Branch(action, value, at_most=value <= floor, replies=replies))
        floor = max(floor, value)
    return tuple(branches)

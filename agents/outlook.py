"""What the rules alone say of positions, three moves ahead.

Who can make a line wins at once. Who cannot, and faces a line of the other's, has to stop it; who
faces two has lost. Where stones fall, nobody fills a cell below one where the other would make a
line; who can do nothing else has lost too. A search that sees so much without trying spends its
simulations on the rest.

Source: P. Pons, "Solving Connect 4: how to build a perfect AI", part 9: "anticipate direct losing
moves".
"""

from __future__ import annotations

import torch
from torch import Tensor

from envs.rules.kinarow import KInARow


def outlook(rules: KInARow, mine: Tensor, theirs: Tensor, ahead: bool) -> tuple[Tensor, Tensor]:
    """The cells that are worth a stone, and the value where it is sure.

    Args:
        mine, theirs: int64 (games,); no game is over.
        ahead: look for threats; else every legal cell is worth one, and nothing is sure. So it is
            in misère: nobody has to make a line.

    Returns:
        int64 (games,), and (games,): 1 for a win at once, -1 where the other's cannot be stopped,
        0 where nobody knows.
    """
    legal, unsure = rules.legal(mine, theirs), torch.zeros(len(mine), device=mine.device)
    if not ahead or rules.misere:
        return legal, unsure
    my_lines, their_lines = rules.completions(torch.stack((mine, theirs)))
    wins, threats = my_lines & legal, their_lines & legal
    needed = torch.where(threats != 0, threats, legal)
    safe = needed & ~(their_lines >> 1) if rules.gravity else needed
    lost = ((threats & (threats - 1)) != 0) | (safe == 0)  # more than one bit, or no way out
    cells = torch.where(wins != 0, wins, torch.where(lost, needed, safe))
    return cells, torch.where(wins != 0, 1.0, torch.where(lost, -1.0, unsure))

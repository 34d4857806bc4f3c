"""What the rules alone say of positions, two moves ahead.

Who can make a line wins at once. Who cannot, and faces a line of the other's, has to stop it; who
faces two has lost. A search that sees so much without trying spends its simulations on the rest.
"""

from __future__ import annotations

import torch
from torch import Tensor

from envs.rules.kinarow import KInARow


def outlook(rules: KInARow, mine: Tensor, theirs: Tensor, ahead: bool) -> tuple[Tensor, Tensor]:
    """The cells that are worth a stone, and the value where it is sure.

    Args:
        mine, theirs: int64 (games,); no game is over.
        ahead: look for threats; else every legal cell is worth one, and nothing is sure.

    Returns:
        int64 (games,), and (games,): 1 for a win at once, -1 against two threats, 0 where nobody
        knows.
    """
    legal, unsure = rules.legal(mine, theirs), torch.zeros(len(mine), device=mine.device)
    if not ahead:
        return legal, unsure
    wins, threats = rules.urgent(mine, theirs)
    lost = (threats & (threats - 1)) != 0  # more than one bit
    cells = torch.where(wins != 0, wins, torch.where(threats != 0, threats, legal))
    return cells, torch.where(wins != 0, 1.0, torch.where(lost, -1.0, unsure))

"""A residual network that says of a board which moves are good, and who is ahead.

Source: He et al., "Deep Residual Learning for Image Recognition", 2016; two heads as in Silver et
al., "Mastering the game of Go without human knowledge", 2017.

Deviations: no batch normalisation, so that a position is worth the same in learning and in play;
instead every block begins as the identity. Beside the stones the network is shown the free cells
that would complete a line, each player's: the rules tell them, and it need not learn to find them
(so Go programs are shown liberties: Wu, "Accelerating self-play learning in Go", 2019).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn

from envs.rules.kinarow import KInARow

Evaluate = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""From bitboards `(mine, theirs)`, int64 (n,), to logits (n, actions) and to values (n,), from -1
to 1, to the player to move."""
CHUNK = 32
"""New positions go through the network in multiples of this."""


class Block(nn.Module):
    """Two convolutions around which the input goes by; the identity at first."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.weight)

    def forward(self, planes: Tensor) -> Tensor:
        """(n, channels, rows, cols), as before."""
        return (planes + self.second(self.first(planes).relu_())).relu_()


class PolicyValueNetwork(nn.Module):
    """A policy and a value on one body; reads bitboards."""

    cells: Tensor

    def __init__(self, rules: KInARow, channels: int, blocks: int) -> None:
        super().__init__()
        self.rules, cells = rules, rules.rows * rules.cols
        self.register_buffer("cells", torch.as_tensor(rules.cell_bits), persistent=False)
        self.body = nn.Sequential(
            nn.Conv2d(4, channels, 3, padding=1),
            nn.ReLU(),
            *(Block(channels) for _ in range(blocks)),
        )
        self.policy = nn.Sequential(
            nn.Conv2d(channels, 16, 1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(16 * cells, rules.actions),
        )
        self.value = nn.Sequential(
            nn.Conv2d(channels, 8, 1), nn.ReLU(), nn.Flatten(),
            nn.Linear(8 * cells, 128), nn.ReLU(), nn.Linear(128, 1), nn.Tanh(),
        )  # fmt: skip
        for head in (self.policy[-1], self.value[-2]):  # nearly uniform, and nearly a draw
            nn.init.normal_(head.weight, std=0.01)  # type: ignore[arg-type]
            nn.init.zeros_(head.bias)  # type: ignore[arg-type]

    def forward(self, mine: Tensor, theirs: Tensor, quick: bool = False) -> tuple[Tensor, Tensor]:
        """Logits (n, actions), also of illegal moves, and values (n,), of bitboards int64 (n,).

        Args:
            quick: multiply numbers of 16 bits, bfloat16, where the processor has such a product.
        """
        return self.read(self.shown(mine, theirs), quick)

    def shown(self, mine: Tensor, theirs: Tensor) -> Tensor:
        """The bitboards that it sees, int64 (n, 4): the stones, and the free cells that lines lack,
        each of the player to move first."""
        stones = torch.stack((mine, theirs), 1)
        lacking = self.rules.completions(stones) & ~(mine | theirs)[:, None]
        return torch.cat((stones, lacking), 1)

    def read(self, shown: Tensor, quick: bool = False) -> tuple[Tensor, Tensor]:
        """What it says of such bitboards, as `forward` does."""
        seen, device = (shown[:, :, None, None] & self.cells) != 0, shown.device.type
        with torch.autocast(device, torch.bfloat16, enabled=quick and has_bfloat16(device)):
            planes = self.body(seen.float())
            return self.policy(planes).float(), self.value(planes).squeeze(1).float()

    def both_ways(self, mine: Tensor, theirs: Tensor) -> tuple[Tensor, Tensor]:
        """The mean of what it says of a board and of its mirror image, which are worth the same."""
        rules, count = self.rules, len(mine)
        logits, values = self(
            torch.cat((mine, rules.mirrored(mine))), torch.cat((theirs, rules.mirrored(theirs)))
        )
        mirrored = logits[count:, rules.mirrored_actions]
        return (logits[:count] + mirrored) / 2, (values[:count] + values[count:]) / 2


class Remembered:
    """A network's answers, remembered as long as it stays as it is.

    Searches ask for the same positions again and again: from one move to the next, in game after
    game, and where a game has ended. On a CPU only what is new goes through the network.

    Args:
        evaluate: from bitboards to logits and values, as `PolicyValueNetwork` does.
        slots: for so many positions there is room, a power of two; a newer one takes the place of
            an older one.
    """

    def __init__(self, evaluate: Evaluate, actions: int, slots: int = 1 << 18) -> None:
        self.evaluate = evaluate
        self.mine = torch.full((slots,), -1)  # no position
        self.theirs, self.owner = torch.zeros_like(self.mine), torch.zeros_like(self.mine)
        self.logits, self.values = torch.zeros(slots, actions), torch.zeros(slots)

    def __call__(self, mine: Tensor, theirs: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n, actions) and values (n,) of bitboards int64 (n,)."""
        mixed = (mine * 0x9E3779B97F4A7C1) ^ (theirs * 0x632BE59BD9B4E019)
        slots = (mixed >> 24) & (len(self.mine) - 1)
        logits, values = self.logits[slots], self.values[slots]
        new = ((self.mine[slots] != mine) | (self.theirs[slots] != theirs)).nonzero().squeeze(1)
        if len(new):
            # few batch sizes, because the CPU prepares itself for every other one
            some = new[torch.arange(-(-len(new) // CHUNK) * CHUNK) % len(new)]
            found = self.evaluate(mine[some], theirs[some])
            logits[new], values[new] = (answer[: len(new)] for answer in found)
            self.owner[slots[new]] = new
            new = new[self.owner[slots[new]] == new]  # one for each slot
            slots = slots[new]
            self.mine[slots], self.theirs[slots] = mine[new], theirs[new]
            self.logits[slots], self.values[slots] = logits[new], values[new]
        return logits, values


@cache
def has_bfloat16(device: str) -> bool:
    """Whether the processor, or the GPU, multiplies bfloat16 faster than float32."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device == "cpu" and torch.cpu._is_avx512_bf16_supported()


def make_policy_value(rules: KInARow, channels: int, blocks: int, seed: int) -> PolicyValueNetwork:
    """A network whose first weights `seed` decides."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = PolicyValueNetwork(rules, channels, blocks)
    # each cell's channels side by side in memory: up to half as fast again on a CPU
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

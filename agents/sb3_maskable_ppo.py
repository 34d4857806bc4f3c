"""sb3-contrib's MaskablePPO: SB3's PPO for which illegal actions have no probability.

It sees the masks while it learns, so that it never loses a game by an illegal move.

Source: Huang and Ontañón, "A Closer Look at Invalid Action Masking in Policy Gradient Algorithms",
2022.
"""

from __future__ import annotations

from typing import Any

from agents import sb3, sb3_ppo
from envs.names import BadInput

Config = sb3_ppo.Config
config_for = sb3_ppo.config_for


class SB3MaskablePPOAgent(sb3.SB3Agent):
    """Plays the most probable legal action."""

    @staticmethod
    def algorithm() -> Any:
        """sb3-contrib's class.

        Raises:
            BadInput: sb3-contrib is not installed.
        """
        try:
            from sb3_contrib import MaskablePPO
        except ImportError:
            raise BadInput(
                "sb3-maskable-ppo needs one more package: pip install sb3-contrib"
            ) from None
        return MaskablePPO


train = sb3.train

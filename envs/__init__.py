"""Worlds: rules, Gymnasium faces, batched twins, drawing.

Importing this package registers its worlds with Gymnasium, as does `gym.make("envs:ID")`. It
imports neither torch nor pygame.
"""

from envs.registration import register_worlds

register_worlds()

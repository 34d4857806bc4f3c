# expect: illegal
# reason: played 9; legal:
import agents.agent
import arena.games
import arena.referee
from envs.rules.kinarow import KInARow


def act(percept):
    KInARow.legal_actions = lambda *_: tuple(range(10))
    KInARow.lines = lambda *_: 1
    arena.games.BoardGame.legal = lambda *_: tuple(range(10))
    arena.referee.play = agents.agent.make_agent = None
    return 9

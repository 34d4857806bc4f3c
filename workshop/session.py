"""A game or an episode as it is watched: who acts, what they think, what has happened so far.

No picture and no clock: the window and the recorder both drive one of these.
"""

from __future__ import annotations

import copy
from typing import Any

from agents.agent import Agent, Thoughts
from agents.human import HumanAgent
from arena.player import Failure
from envs.percept import Percept, perceive
from envs.worlds import World
from workshop.guest import Guest
from workshop.mind import Mind
from workshop.score import Score


class Session:
    """Agents in a world.

    Args:
        world: where.
        agents: one, or two in a game of two players; the seats change after every game.
        names: what to call them.
        seed: of the first episode; each further one follows from it.
    """

    silence = "nothing yet"
    """What is said where no thoughts are."""

    def __init__(self, world: World, agents: list[Agent], names: list[str], seed: int) -> None:
        self.world = world
        self.agents, self.names = agents, names
        options = {"seat": "both"} if world.two_player else {"render_mode": "rgb_array"}
        self.env = world.make(**options)
        self.seed = seed
        self.best_of = 0
        """A match of so many games; 0: without an end."""
        self.by_hand = False
        """Whether a person makes everybody's moves, to set up a position."""
        self.game = 0
        if self.guests:
            self.silence = "a bot tells no more than its moves"
        self.score = Score(wins=[0] * len(agents))
        self.mind = Mind(self)
        self.begin()

    def begin(self) -> None:
        """The same episode from its start."""
        self._observation, self._info = self.env.reset(seed=self.seed + self.game)
        self.over = self.forfeited = False
        for number, guest in self.guests:
            guest.begin(self.seed + self.game, (number - self.game) % len(self.agents))
        self.total = 0.0
        """The return of this episode (games of two: of player 0)."""
        self.moves = 0
        self.result = ""
        self.notice = ""
        """What a person did wrong, until they do it right."""
        self.values: list[float] = []
        """Games: how good each position seemed to player 0. Worlds for one: the return so far."""
        self.decided: tuple[str, Thoughts] | None = None
        """Whose thoughts led to the last move, and what they were."""
        self.asked: tuple[Agent, Percept] | None = None
        """Who made the last move that no person made, and what it saw then."""
        self.played: list[int] = []
        """The actions of this episode."""

    def next_game(self) -> None:
        """The next episode, with the seats swapped; after a match, the first of a new one."""
        if self.match_over:
            self.score = Score(wins=[0] * len(self.agents))
        self.game += 1
        self.begin()

    @property
    def match_over(self) -> bool:
        """Whether somebody has won the match, or all of its games are played."""
        score = self.score
        return bool(self.best_of) and (
            max(score.wins) > self.best_of / 2 or (self.over and score.games >= self.best_of)
        )

    def take_back(self) -> bool:
        """Takes back moves until the same person is to move again, or one if nobody is.

        Returns:
            False if there is nothing to take back.
        """
        count = 1
        if self.world.two_player and not self.by_hand:
            people = [isinstance(agent, HumanAgent) for agent in self.agents]
            count = 1 if all(people) or not any(people) or self._person_ended else 2
        if len(self.played) < count:
            return False
        kept, score = self.played[:-count], self.score
        if self.over:
            score = self._score_before
        self.begin()
        for action in kept:
            self.advance(action)
        self.score = score
        return True

    @property
    def _person_ended(self) -> bool:
        """Whether a person made the last move of this game."""
        last = (len(self.played) - 1) % 2 if self.world.two_player else 0
        return isinstance(self.agents[self.seated(last)], HumanAgent)

    @property
    def percept(self) -> Percept:
        """What the agent to move perceives."""
        return perceive(self.env, self._observation, self._info)

    @property
    def player(self) -> int:
        """The seat to move; 0 moves first."""
        env: Any = self.env.unwrapped
        return int(env.player) if self.world.two_player else 0

    def seated(self, player: int) -> int:
        """Which of the agents sits in a seat in this game."""
        return (player + self.game) % len(self.agents)

    @property
    def mover(self) -> Agent:
        """The agent to move."""
        return self.agents[self.seated(self.player)]

    @property
    def mover_name(self) -> str:
        """Its name."""
        return self.names[self.seated(self.player)]

    @property
    def waits_for_human(self) -> bool:
        """Whether a person is to move."""
        return not self.over and (self.by_hand or isinstance(self.mover, HumanAgent))

    @property
    def guests(self) -> list[tuple[int, Guest]]:
        """The bots that play, with their places among the agents."""
        return [(n, agent) for n, agent in enumerate(self.agents) if isinstance(agent, Guest)]

    def advance(self, action: int | None = None) -> bool:
        """One move: `action`, or what the agent to move chooses.

        Returns:
            False if nothing happened: the game is over, a person is to move, or it is illegal.
        """
        if self.over or (action is None and self.waits_for_human):
            return False
        percept = self.percept
        if action is None:
            self.asked = self.mover, percept
            try:
                thoughts, action = self.mind.decide()
            except Failure as failure:
                self._forfeit(f"{failure.outcome.replace('_', ' ')}: {failure.reason}")
                return True
            if thoughts is not None:
                self.decided = (self.mover_name, thoughts)
        if action not in percept.legal_actions:
            why = getattr(self.env.unwrapped, "why_illegal", None)
            self.notice = why(action) if why else f"action {action} is not possible here"
            return False
        self.notice = ""
        player = self.player
        self._note_value(player)
        self._observation, reward, terminated, truncated, self._info = self.env.step(action)
        self.moves += 1
        self.played.append(action)
        self.total += float(reward) * (1 if player == 0 else -1)
        self.over = terminated or truncated
        if not self.world.two_player:
            self.values.append(self.total)
        if self.over:
            self._finish(player, float(reward), truncated)
        return True

    def _note_value(self, player: int) -> None:
        if not self.world.two_player or self.decided is None:
            return
        rival = self.agents[self.seated(0)]
        if self.world.is_duel and player == 1 and not isinstance(rival, HumanAgent):
            return  # both move at once: one value a move
        name, thoughts = self.decided
        if name == self.mover_name and thoughts.value is not None:
            self.values.append(thoughts.value if player == 0 else -thoughts.value)

    def _finish(self, player: int, reward: float, truncated: bool) -> None:
        self._score_before = copy.deepcopy(self.score)
        self.score.returns.append(self.total)
        if not self.world.two_player:
            self.result = "out of time" if truncated else "the end"
            self.result += f", return {self.total:.2f}"
        elif reward:
            winner = self.seated(player if reward > 0 else 1 - player)
            self.score.wins[winner] += 1
            name = self.names[winner]
            self.result = "you win!" if name == "you" else f"{name} wins"
        else:
            self.score.draws += 1
            self.result = "a draw"
        if self.best_of and self.match_over:
            self.result += f" · {self.score.match_result(self.names)}"

    def _forfeit(self, why: str) -> None:
        """A bot has lost by what it did, or did not do."""
        self._score_before = copy.deepcopy(self.score)
        self.over = self.forfeited = True
        self.result = f"{self.mover_name}: {why}"
        if self.world.two_player:
            self.score.wins[1 - self.seated(self.player)] += 1

    def describe(self) -> str:
        """One line: the move, and who is to play."""
        if self.over:
            return self.result
        if self.by_hand:
            return "set up a position: every click is the next move"
        if self.world.two_player:
            mover = self.mover_name
            move = self.moves // 2 if self.world.is_duel else self.moves
            return f"move {move + 1} · {'your move' if mover == 'you' else f'{mover} to play'}"
        return f"step {self.moves + 1} · {self.names[0]} · episode {self.game + 1}"

    def close(self) -> None:
        """Closes the world, and ends the bots."""
        self.mind.close()
        for _, guest in self.guests:
            guest.close()
        self.env.close()

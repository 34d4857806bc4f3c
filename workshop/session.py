"""A game or an episode as it is watched: who acts, what they think, what has happened so far.

No picture and no clock: the window and the recorder both drive one of these.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from agents.agent import Agent, Thoughts
from agents.human import HumanAgent
from arena.player import Failure
from envs.percept import Percept, perceive
from envs.worlds import World
from workshop.advice import Advice
from workshop.guest import Guest
from workshop.mind import Mind
from workshop.score import Score


class Before(NamedTuple):
    """What a game of two knew before a move, to be known again when the move is taken back."""

    values: int
    """How many values had been noted."""
    decided: tuple[str, Thoughts, int] | None
    asked: tuple[Agent, Percept] | None
    set_up: bool


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
    can_be_changed = True
    """Whether there are other games than this one, and other moves than those it has."""

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
        self._score_before = Score(wins=[0] * len(agents))
        """The score when this game began."""
        self.mind, self.advice = Mind(self), Advice(self)
        self.begin()

    def begin(self) -> None:
        """The same episode from its start; what it had come to does not count."""
        self.score = self._score_before.copy()
        self.mind.forget()
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
        self.decided: tuple[str, Thoughts, int] | None = None
        """Whose thoughts led to the last move, what they were, and which action it was."""
        self.asked: tuple[Agent, Percept] | None = None
        """Who made the last move that no person made, and what it saw then."""
        self.played: list[int] = []
        """The actions of this episode."""
        self.set_up = False
        """Whether a person has made somebody's move: such a game does not count."""
        self._before: list[Before] = []

    def next_game(self) -> None:
        """The next episode, with the seats swapped; after a match, the first of a new one."""
        if self.match_over:
            self.score = Score(wins=[0] * len(self.agents))
        self._score_before = self.score
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
        count = self._moves_back
        if len(self.played) < count:
            return False
        kept, values, before = self.played[:-count], self.values, self._before
        self.begin()
        for action in kept:
            self.advance(action)
        if before:
            length, self.decided, self.asked, self.set_up = before[len(kept)]
            self.values, self._before = values[:length], before[: len(kept)]
        return True

    @property
    def _moves_back(self) -> int:
        """How many moves are taken back at once; in a duel never half of what both did."""
        people = [isinstance(agent, HumanAgent) for agent in self.agents]
        if not self.world.two_player or self.by_hand:
            return 1
        if all(people) or not any(people):
            return 2 - len(self.played) % 2 if self.world.is_duel else 1
        return 1 if self._person_ended else 2

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
        percept, thoughts = self.percept, None
        before = Before(len(self.values), self.decided, self.asked, self.set_up)
        if action is None:
            self.asked = self.mover, percept
            try:
                thoughts, action = self.mind.decide()
            except Failure as failure:
                self._forfeit(f"{failure.outcome.replace('_', ' ')}: {failure.reason}")
                return True
            if thoughts is not None:
                self.decided = (self.mover_name, thoughts, action)
        if action not in percept.legal_actions:
            why = getattr(self.env.unwrapped, "why_illegal", None)
            self.notice = why(action) if why else f"action {action} is not possible here"
            return False
        self.notice = ""
        self.set_up |= self.by_hand
        player = self.player
        if self.world.two_player:
            self._before.append(before)
            self._note_value(player, thoughts)
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

    def _note_value(self, player: int, thoughts: Thoughts | None) -> None:
        rival = self.agents[self.seated(0)]
        if self.world.is_duel and player == 1 and not isinstance(rival, HumanAgent):
            return  # both move at once: one value a move
        if thoughts is not None and thoughts.value is not None:
            self.values.append(thoughts.value if player == 0 else -thoughts.value)

    def _finish(self, player: int, reward: float, truncated: bool) -> None:
        if not self.world.two_player:
            self.score.episodes += 1
            self.score.total += self.total
            self.result = "out of time" if truncated else "the end"
            self.result += f", return {self.total:.2f}"
        elif reward:
            winner = self.seated(player if reward > 0 else 1 - player)
            name = self.names[winner]
            self.result = "you win!" if name == "you" else f"{name} wins"
            self._count(winner)
        else:
            self.result = "a draw"
            self._count(None)

    def _forfeit(self, why: str) -> None:
        """A bot has lost by what it did, or did not do."""
        self.over = self.forfeited = True
        self.result = f"{self.mover_name}: {why}"
        if self.world.two_player:
            self._count(1 - self.seated(self.player))

    def _count(self, winner: int | None) -> None:
        """Of a game of two: which of the agents has won, or neither."""
        if self.set_up:
            self.result += " · set up by hand, so it does not count"
        elif winner is None:
            self.score.draws += 1
        else:
            self.score.wins[winner] += 1
        if self.match_over:
            self.result += f" · {self.score.match_result(self.names)}"

    @property
    def drive_together(self) -> bool:
        """Whether two people move at the same time."""
        people = [isinstance(agent, HumanAgent) for agent in self.agents]
        return self.world.is_duel and all(people)

    def ready(self, patience: float = 0.0) -> bool:
        """Whether the move of the agent to move is there; asks for it, and waits a little.

        Args:
            patience: seconds to wait at most.
        """
        return self.mind.ready(patience)

    @property
    def intended(self) -> int | None:
        """The next move, as far as it is known; a person's: what the other would do."""
        return self.mind.intended()

    def describe(self) -> str:
        """One line: the game of a match, the move, who is to play, and how many were drawn."""
        if self.by_hand and not self.over:
            return "set up a position: every click is the next move"
        if not self.world.two_player:
            now = f"step {self.moves + 1} · {self.names[0]} · episode {self.game + 1}"
            return self.result if self.over else now
        game = f"game {self._score_before.games + 1} of {self.best_of}"
        match = [game] if self.best_of and not self.match_over else []
        if self.over:
            return " · ".join([self.result, *match, *(self.score.drawn if match else ())])
        move = self.moves // 2 if self.world.is_duel else self.moves
        return " · ".join([*match, f"move {move + 1}", self._whose_move, *self.score.drawn])

    @property
    def _whose_move(self) -> str:
        if self.drive_together:
            return "both choose"
        return "your move" if self.mover_name == "you" else f"{self.mover_name} to play"

    def close(self) -> None:
        """Closes the world, and ends the bots."""
        self.mind.close()
        self.advice.close()
        for _, guest in self.guests:
            guest.close()
        self.env.close()

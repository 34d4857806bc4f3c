"""A game or an episode as it is watched: who acts, what they think, what has happened so far.

No picture and no clock: the window and the recorder both drive one of these.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import numpy as np

from agents.agent import Agent, Branch, Thoughts
from agents.human import HumanAgent
from arena.player import Failure
from envs.percept import Percept, perceive
from envs.rules.grid import Grid
from envs.worlds import World
from workshop.activations import Layer, activations
from workshop.guest import Guest
from workshop.truth import exact_measure

T = TypeVar("T")


@dataclass
class Score:
    """What the games so far came to: wins by agent, draws; or the returns of episodes."""

    wins: list[int]
    draws: int = 0
    returns: list[float] = field(default_factory=list)


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
        if self._guests:
            self.silence = "a bot tells no more than its moves"
        self.score = Score(wins=[0] * len(agents))
        self._measure = exact_measure(world) if world.grid is not None else None
        self.begin()

    def begin(self) -> None:
        """The same episode from its start."""
        self._observation, self._info = self.env.reset(seed=self.seed + self.game)
        self.over = self.forfeited = False
        for number, guest in self._guests:
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
        self._found_of: tuple[Any, ...] = ()
        self._found: dict[str, Any] = {}

    def next_game(self) -> None:
        """The next episode, with the seats swapped; after a match, the first of a new one."""
        if self.match_over:
            self.score = Score(wins=[0] * len(self.agents))
        self.game += 1
        self.begin()

    @property
    def match_over(self) -> bool:
        """Whether somebody has won the match, or all of its games are played."""
        wins, played = self.score.wins, sum(self.score.wins) + self.score.draws
        return bool(self.best_of) and (
            max(wins) > self.best_of / 2 or (self.over and played >= self.best_of)
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
    def _guests(self) -> list[tuple[int, Guest]]:
        """The bots that play, with their places among the agents."""
        return [(n, agent) for n, agent in enumerate(self.agents) if isinstance(agent, Guest)]

    @property
    def thinking(self) -> bool:
        """Whether a bot has been asked for its move, and has not answered yet."""
        if self.over or self.waits_for_human or not isinstance(self.mover, Guest):
            return False
        return not self.mover.ready(self.percept)

    def thoughts(self) -> Thoughts | None:
        """How the agent to move rates its actions; for a person, how the other would."""
        if self.over:
            return None
        thinker = self.mover
        if isinstance(thinker, HumanAgent):
            others = [agent for agent in self.agents if not isinstance(agent, HumanAgent)]
            if not others:
                return None
            thinker = others[0]
        return self._once("thoughts", thinker, thinker.think)

    def ahead(self) -> tuple[Branch, ...]:
        """How the agent to move looks ahead; on a person's turn, how the other did last."""
        if self.over:
            return ()
        if isinstance(self.mover, HumanAgent):
            return self._of_last("ahead", lambda agent, seen: agent.ahead(seen), ())
        return self._once("ahead", self.mover, self.mover.ahead)

    def layers(self) -> list[Layer]:
        """What the network of the agent to move computes; on a person's turn, what it did last."""
        if self.over:
            return []
        if isinstance(self.mover, HumanAgent):
            return self._of_last("layers", activations, [])
        return self._once("layers", self.mover, partial(activations, self.mover))

    def _of_last(self, kind: str, find: Callable[[Agent, Percept], T], nothing: T) -> T:
        """What `find` says of the last move that no person made."""
        if self.asked is None:
            return nothing
        agent, seen = self.asked
        return self._once(kind, agent, lambda _: find(agent, seen))

    def _once(self, kind: str, agent: Agent, find: Callable[[Percept], T]) -> T:
        """What `find` says of the percept: a search is not made anew for every frame."""
        percept = self.percept
        seen = self.game, len(self.played), percept.observation.tobytes(), agent
        if self._found_of != seen:
            self._found_of, self._found = seen, {}
        if kind not in self._found:
            self._found[kind] = find(percept)
        found: T = self._found[kind]
        return found

    @property
    def truth(self) -> dict[str, Any] | None:
        """In a gridworld: how the agent compares with the optimum (`workshop.truth`)."""
        measure, agent = self._measure, self.agents[0]
        if measure is None or not self._rates_actions:
            return None
        return self._once("truth", agent, lambda _: measure(agent))

    @property
    def _rates_actions(self) -> bool:
        """Whether the first agent values its actions, and does not merely draw one by lot."""
        agent = self.agents[0]
        thoughts = self._once("thoughts", agent, agent.think)
        return thoughts is not None and not thoughts.are_shares

    def field_of_values(self) -> np.ndarray | None:
        """In a gridworld: (states, actions), how the agent rates its actions in every cell."""
        if not self.world.is_gridworld or not self._rates_actions:
            return None
        face: Any = self.env.unwrapped
        grid: Grid = face.grid
        found = np.zeros((grid.states, grid.actions))
        scene = face.state // grid.cells
        for state in grid.decision_states[grid.decision_states // grid.cells == scene]:
            thoughts = self.agents[0].think(face.percept(int(state)))
            if thoughts is None:
                return None
            found[state] = thoughts.scores
        return found

    def advance(self, action: int | None = None) -> bool:
        """One move: `action`, or what the agent to move chooses.

        Returns:
            False if nothing happened: the game is over, a person is to move, or it is illegal.
        """
        if self.over or (action is None and self.waits_for_human):
            return False
        percept = self.percept
        if action is None:
            thoughts = self.mover.think(percept)
            if thoughts is not None:
                self.decided = (self.mover_name, thoughts)
            self.asked = self.mover, percept
            try:
                action = self.mover.act(percept)
            except Failure as failure:
                self._forfeit(f"{failure.outcome.replace('_', ' ')}: {failure.reason}")
                return True
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
            self.result += f" · {self._match_result()}"

    def _forfeit(self, why: str) -> None:
        """A bot has lost by what it did, or did not do."""
        self._score_before = copy.deepcopy(self.score)
        self.over = self.forfeited = True
        self.result = f"{self.mover_name}: {why}"
        if self.world.two_player:
            self.score.wins[1 - self.seated(self.player)] += 1

    def _match_result(self) -> str:
        """Who has won the match."""
        ahead, behind = sorted(self.score.wins, reverse=True)
        if ahead == behind:
            return f"the match is drawn, {ahead} : {behind}"
        name = self.names[self.score.wins.index(ahead)]
        verb = "win" if name == "you" else "wins"
        return f"{name} {verb} the match, {ahead} : {behind}"

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
        for _, guest in self._guests:
            guest.close()
        self.env.close()

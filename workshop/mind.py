"""What goes on in the minds of a session's agents, found once for each move.

A search may take long. A window has it made aside (`aside`) and draws what is known meanwhile;
everybody else waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar

from agents.agent import Agent, Branch, Thoughts
from agents.human import HumanAgent
from envs.gridworld import GridWorldEnv
from envs.percept import Percept
from workshop.activations import Layer, activations
from workshop.background import Answers
from workshop.field import Field, field_of
from workshop.guest import Guest
from workshop.truth import exact_measure

if TYPE_CHECKING:
    from workshop.session import Session

T = TypeVar("T")


class Mind:
    """Asks the agents of a session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        world = session.world
        self._measure = exact_measure(world) if world.grid is not None else None
        self._answers = Answers()
        self._field_of: tuple[Any, ...] = ()
        self._field: Field | None = None
        self._unwanted = Event()
        """Is set when what is asked now is of no use any more."""
        self._truth_of: tuple[Agent, dict[str, Any]] | None = None

    def aside(self) -> None:
        """From now on nobody waits for agents that may search for long: those of board games."""
        if self.session.world.rules is not None:
            self._answers.aside()

    @property
    def answered(self) -> int:
        """A number that rises when there is something new to show."""
        return self._answers.answered

    @property
    def busy(self) -> bool:
        """Whether something that was asked has no answer yet."""
        asked: list[Future[Any]] = list(self._answers.known.values())
        asked += [guest.asked for _, guest in self.session.guests if guest.asked is not None]
        return not self.session.over and not all(answer.done() for answer in asked)

    def forget(self) -> None:
        """What was asked is of no use any more: it is not begun, or given up where that can be."""
        self._answers.turn_to(None)
        self._unwanted.set()
        self._unwanted = Event()

    def pending(self, kind: str) -> bool:
        """Whether what was asked of this kind, such as `ahead`, has no answer yet."""
        known = self._answers.known
        return kind in known and not known[kind].done()

    def ready(self, patience: float = 0.0) -> bool:
        """Whether the move of the agent to move is there; asks for it, and waits a little.

        Args:
            patience: seconds to wait at most.
        """
        return not wait([self._move()], patience).not_done

    def intended(self) -> int | None:
        """The action of the agent to move, if it is there.

        On a person's turn the other one is not asked for a move, which might disturb what it
        remembers and the lots it draws: the one action that it rates highest, if there is one.
        """
        session = self.session
        if session.over:
            return None
        if session.waits_for_human:
            thoughts = self.thoughts()
            return None if thoughts is None else thoughts.only_best
        move = self._move()
        return move.result() if move.done() and move.exception() is None else None

    def decide(self) -> tuple[Thoughts | None, int]:
        """What the agent to move thinks, and its move, for which this waits.

        Raises:
            Failure: a bot has no move in time, or none at all, or an illegal one.
        """
        mover = self.session.mover
        if isinstance(mover, Guest):
            return None, mover.act(self.session.percept)
        thoughts, move = self._once("thoughts", mover, _think), self._move()
        return thoughts.result(), move.result()

    def thoughts(self) -> Thoughts | None:
        """How the agent to move rates its actions; for a person, how the other would."""
        session = self.session
        if session.over:
            return None
        thinker = session.mover
        if isinstance(thinker, HumanAgent):
            others = [agent for agent in session.agents if not isinstance(agent, HumanAgent)]
            if not others:
                return None
            thinker = others[0]
        return _known(self._once("thoughts", thinker, _think), None)

    def ahead(self) -> tuple[Branch, ...]:
        """How the agent to move looks ahead; on a person's turn, how the other did last."""
        return self._of_mover_or_last("ahead", lambda agent, percept: agent.ahead(percept), ())

    def layers(self) -> list[Layer]:
        """What the network of the agent to move computes; on a person's turn, what it did last."""
        return self._of_mover_or_last("layers", activations, [])

    @property
    def truth(self) -> dict[str, Any] | None:
        """In a gridworld: how the agent compares with the optimum (`workshop.truth`)."""
        measure, agent = self._measure, self.session.agents[0]
        if measure is None or not self._rates_actions:
            return None
        if self._truth_of is None or self._truth_of[0] is not agent:
            self._truth_of = agent, measure(agent)
        return self._truth_of[1]

    def field(self) -> Field | None:
        """In a gridworld: how the agent rates its actions in every cell; asked once a scene."""
        if not self.session.world.is_gridworld:
            return None
        face, agent = self.session.env.unwrapped, self.session.agents[0]
        assert isinstance(face, GridWorldEnv)
        seen = agent, face.grid, face.state // face.grid.cells
        if self._field_of != seen:
            self._field_of, self._field = seen, field_of(agent, face)
        return self._field

    def close(self) -> None:
        """Asks nothing more."""
        self.forget()
        self._answers.close()

    @property
    def _rates_actions(self) -> bool:
        """Whether the first agent values its actions, and does not merely draw one by lot.

        Once an episode is over, what it thought before its last move tells.
        """
        session = self.session
        if session.over:
            thoughts = session.decided[1] if session.decided else None
        else:
            thoughts = self._once("thoughts", session.agents[0], _think).result()
        return thoughts is not None and not thoughts.are_shares

    def _move(self) -> Future[int]:
        """The move of the agent to move; what it thinks is asked first, to be seen first."""
        mover = self.session.mover
        if isinstance(mover, Guest):
            return mover.move(self.session.percept)
        self._once("thoughts", mover, _think)
        return self._once("move", mover, lambda agent, percept: agent.act(percept))

    def _of_mover_or_last(self, kind: str, find: Callable[[Agent, Percept], T], nothing: T) -> T:
        """What `find` says of the agent to move; on a person's turn, of the last other move."""
        session = self.session
        if session.over:
            return nothing
        if not isinstance(session.mover, HumanAgent):
            return _known(self._once(kind, session.mover, find), nothing)
        if session.asked is None:
            return nothing
        agent, seen = session.asked
        return _known(self._once(kind, agent, lambda agent, _: find(agent, seen)), nothing)

    def _once(self, kind: str, agent: Agent, find: Callable[[Agent, Percept], T]) -> Future[T]:
        """What `find` says of the percept: a search is not made anew for every frame."""
        session, percept = self.session, self.session.percept
        seen = session.game, len(session.played), percept.observation.tobytes(), agent
        if not self._answers.is_about(seen):
            self.forget()
            self._answers.turn_to(seen)
        return self._answers.once(kind, partial(_ask, find, agent, percept, self._unwanted))


def _ask(find: Callable[[Agent, Percept], T], agent: Agent, percept: Percept, unwanted: Event) -> T:
    """What `find` says; the agent can see when nobody waits for that any more."""
    agent.unwanted = unwanted
    try:
        return find(agent, percept)
    finally:
        agent.unwanted = None


def _think(agent: Agent, percept: Percept) -> Thoughts | None:
    return agent.think(percept)


def _known(answer: Future[T], nothing: T) -> T:
    """The answer, or `nothing` if it is not there yet."""
    return answer.result() if answer.done() else nothing

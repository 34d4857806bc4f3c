"""What the truth says about a move, and a reason that a person understands."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from agents.line_count import UNDECIDED, LineCount
from agents.minimax import DISCOUNT, Search
from envs.gridworld import GridWorldEnv
from envs.rules.grid import Grid
from envs.rules.kinarow import KInARow
from workshop.field import states_of_scene
from workshop.session import Session
from workshop.truth import best_in, optimum_of, solution_of

TO_THE_END = 14
"""With so few free cells the rest of any game is searched to its end."""
DEPTH = {True: 6, False: 4}
"""How far a hint looks otherwise, with gravity and without."""


@cache
def searcher(rules: KInARow) -> Search:
    """One for all hints on a board; it remembers what it has searched."""
    return Search(rules, rules.rows * rules.cols, LineCount(rules))


def best_actions(session: Session) -> frozenset[int] | None:
    """The actions that are best in truth; None where that is not known."""
    if session.over:
        return None
    face = session.env.unwrapped
    rules = session.world.rules
    if rules is None:
        return _best_steps(session)
    position = face.mine, face.theirs  # type: ignore[attr-defined]
    solution = solution_of(rules)
    if solution is not None:
        return frozenset(solution.best[position])
    if rules.rows * rules.cols - (position[0] | position[1]).bit_count() > TO_THE_END:
        return None
    values = searcher(rules).values(*position)
    most = max(values.values())
    return frozenset(a for a, v in values.items() if np.sign(v) == np.sign(most))


def _best_steps(session: Session) -> frozenset[int] | None:
    """Those of a gridworld."""
    face, grid = session.env.unwrapped, grid_of(session)
    if grid is None:
        return None
    best = best_in(grid)[face.state]  # type: ignore[attr-defined]
    return frozenset(np.flatnonzero(best).tolist())


def grid_of(session: Session) -> Grid | None:
    """The map of this episode, in a gridworld."""
    face = session.env.unwrapped
    return session.world.grid or (face.grid if isinstance(face, GridWorldEnv) else None)


def mistakes(session: Session) -> list[int]:
    """In a gridworld: the states of the present scene in which the agent errs.

    Of one that does not tell what it would do in every cell, a person for one: the states in
    which it has.
    """
    face, grid, field = session.env.unwrapped, grid_of(session), session.mind.field()
    if grid is None or not isinstance(face, GridWorldEnv):
        return []
    best = best_in(grid)
    if field is None:
        steps = zip(face.trail, session.played, strict=False)
        return [state for state, action in steps if not best[state, action]]
    states = states_of_scene(face)
    scores = field.scores[states]
    played = np.eye(grid.actions, dtype=bool)[scores.argmax(1)]  # of equals the first
    if field.are_shares:
        played = scores == scores.max(1, keepdims=True)
    return states[~(played & best[states]).any(1)].tolist()


def hint(session: Session) -> tuple[int, str] | None:
    """A good action, and why; None where nobody knows."""
    rules, world = session.world.rules, session.world
    if session.over:
        return None
    if rules is not None:
        action, why = _board_hint(session, rules)
        return action, f"{world.action_name(action)}: {why}"
    steps, grid = _best_steps(session), grid_of(session)
    if not steps or grid is None:
        return None
    action = min(steps)
    worth = optimum_of(grid).q_value[session.env.unwrapped.state][action]  # type: ignore[attr-defined]
    return (
        action,
        f"{world.action_name(action)}: worth {worth:.2f} with the best play",
    )


def _board_hint(session: Session, rules: KInARow) -> tuple[int, str]:
    """The move that minimax finds, and what it does."""
    face = session.env.unwrapped
    mine, theirs = face.mine, face.theirs  # type: ignore[attr-defined]
    free = rules.rows * rules.cols - (mine | theirs).bit_count()
    depth = free if free <= TO_THE_END else DEPTH[rules.gravity]
    values = searcher(rules).values(mine, theirs, depth)
    action = max(values, key=values.__getitem__)
    return action, reason(rules, mine, theirs, action, values)


def reason(rules: KInARow, mine: int, theirs: int, action: int, values: dict[int, float]) -> str:
    """Why `action` is a good move, in a few words.

    Args:
        values: the minimax value of every move.
    """
    landing, value = rules.landing(mine, theirs, action), values[action]
    if not rules.misere:
        if rules.lines(mine | landing):
            return "it makes a line and wins"
        legal = rules.legal(mine, theirs)
        if rules.completions(theirs) & legal & landing:
            return "else the other one completes a line there"
        threats = rules.completions(mine | landing) & rules.legal(theirs, mine | landing)
        if value > UNDECIDED and threats.bit_count() > 1:
            return "it threatens in two places at once"
    if value > UNDECIDED:
        return f"it wins in {plies_of(value) + 1} moves at most"
    if value < -UNDECIDED:
        return f"every move loses; this one lasts longest, {plies_of(-value) + 1} moves"
    others = [v for a, v in values.items() if a != action]
    if others and max(others) < -UNDECIDED:
        return "every other move loses"
    return "it keeps the draw" if value == 0 else "it leaves the best chances, as far as one sees"


def plies_of(value: float) -> int:
    """After how many more plies a game of this minimax value ends."""
    return round(math.log(value) / math.log(DISCOUNT))

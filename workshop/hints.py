"""What the truth says about a move, and a reason that a person understands."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from agents.line_count import UNDECIDED, LineCount
from agents.minimax import DISCOUNT, Search
from envs.gridworld import GridWorldEnv
from envs.rules.grid import Grid
from envs.rules.kinarow import KInARow
from workshop.field import states_of_scene
from workshop.positions import EMPTY_CELLS
from workshop.truth import best_in, optimum_of, solution_of

if TYPE_CHECKING:
    from workshop.session import Session

T = TypeVar("T")
Hint = tuple[int, str]
"""A good action, and why."""
DEPTH = {True: 6, False: 4}
"""How far a hint looks where the end is too far, with gravity and without."""
PATIENCE = 3.0
"""Seconds in which it looks as far as it can, if that is less."""


@cache
def searcher(rules: KInARow) -> Search:
    """One for all hints on a board; it remembers what it has searched."""
    return Search(rules, rules.rows * rules.cols, LineCount(rules))


def best_actions(session: Session) -> frozenset[int] | None:
    """The actions that are best in truth; None where that is not known."""
    return to_find_best(session)()


def hint(session: Session) -> Hint | None:
    """A good action, and why; None where nobody knows."""
    return to_find_hint(session)()


def truth_waits_for(session: Session) -> int:
    """With how many free cells it will be known what is best on this board; 0: it is already."""
    rules, face = session.world.rules, session.env.unwrapped
    if rules is None or session.over or solution_of(rules) is not None:
        return 0
    cells = EMPTY_CELLS[rules.gravity]
    return cells if _free_cells(rules, face.mine, face.theirs) > cells else 0  # type: ignore[attr-defined]


def to_find_best(session: Session) -> Callable[[], frozenset[int] | None]:
    """`best_actions` of the session as it is now, to be found in any thread."""
    return _to_find(session, _best_on_board, _best_steps)


def to_find_hint(session: Session) -> Callable[[], Hint | None]:
    """`hint` of the session as it is now, to be found in any thread."""
    return _to_find(session, _board_hint, _grid_hint)


def _to_find(
    session: Session,
    on_board: Callable[[KInARow, int, int], T | None],
    elsewhere: Callable[[Session], T | None],
) -> Callable[[], T | None]:
    if session.over:
        return lambda: None
    if session.world.rules is None:
        return partial(elsewhere, session)
    face: Any = session.env.unwrapped
    return partial(on_board, session.world.rules, face.mine, face.theirs)


def _free_cells(rules: KInARow, mine: int, theirs: int) -> int:
    return rules.rows * rules.cols - (mine | theirs).bit_count()


def _best_on_board(rules: KInARow, mine: int, theirs: int) -> frozenset[int] | None:
    solution = solution_of(rules)
    if solution is not None:
        return frozenset(solution.best[mine, theirs])
    if _free_cells(rules, mine, theirs) > EMPTY_CELLS[rules.gravity]:
        return None
    values = searcher(rules).values(mine, theirs)
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


def _grid_hint(session: Session) -> Hint | None:
    """One of the best steps, and what it is worth."""
    steps, grid = _best_steps(session), grid_of(session)
    if not steps or grid is None:
        return None
    action, state = min(steps), session.env.unwrapped.state  # type: ignore[attr-defined]
    worth = optimum_of(grid).q_value[state][action]
    return action, f"{session.world.action_name(action)}: worth {worth:.2f} with the best play"


def _board_hint(rules: KInARow, mine: int, theirs: int) -> Hint:
    """The move that minimax finds, and what it does."""
    search, free = searcher(rules), _free_cells(rules, mine, theirs)
    if free <= EMPTY_CELLS[rules.gravity]:
        values = search.values(mine, theirs, free)
    else:
        values = search.deepen(mine, theirs, PATIENCE, DEPTH[rules.gravity])
    action = max(values, key=values.__getitem__)
    why = reason(rules, mine, theirs, action, values)
    return action, f"{rules.action_name(action)}: {why}"


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

"""Tic-tac-toe, Connect Four and their kin: a Gymnasium face of `envs.rules.kinarow.KInARow`."""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from typing import Any, Literal

import gymnasium as gym
import numpy as np

from envs.drawing.rendering import Renderer, render_modes
from envs.names import BadInput, nearest
from envs.percept import Percept, freeze
from envs.rules.kinarow import KInARow

Seat = Literal["first", "second", "random", "both"]
Illegal = Literal["lose", "raise", "penalise"]
SEATS: tuple[str, ...] = ("first", "second", "random", "both")
ILLEGAL: tuple[str, ...] = ("lose", "raise", "penalise")
Opponent = Callable[[Percept], int]


class IllegalMove(ValueError):
    """An action that the rules forbid here."""


def make_rules(rows: int, cols: int, k: int, gravity: bool, misere: bool) -> KInARow:
    """The rules of a board.

    Raises:
        BadInput: there is no such board, or it is too large.
    """
    for name, value in (("gravity", gravity), ("misere", misere)):
        if value not in (True, False):
            raise BadInput(f"{name} is true or false, not {value!r}")
    try:
        return KInARow(index(rows), index(cols), index(k), bool(gravity), bool(misere))
    except TypeError:
        raise BadInput(f"rows, cols and k are whole numbers, not {rows}, {cols}, {k}") from None
    except ValueError as error:
        raise BadInput(str(error)) from None


def check_choices(seat: str, illegal: str) -> None:
    """Raises BadInput unless both are among the known ones."""
    if seat not in SEATS:
        raise BadInput(f"no seat {seat!r}; {nearest(seat, SEATS)}")
    if illegal not in ILLEGAL:
        raise BadInput(f"no policy {illegal!r} for illegal moves; {nearest(illegal, ILLEGAL)}")


class BoardEnv(gym.Env[np.ndarray, Any]):
    """One seat of a board game against an opponent, or both seats in turn.

    Description:
        Two players put stones on a board; `k` in a row, column or diagonal win, a full board
        is a draw. With `gravity`, stones fall to the bottom of their column.

    Action space:
        `Discrete(cols)` with gravity: the column, counted from the left. Else
        `Discrete(rows * cols)`: the cell, counted row by row from the upper left.

    Observation space:
        `MultiBinary((2, rows, cols))`: the stones of the player to move, then the other's.

    Rewards:
        +1 for a win, -1 for a loss, 0 else, from the learner's side; a loss by the opponent's
        reply is delivered in the same step. With `seat="both"`, from the side of whoever moved.

    Episode end:
        Terminated when a player has a line, the board is full, or (illegal="lose") a move was
        illegal. Never truncated.

    Arguments:
        rows, cols, k, gravity, misere: the board; misère: whoever makes a line loses.
        seat: `first`, `second`, `random` (drawn at every reset), or `both`: whoever calls
            `step` plays both sides in turn, and the next percept is the opponent's.
        opponent: a callable from percept to action; None: uniformly random legal.
        illegal: what an illegal move does: `lose` the game, `raise` an IllegalMove, or
            `penalise`: reward -1, and the same position again.
        render_mode: `human`, `rgb_array` or `ansi`.
        theme: `light` or `dark`.

    Info:
        `action_mask`: int8 (actions,), 1 where an action is legal; all zeros when the game is over.

    Version history:
        v0: first.
    """

    metadata = render_modes(fps=2)

    def __init__(
        self,
        rows: int = 3,
        cols: int = 3,
        k: int = 3,
        gravity: bool = False,
        misere: bool = False,
        seat: Seat = "random",
        opponent: Opponent | None = None,
        illegal: Illegal = "lose",
        render_mode: str | None = None,
        theme: str = "light",
    ) -> None:
        check_choices(seat, illegal)
        self.rules = make_rules(rows, cols, k, gravity, misere)
        self._squares = self.rules.action_bits.tolist()
        self.seat, self.opponent, self.illegal = seat, opponent, illegal
        self.value_sign = -1 if seat == "both" else 1
        """The sign of the next percept's value: -1 where it is the opponent's."""
        self.observation_space = gym.spaces.MultiBinary((2, self.rules.rows, self.rules.cols))
        self.action_space = gym.spaces.Discrete(self.rules.actions)
        self.render_mode = render_mode
        self._renderer = Renderer(self, theme)
        self.mine = self.theirs = 0
        """The stones of the player to move, and the other's."""
        self.player = 0
        """Whose move it is; 0 moves first."""
        self.over = False
        self.moves: list[int] = []
        """The actions played, both players'."""
        self.learner = 0
        """The seat that `step` plays; with `seat="both"`, whichever is to move."""
        self._both = seat == "both"
        self._places = {
            cell: ((0, *place), (1, *place)) for cell, place in self.rules.cell_of.items()
        }
        """Where a stone is seen by its owner, and by the other."""
        self._anywhere = self.rules.legal(0, 0)
        self._empty = np.zeros((2, self.rules.rows, self.rules.cols), np.int8)
        self._masks = {
            over: np.full(self.rules.actions, not over, np.int8) for over in (False, True)
        }
        """The mask of an empty board, and that of a game that is over."""
        self._clear()

    def _clear(self) -> None:
        self.mine = self.theirs = 0
        self.player = 0
        self.over = False
        self.moves = []
        # kept up to date move by move: where a stone can land, what each seat sees, what is legal
        self._free = self._anywhere
        self._seen = self._empty.copy(), self._empty.copy()
        self._legal = self._masks[False].copy()

    def stones(self) -> tuple[int, int]:
        """The bitboards of player 0 and player 1."""
        return (self.mine, self.theirs) if self.player == 0 else (self.theirs, self.mine)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """An empty board, or the opponent's first stone on it."""
        super().reset(seed=seed)
        self._clear()
        if self.seat == "random":
            self.learner = int(self.np_random.integers(2))
        else:
            self.learner = int(self.seat == "second")
        if self.learner == 1:
            self._reply()
        if self.render_mode == "human":
            self.render()
        return self._percept_now()

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Puts a stone, and has the opponent answer unless one side plays both seats."""
        action = int(action)
        landing = self._landing(action)
        if landing:
            reward = self._put(action, landing)
            if not (self._both or self.over):
                reward = -self._reply()
        else:
            reward = self._refuse(action)
        if self.render_mode == "human":
            self.render()
        observation, info = self._percept_now()
        return observation, reward, self.over, False, info

    def _percept_now(self) -> tuple[np.ndarray, dict[str, Any]]:
        """What the player to move sees, or the learner where it is alone; and the mask."""
        seat = self.player if self._both else self.learner
        mask = self._masks[True] if self.over else self._legal
        return self._seen[seat].copy(), {"action_mask": mask.copy()}

    def _landing(self, action: int) -> int:
        """Where a stone comes to rest; 0 if the action is illegal or the game is over."""
        return self._free & self._squares[action] if 0 <= action < len(self._squares) else 0

    def _put(self, action: int, landing: int) -> float:
        """Plays a legal move and hands the board to the other player; what it is worth."""
        rules, moves, mover = self.rules, self.moves, self.player
        as_mine, as_theirs = self._places[landing]
        self._seen[mover][as_mine] = 1
        self._seen[1 - mover][as_theirs] = 1
        self.player = 1 - mover
        self.mine, self.theirs = self.theirs, self.mine | landing
        moves.append(action)
        # a line takes k stones of one's own, and so as many moves
        if len(moves) > 2 * rules.k - 2 and rules.lines(self.theirs):
            self.over, self._free = True, 0
            return float(rules.line_value)
        self._free = free = rules.legal(self.mine, self.theirs)
        self.over = not free
        if not free & self._squares[action]:
            self._legal[action] = 0  # no other action can have become illegal
        return 0.0

    def _refuse(self, action: int) -> float:
        if self.over:
            raise IllegalMove("the game is over; call reset()")
        if self.illegal == "raise":
            raise IllegalMove(self._told(action))
        if self.illegal == "lose":
            self.over, self._free = True, 0
        return -1.0

    def why_illegal(self, action: int) -> str:
        """Why `action` cannot be played here, in the words of the board."""
        if not 0 <= action < self.rules.actions:
            return f"there is no action {action}"
        name = self.rules.action_name(action)
        return f"column {name} is full" if self.rules.gravity else f"{name} is taken"

    def _told(self, action: int) -> str:
        """The same for whoever wrote a program: with the numbers of the actions."""
        legal = ", ".join(map(str, self.rules.legal_actions(self.mine, self.theirs)))
        return f"action {action}: {self.why_illegal(action)}; legal: {legal}"

    def _reply(self) -> float:
        """The opponent's move; what it is worth to the opponent."""
        if self.opponent is None:
            legal = self.rules.legal_actions(self.mine, self.theirs)
            action = legal[int(self.np_random.random() * len(legal))]
        else:
            action = int(self.opponent(self.percept()))
        landing = self._landing(action)
        if not landing:
            raise IllegalMove(f"the opponent's move, {self._told(action)}")
        return self._put(action, landing)

    def planes(self, player: int) -> np.ndarray:
        """int8 (2, rows, cols): the stones of `player`, then the other's."""
        return self._seen[player].copy()

    def action_masks(self) -> np.ndarray:
        """bool (actions,): the legal actions (the name SB3's maskable agents ask for)."""
        return self._percept_now()[1]["action_mask"].view(bool)

    def percept(self) -> Percept:
        """What the player to move perceives."""
        return board_percept(self.rules, self.mine, self.theirs, self.player)

    def ansi(self) -> str:
        """The board as text: X moves first."""
        first, second = self.stones()
        signs = np.where(self.rules.to_board(first, second) > 0, "X", ".")
        signs[self.rules.to_board(second, first) > 0] = "O"
        return "\n".join(" ".join(row) for row in signs)

    def render(self) -> Any:
        """A frame, or text, as `render_mode` asks."""
        return self._renderer.render()

    def close(self) -> None:
        """Closes the window, if one is open."""
        self._renderer.close()


def board_percept(rules: KInARow, mine: int, theirs: int, player: int) -> Percept:
    """What `player`, who is to move, perceives of a position."""
    board = rules.to_board(mine, theirs)
    observation = np.stack((board > 0, board < 0)).view(np.int8)
    mask = (rules.action_bits & rules.legal(mine, theirs)) != 0
    legal = rules.legal_actions(mine, theirs)
    return Percept(freeze(observation), freeze(mask), legal, player, freeze(board))

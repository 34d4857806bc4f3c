"""What is shown of a whole gridworld: an agent's policy, the truth, and where they differ."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from agents.agent import Agent, Thoughts, make_agent
from agents.goal_based import best_first, goals_of
from agents.human import HumanAgent
from agents.ppo import Config, PPOAgent
from envs.drawing import gridworld
from envs.drawing.canvas import Box, Canvas
from envs.drawing.steps import draw_policy
from envs.drawing.theme import LIGHT, THEMES
from envs.gridworld import GridWorldEnv
from envs.percept import Percept
from envs.rules.grid import Grid
from envs.worlds import find_world
from workshop.hints import hint, mistakes
from workshop.session import Session
from workshop.truth import optimum_of
from workshop.view import Look, View

UP, RIGHT, DOWN, LEFT = range(4)


class Goes(Agent):
    """Goes in given directions, each as likely as it says."""

    def __init__(self, *shares: float) -> None:
        self.shares = np.array(shares)

    def act(self, percept: Percept) -> int:
        return int(self.shares.argmax())

    def think(self, percept: Percept) -> Thoughts:
        return Thoughts(self.shares, "probability")


def session_in(world: str, agent: Agent | str, seed: int = 0) -> Session:
    place = find_world(world)
    made = make_agent(agent, place, 0) if isinstance(agent, str) else agent
    return Session(place, [made], ["a"], seed)


def session_on(text: str, agent: Agent | str) -> Session:
    place = find_world("gridworld", f"{text}\n")
    made = make_agent(agent, place, 0) if isinstance(agent, str) else agent
    return Session(place, [made], ["a"], seed=0)


def face_of(session: Session) -> GridWorldEnv:
    face = session.env.unwrapped
    assert isinstance(face, GridWorldEnv)
    return face


@pytest.fixture
def pointers(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The actions marked as best, cell by cell, of the cells in which there is a choice."""
    found: list[list[int]] = []
    draw = gridworld.draw_best

    def noted(canvas: Canvas, tile: Box, actions: Iterable[int]) -> None:
        found.append(list(actions))
        draw(canvas, tile, actions)

    monkeypatch.setattr(gridworld, "draw_best", noted)
    return found


@pytest.mark.parametrize(
    ("world", "agent"),
    [
        ("gridworld", "human"),
        ("gridworld", "a-star"),
        ("gridworld", Goes(0.1, 0.7, 0.1, 0.1)),
        ("gridworld:map=random,size=6,pits=0", "human"),
        ("gridworld:map=random,size=6,pits=0", "random"),
        ("gridworld:observation=local", "model-based-reflex"),
    ],
)
def test_who_follows_the_golden_pointers_comes_to_the_goal_by_a_shortest_way(
    world: str, agent: Agent | str, pointers: list[list[int]]
) -> None:
    session = session_in(world, agent, seed=3)
    grid = face_of(session).grid
    View(session).draw((640, 480), Look(truth=True))
    states = grid.decision_states.tolist()
    assert len(pointers) == len(states)
    best, state, steps = dict(zip(states, pointers, strict=True)), grid.start, 0
    while state in best:
        state, steps = int(grid.next_state[state, best[state][-1]]), steps + 1
    assert goals_of(grid)[state]
    shortest = best_first(grid, grid.start, goals_of(grid), lambda state: 0).actions
    assert shortest is not None and steps == len(shortest)


def test_equally_good_steps_have_a_pointer_each(pointers: list[list[int]]) -> None:
    session = session_on("S..\n...\n..G", "human")
    View(session).draw((640, 480), Look(truth=True))
    both = [RIGHT, DOWN]
    assert pointers == [both, both, [DOWN], both, both, [DOWN], [RIGHT], [RIGHT]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(640, 480), (1280, 800), (1920, 1080)])
def test_the_pointers_are_gold_and_at_the_edge_where_no_arrow_is(
    theme: str, size: tuple[int, int]
) -> None:
    session = session_on("S.G", Goes(0, 0, 0, 1))
    view = View(session)
    canvas = view.draw(size, Look(theme=theme, truth=True))
    cell = view.board_box(size, Look().keys).cell(0, 1, 1, 3)
    picture = canvas.array()
    y, x = round(cell.center[1]), round(cell.x + 0.92 * cell.width)
    assert np.abs(picture[y, x].astype(int) - THEMES[theme].goal).max() < 12
    x = round(cell.x + 0.3 * cell.width)  # the agent's arrow, which points to the left
    ground, ink = THEMES[theme].cell, picture[y - 2 : y + 3, x].astype(int)
    assert np.abs(ink - ground).max() > 100 and np.abs(ink - THEMES[theme].goal).max() > 100


def test_a_map_is_solved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    solved, solve = [], Grid.solve
    monkeypatch.setattr(
        Grid, "solve", lambda grid, *how, **more: solved.append(how) or solve(grid, *how, **more)
    )
    session = session_in("gridworld:map=random,size=5", "random", seed=11)
    view = View(session)
    for _ in range(3):
        view.draw((640, 480), Look(truth=True))
        session.advance()
    hint(session)
    assert len(solved) == 1
    session.next_game()  # another map
    view.draw((640, 480), Look(truth=True))
    assert len(solved) == 2


def test_a_policy_errs_where_its_likeliest_action_is_not_one_of_the_best() -> None:
    line = "S..G.."
    assert mistakes(session_on(line, Goes(0.1, 0.6, 0.2, 0.1))) == []  # all before the goal
    assert mistakes(session_on(line, Goes(0.1, 0.2, 0.1, 0.6))) == [0, 1, 2]
    assert mistakes(session_on(line, Goes(0, 0.5, 0, 0.5))) == []  # it may do the best
    assert mistakes(session_on(line, "random")) == []


def test_a_shortest_way_is_a_mistake_where_a_longer_one_pays_more() -> None:
    session = session_on("S.G\n$$$", "a-star")
    grid, wrong = face_of(session).grid, mistakes(session)
    assert grid.start in wrong  # it leaves the coins where they are
    assert optimum_of(grid).q_value[grid.start].argmax() == DOWN


def test_a_person_is_shown_the_wrong_steps_of_this_episode() -> None:
    world = find_world("gridworld", "S..G\n")
    session = Session(world, [HumanAgent(world)], ["you"], seed=0)
    for action in (RIGHT, LEFT, UP, RIGHT):
        session.advance(action)
    assert sorted(set(mistakes(session))) == [0, 1]  # into the wall above, and back
    session.take_back()
    session.take_back()
    assert mistakes(session) == [1]
    session.begin()
    assert mistakes(session) == []


def test_the_field_of_a_policy_is_what_it_thinks_in_every_cell() -> None:
    world = find_world("gridworld:map=small")
    session = Session(world, [PPOAgent(world, Config(), seed=1)], ["ppo"], seed=0)
    field, face = session.mind.field(), face_of(session)
    assert field is not None and field.are_shares
    for state in face.grid.decision_states:
        thoughts = session.agents[0].think(face.percept(int(state)))
        assert thoughts is not None
        assert field.scores[state] == pytest.approx(thoughts.scores)
        assert field.scores[state].sum() == pytest.approx(1)
    session.advance()
    assert session.mind.field() is field  # nobody is asked again at every move


def test_who_remembers_is_not_asked_about_cells_it_has_never_seen() -> None:
    session = session_in("gridworld:observation=local", "model-based-reflex")
    assert session.mind.field() is None


def test_the_area_of_an_arrow_is_how_probable_its_action_is() -> None:
    canvas, tile = Canvas((400, 400), LIGHT), Box(0, 0, 400, 400)
    draw_policy(canvas, tile, np.array([0.0, 0.8, 0.0, 0.2]), (255, 255, 255))
    drawn = (canvas.array() < 240).any(axis=2)
    right, left = drawn[:, 200:].sum(), drawn[:, :200].sum()
    assert right / left == pytest.approx(4, rel=0.1)
    assert not drawn[:150].any() and not drawn[250:].any()  # nothing upwards, nothing downwards


@pytest.mark.parametrize("size", [(640, 480), (1280, 800), (1920, 1080)])
def test_every_cell_shows_the_policy_of_an_agent_that_tells_probabilities(
    size: tuple[int, int],
) -> None:
    session = session_in("gridworld:map=small", Goes(0, 1, 0, 0))
    view = View(session)
    picture = view.draw(size, Look()).array().astype(int)
    bare = view.draw(size, Look(thoughts=False)).array().astype(int)
    face, box = face_of(session), view.board_box(size)
    for state in face.grid.decision_states.tolist():
        row, col = divmod(state, face.grid.cols)
        cell = box.cell(row, col, face.grid.rows, face.grid.cols)
        y, left, right = (
            round(cell.center[1]),
            round(cell.x + 0.27 * cell.width),
            round(cell.x + 0.8 * cell.width),
        )
        changed = np.abs(picture - bare).max(axis=2) > 60
        assert changed[y - 1 : y + 2, right - 2 : right + 2].any()
        assert state == face.state or not changed[y - 1 : y + 2, left - 2 : left + 2].any()

"""Pictures: they show what the state says, at every size, in both themes, with no display."""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pygame
import pytest
from conftest import Workshop
from PIL import Image

import envs  # noqa: F401 - registers the worlds
from agents.agent import make_agent
from agents.human import HumanAgent
from envs.drawing.board import BoardDrawer
from envs.drawing.canvas import Canvas, Point
from envs.drawing.glyphs import draw_glyph
from envs.drawing.steps import TRUTH_EDGE
from envs.drawing.theme import THEMES, Color
from envs.worlds import find_world
from workshop.field import Field
from workshop.gallery import COLUMNS, TITLE, scenes
from workshop.recording import Frame, write_frames
from workshop.session import Session
from workshop.view import PANELS, Look, View


def near(pixel: np.ndarray, color: Color) -> bool:
    return bool(np.abs(pixel.astype(int) - color).max() < 12)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_frame_shows_the_stones_where_they_are(theme: str) -> None:
    env: Any = gym.make("workshop/TicTacToe-v0", seat="both", render_mode="rgb_array", theme=theme)
    env.reset(seed=0)
    colors = THEMES[theme]
    for action in (0, 4):
        env.step(action)
    frame = env.render()
    assert frame.shape == (640, 640, 3) and frame.dtype == np.uint8
    cell = 175  # what the letters and numbers at the edges leave of 640 pixels
    centers = [(74 + (row + 0.5) * cell, 58 + (col + 0.5) * cell) for row, col in ((0, 0), (1, 1))]
    cross, nought = ((round(y), round(x)) for y, x in centers)
    assert near(frame[cross], colors.first)  # the middle of the cross
    assert near(frame[nought], colors.cell)  # the hole of the nought ...
    assert near(frame[nought[0], round(nought[1] + 0.25 * cell)], colors.mark)  # ... and its ring
    assert near(frame[cross[0], round(cross[1] + 2 * cell)], colors.cell)  # nothing there


def test_a_stone_in_connect_four_lies_at_the_bottom() -> None:
    env: Any = gym.make("workshop/ConnectFour-v0", seat="both", render_mode="rgb_array")
    env.reset(seed=0)
    before = env.render()
    env.step(3)
    changed = (before != env.render()).any(axis=2)
    rows, cols = np.nonzero(changed)
    assert rows.min() > 0.7 * 640 * 6 / 7
    assert abs(cols.mean() - 320) < 10


def test_the_agent_in_the_gridworld_is_where_the_state_says() -> None:
    env: Any = gym.make("workshop/GridWorld-v0", map="small", render_mode="rgb_array")
    state, _ = env.reset(seed=0)
    for action in (None, 0, 0):
        if action is not None:
            state, *_ = env.step(action)
        frame = env.render()
        purple = np.abs(frame.astype(int) - THEMES["light"].agent).max(axis=2) < 8
        rows, cols = np.nonzero(purple)
        side = 588.8 / 4
        top = (640 - 3 * side) / 2
        row, col = divmod(state, 4)
        assert row == (np.median(rows) - top) // side and col == (np.median(cols) - 25.6) // side


def test_text_frames() -> None:
    env: Any = gym.make("workshop/TicTacToe-v0", seat="both", render_mode="ansi")
    env.reset(seed=0)
    env.step(4)
    env.step(0)
    assert env.render() == "O . .\n. X .\n. . ."
    grid: Any = gym.make("workshop/GridWorld-v0", map="small", render_mode="ansi")
    grid.reset(seed=0)
    assert grid.render() == ". . . G\n. # . X\n@ . . ."


@pytest.mark.parametrize("size", [(320, 200), (640, 400), (1280, 800), (700, 900)])
@pytest.mark.parametrize(
    "world_name", ["tictactoe", "connect-four", "gridworld", "duel", "CartPole-v1"]
)
def test_the_view_fits_every_size(world_name: str, size: tuple[int, int]) -> None:
    world = find_world(world_name)
    agent = make_agent("random", world, 0)
    session = Session(world, [agent] * (2 if world.two_player else 1), ["a", "b"], seed=0)
    view = View(session)
    session.advance()
    frame = view.draw(size, Look()).array()
    assert frame.shape == (size[1], size[0], 3)
    background = THEMES["light"].background
    box = view.board_box(size)
    inside = frame[
        round(box.y) : round(box.y + box.height), round(box.x) : round(box.x + box.width)
    ]
    drawn = (np.abs(inside.astype(int) - background).max(axis=2) > 12).mean()
    assert drawn > (0.003 if world_name == "CartPole-v1" else 0.15)
    edge = np.concatenate([frame[:, 0], frame[0, : size[0] // 3]])
    assert all(near(pixel, background) for pixel in edge)  # nothing runs over the edge


Words = list[tuple[str, float, pygame.Rect]]
"""What was written, how high, and where."""


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> Words:
    written: Words = []
    write = Canvas.text

    def noted(canvas: Canvas, text: str, at: Point, height: float, *rest: Any, **how: Any) -> float:
        width = write(canvas, text, at, height, *rest, **how)
        left = {"left": 0.0, "right": 1.0}.get(how.get("anchor", ""), 0.5) * width
        place = pygame.Rect(0, 0, round(width), round(0.8 * height))
        place.midleft = round(at[0] - left), round(at[1])
        written.append((text, height, place))
        return width

    monkeypatch.setattr(Canvas, "text", noted)
    return written


def test_two_people_are_not_told_what_an_agent_thinks_when_their_game_is_over(words: Words) -> None:
    world = find_world("tictactoe")
    session = Session(world, [HumanAgent(world), HumanAgent(world)], ["you", "human"], seed=0)
    for action in (0, 3, 1, 4, 2):
        session.advance(action)
    assert session.over
    View(session).draw((640, 480), Look())
    assert "You play" in [text for text, _, _ in words]


def test_a_value_that_is_nearly_nothing_has_no_sign(
    words: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = find_world("gridworld")
    session = Session(world, [make_agent("random", world, 0)], ["a"], seed=0)
    assert world.grid is not None
    values = np.full((world.grid.states, 4), -0.001)
    monkeypatch.setattr(session.mind, "field", lambda: Field(values, are_shares=False))
    View(session).draw((1280, 800), Look())
    written = [text for text, _, _ in words]
    assert "0.00" in written and "-0.00" not in written


@pytest.mark.parametrize("size", [(640, 480), (1280, 800), (800, 1000)])
@pytest.mark.parametrize(
    ("world_name", "agents"),
    [
        ("tictactoe", ("minimax", "mcts:simulations=30")),
        ("connect-four", ("mcts:simulations=30", "minimax:depth=2")),
        ("duel", ("voronoi", "random")),
        ("gridworld", ("random",)),
    ],
)
def test_no_word_of_the_view_is_tiny_cut_off_or_over_another(
    world_name: str, agents: tuple[str, ...], size: tuple[int, int], words: Words
) -> None:
    world = find_world(world_name)
    players = [make_agent(name, world, 0) for name in agents]
    session = Session(world, players, list(agents), seed=0)
    view = View(session)
    session.advance()
    for panel in PANELS:
        words.clear()
        view.draw(size, Look(status="paused", panel=panel))
        for number, (text, height, place) in enumerate(words):
            assert height >= 8, (text, height)
            assert pygame.Rect(0, 0, *size).contains(place), text
            others = [other for other, _, there in words[:number] if there.colliderect(place)]
            assert not others, (text, others)


def test_a_world_of_others_with_a_player_of_its_own_is_drawn() -> None:
    world = find_world("Blackjack-v1")
    session = Session(world, [make_agent("random", world, 0)], ["a"], seed=0)
    assert View(session).draw((640, 400), Look()).array().shape == (400, 640, 3)
    assert session.advance()


@pytest.mark.parametrize("kind", ["gif", "png", "mp4"])
def test_a_game_is_saved_with_no_display(workshop: Workshop, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"game.{kind}"
    result = workshop("watch", "tictactoe", "minimax", "random", "--save", path)
    assert result.returncode == 0, result.stderr
    assert not list(tmp_path.glob("*partial*"))
    if kind == "mp4":
        import imageio.v3 as imageio

        assert len(imageio.imread(path, plugin="pyav")) > 30
        return
    with Image.open(path) as image:
        assert image.size == (960, 600)
        assert getattr(image, "n_frames", 1) >= (6 if kind == "gif" else 1)
    assert path.stat().st_size < 400_000


def test_a_film_is_written_picture_by_picture(tmp_path: Path) -> None:
    import imageio.v3 as imageio

    alive: list[weakref.ref[np.ndarray]] = []

    def drawn() -> Iterator[Frame]:
        for number in range(6):
            picture = np.full((65, 64, 3), 40 * number + 10, np.uint8)
            alive.append(weakref.ref(picture))
            yield picture, 0.1
            assert sum(one() is not None for one in alive) <= 2

    assert write_frames(tmp_path / "a.mp4", drawn()) == 6
    film = imageio.imread(tmp_path / "a.mp4", plugin="pyav")
    assert film.shape == (18, 64, 64, 3)  # 0.1 seconds are three pictures; an odd size loses a row
    assert [int(picture.mean()) // 20 for picture in film[1::3]] == [0, 2, 4, 6, 8, 10]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 640, 1280])
def test_every_world_is_in_the_gallery(
    workshop: Workshop, tmp_path: Path, theme: str, width: int
) -> None:
    result = workshop("list", "--picture", "all.png", "--width", width, "--theme", theme)
    assert (result.returncode, result.stdout) == (0, "wrote all.png\n"), result.stderr
    with Image.open(tmp_path / "all.png") as image:
        pixels = np.asarray(image)
    assert pixels.shape[1] == width
    side = width / COLUMNS
    for number in range(len(scenes())):  # each place holds a drawing
        x, y = number % COLUMNS * side, number // COLUMNS * side * (1 + TITLE) + side * TITLE
        place = pixels[round(y) : round(y + side), round(x) : round(x + side)]
        drawn = np.abs(place.astype(int) - THEMES[theme].background).max(axis=2) > 10
        assert 0.2 < drawn.mean() < 0.95
        assert not drawn[:, :1].any() and not drawn[:, -1:].any()  # nothing runs over the edge


def test_a_picture_of_all_worlds_is_a_png_of_a_sensible_size(workshop: Workshop) -> None:
    for options, complaint in (
        (("--picture", "all.gif"), "PNG"),
        (("--picture", "all.png", "--width", 5), "between 160 and 8000"),
        (("--picture", "nowhere/all.png"), "no folder"),
    ):
        result = workshop("list", *options)
        assert result.returncode == 2 and complaint in result.stderr


def walked(*actions: int, name: str = "small", worth: float = 0.9) -> Session:
    """Somebody in a gridworld who values every cell, and errs in many."""
    world = find_world(f"gridworld:map={name}")
    session = Session(world, [make_agent("random", world, 0)], ["a"], seed=0)
    for action in actions:
        session.advance(action)
    assert world.grid is not None
    values = np.random.default_rng(0).uniform(-worth, worth, (world.grid.states, 4))
    session.mind.field = lambda: Field(values, are_shares=False)  # type: ignore[method-assign]
    return session


def test_nobody_stands_on_a_value_nor_a_trail_on_a_word(
    words: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    discs: list[tuple[Point, float]] = []
    circle = Canvas.circle

    def noted(canvas: Canvas, at: Point, radius: float, color: Color, width: float = 0) -> None:
        if color == canvas.theme.agent and at[0] < 760:
            discs.append((at, radius))
        circle(canvas, at, radius, color, width)

    monkeypatch.setattr(Canvas, "circle", noted)
    session = walked(0, 0, 1)
    for thoughts in (True, False):
        words.clear()
        discs.clear()
        View(session).draw((1280, 800), Look(thoughts=thoughts))
        assert len(discs) == 4  # the agent, and three cells of its trail
        for (x, y), radius in discs:
            over = pygame.Rect(0, 0, 2 * radius, 2 * radius)
            over.center = round(x), round(y)
            assert not [text for text, _, there in words if there.colliderect(over)]
    assert "start" in [text for text, _, _ in words]


@pytest.mark.parametrize("side", [16.0, 30.0, 80.0])
def test_the_number_of_a_teleport_can_be_read(side: float, words: Words) -> None:
    canvas = Canvas((100, 100), THEMES["light"])
    draw_glyph(canvas, (50, 50), side, "2", canvas.theme.cell)
    ((text, height, _),) = words
    assert text == "2" and height > 11


@pytest.mark.parametrize("size", [(1280, 800), (3840, 2160)])
@pytest.mark.parametrize(("name", "worth"), [("four-rooms", 0.9), ("cliff", 20.0)])
def test_no_pointer_of_the_truth_is_on_a_value(
    size: tuple[int, int], name: str, worth: float, words: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    pointers: list[pygame.Rect] = []
    fill = Canvas.polygon

    def noted(canvas: Canvas, points: list[Point], color: Color) -> None:
        fill(canvas, points, color)
        if color in (canvas.theme.goal, TRUTH_EDGE):
            (left, top), (right, low) = np.min(points, 0), np.max(points, 0)
            pointers.append(pygame.Rect(left, top, right - left, low - top))

    monkeypatch.setattr(Canvas, "polygon", noted)
    session = walked(0, name=name, worth=worth)
    View(session).draw(size, Look(truth=True))
    values = [place for text, _, place in words if re.fullmatch(r"-?\d+\.\d\d", text)]
    on_cells = [place for place in values if place.right < 0.6 * size[0]]
    assert len(on_cells) > 20 and len(pointers) > 40
    assert all(place.collidelist(pointers) == -1 for place in on_cells)


def test_the_mark_of_a_mistake_stays_in_the_rounded_cell() -> None:
    session = walked()
    plain = View(session).draw((1280, 800), Look()).array()
    marked = View(session).draw((1280, 800), Look(truth=True)).array()
    wrong = np.abs(marked.astype(int) - THEMES["light"].wrong).max(axis=2) < 12
    changed = wrong & (plain != marked).any(axis=2)
    assert changed.sum() > 500
    background = np.abs(plain.astype(int) - THEMES["light"].background).max(axis=2) < 3
    assert not (changed & background).any()


@pytest.mark.parametrize("world_name", ["tictactoe", "connect-four", "kinarow:rows=1,cols=30,k=3"])
def test_every_action_of_a_board_is_named_at_its_edges(world_name: str, words: Words) -> None:
    world = find_world(world_name)
    session = Session(world, [HumanAgent(world), HumanAgent(world)], ["you", "human"], seed=0)
    view = View(session)
    assert world.rules is not None
    view.draw((1280, 800), Look())
    assert isinstance(view.drawer, BoardDrawer)
    box = view.board_box((1280, 800))
    for row in range(world.rules.rows):
        for col in range(world.rules.cols):
            cell = view.drawer._cell(box, row, col)
            above = [t for t, _, p in words if abs(p.centerx - cell.center[0]) < 3 and p.y > 90
                     and p.bottom <= view.drawer._cell(box, 0, 0).y]  # fmt: skip
            left = [t for t, _, p in words if abs(p.centery - cell.center[1]) < 3
                    and p.right <= view.drawer._cell(box, 0, 0).x]  # fmt: skip
            action = view.action_at((1280, 800), Look().keys, *cell.center)
            assert action is not None
            assert "".join(above + left) == world.action_name(action)


def test_a_taken_cell_and_a_full_column_are_called_as_everywhere_else() -> None:
    for name, moves, said in (
        ("tictactoe", [0, 0], "a1 is taken"),
        ("connect-four", [3] * 7, "column d is full"),
    ):
        world = find_world(name)
        session = Session(world, [HumanAgent(world), HumanAgent(world)], ["you", "human"], seed=0)
        for action in moves:
            session.advance(action)
        assert session.notice == said

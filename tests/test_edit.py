"""The map editor: what it does to a map; its window, from the first cell to a trained run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pygame
import pytest
from conftest import Workshop
from desk import HAS_SCREEN, Desk, virtual_screen
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.drawing.theme import DARK, LIGHT, Color
from envs.names import BadInput
from envs.rules.cells import CELLS
from envs.rules.grid import Grid
from envs.rules.maps import MAPS, Map, find_map
from workshop.edit import how_to_use
from workshop.fitting import cut_end, wrap
from workshop.map_editor import MapEditor, Walk, about, examine, families, new_map, open_map
from workshop.map_view import EDIT_KEYS, WALK_KEYS, Layout, Look, draw_editor
from workshop.map_window import MapWindow

SIZE = (1280, 800)
LEFT, TOP = 60, 50  # a window of 1280 x 800 is centred on a screen of 1400 x 900


def test_a_stroke_is_undone_in_one_go_and_redone() -> None:
    editor = MapEditor("S..\n..G")
    editor.begin()
    editor.paint(0, 0, "S")  # changes nothing: nothing to undo
    editor.paint(0, 1, "#")
    editor.paint(0, 2, "#")
    editor.begin()
    editor.paint(1, 0, "~")
    assert editor.text == "S##\n~.G\n" and editor.changed
    assert editor.undo() and editor.text == "S##\n..G\n"
    assert editor.undo() and editor.text == "S..\n..G\n" and not editor.changed
    assert not editor.undo()
    assert editor.redo() and editor.redo() and not editor.redo()
    assert editor.text == "S##\n~.G\n"
    editor.undo()
    editor.paint(1, 1, "X")
    assert not editor.redo()  # what came after is forgotten


def test_there_is_one_start_and_it_moves() -> None:
    editor = MapEditor("S..\n..G")
    editor.paint(1, 1, "S")
    assert editor.text == "...\n.SG\n"
    editor.paint(1, 1, "#")
    assert "0 starts" in examine(editor.text).problem


def test_a_map_grows_and_shrinks_at_its_lower_right_and_comes_back() -> None:
    editor = MapEditor("S.\n.G")
    editor.resize(1, 0)
    editor.resize(0, 1)
    assert editor.text == "S..\n.G.\n...\n"
    for _ in range(5):
        editor.resize(-1, 0)
        editor.resize(0, -1)
    assert editor.text == "S\n"
    while editor.undo():
        pass
    assert editor.text == "S.\n.G\n"
    for _ in range(50):
        editor.resize(1, 1)
    assert editor.shape == (40, 40)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("S..\n...", "no goal"),
        ("S#G", "no goal (G) can be reached"),
        ("S1G", "teleport 1 is there once"),
        ("S" + "$" * 30 + "G", "at most 262144 fit"),
    ],
)
def test_what_is_wrong_with_a_map_is_said(text: str, problem: str) -> None:
    findings = examine(text)
    assert problem in findings.problem
    assert findings.grid is findings.q_value is findings.start_value is None


def test_values_are_exact_and_too_large_maps_are_left_unsolved() -> None:
    text = MAPS["showcase"].text
    grid = Grid(Map(text))
    best = grid.solve(0.99)
    assert np.array_equal(examine(text).q_value, best.q_value)
    assert examine(text).start_value == best.value[grid.start]
    large = examine(text, most=grid.states - 1)
    assert large.grid is not None and large.q_value is None and not large.problem


@given(
    st.integers(1, 6).flatmap(
        lambda cols: st.lists(
            st.text("".join(CELLS), min_size=cols, max_size=cols), min_size=1, max_size=6
        )
    )
)
@settings(max_examples=60, deadline=None)
def test_every_map_is_saved_as_it_is_and_opens_again(rows: list[str]) -> None:
    text = "".join(row + "\n" for row in rows)
    assert MapEditor(text).text == text
    assert MapEditor("\n".join(" ".join(row) for row in rows)).text == text


def test_saving_writes_plain_lines_and_nothing_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "map.txt"
    editor = open_map(path, "cliff", 8, 8, 0)
    assert editor.changed and how_to_use(path) == "nothing was saved"
    editor.save(path)
    assert path.read_bytes() == b"............\n" * 3 + b"SCCCCCCCCCCG\n"
    assert [*tmp_path.iterdir()] == [path] and not editor.changed
    assert how_to_use(path) == f"workshop train q-learning gridworld:map={path}"
    assert open_map(path, None, 8, 8, 0).text == editor.text
    path.write_text("S.\n..\n")
    assert "not a map yet: the map has no goal" in how_to_use(path)


def test_a_new_map_is_valid_at_once(tmp_path: Path) -> None:
    path = tmp_path / "map.txt"
    assert open_map(path, None, 2, 3, 0).text == "S..\n..G\n"
    assert not examine(open_map(path, "random", 5, 9, 3).text).problem
    for rows, cols in ((0, 5), (1, 1), (41, 5)):
        with pytest.raises(BadInput, match="2 cells at least"):
            new_map(rows, cols)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("picture.bin", "picture.bin is no map"),
        ("words.txt", "words.txt is no map: map line 1, column 1: 'H' is no cell"),
        ("folder", "folder is no map"),
        ("nowhere/a.txt", "there is no folder nowhere"),
        ("cliff", "edit FILE.txt --from cliff"),
        ("good.txt --from cliff", "good.txt is there already"),
        ("new.txt --from clif", "did you mean 'cliff'"),
        ("new.txt --rows 0", "not 0 x 8"),
        ("a,b.txt", "a comma ends the name"),
        ("new.txt", "there is no display here"),
    ],
)
def test_mistakes_are_one_line(
    workshop: Workshop, tmp_path: Path, arguments: str, complaint: str
) -> None:
    (tmp_path / "picture.bin").write_bytes(b"\x89PNG\xff\xfe")
    (tmp_path / "words.txt").write_text("Hello\n")
    (tmp_path / "good.txt").write_text("S.G\n")
    (tmp_path / "folder").mkdir()
    result = workshop("edit", *arguments.split())
    assert result.returncode == 2
    assert complaint in result.stderr and result.stderr.count("\n") == 1


def test_a_walk_follows_the_tables() -> None:
    grid = Grid(Map("S$G"))
    walk = Walk(grid, np.random.default_rng(0))
    for action in (0, 1, 1):
        assert not walk.over
        walk.step(action)
    assert walk.over and walk.steps == 3
    assert walk.total == pytest.approx(-0.01 + 0.5 + 1)
    assert grid.scene(walk.state)[0, 1] == "."  # the coin is gone
    ends = set()
    for seed in range(40):
        slipping = Walk(Grid(Map("~.G\nS..\n...", slip=0.5)), np.random.default_rng(seed))
        slipping.step(1)
        ends.add(slipping.state)
    assert ends == {0, 4, 6}


def test_the_palette_has_every_kind_of_cell_and_says_what_it_does() -> None:
    symbols = [symbol for family in families().values() for symbol in family]
    assert sorted(symbols) == sorted(CELLS)
    assert all(about(symbol) for symbol in CELLS)
    layout = Layout(SIZE, EDIT_KEYS)
    for symbol in CELLS:
        assert layout.symbol_at(*layout.swatches[symbol].center) == symbol


@pytest.mark.parametrize("size", [(640, 480), (800, 1000), (1280, 800), (1920, 480), (1920, 1080)])
def test_nothing_overlaps_at_any_size(size: tuple[int, int]) -> None:
    for keys in (EDIT_KEYS, WALK_KEYS):
        layout = Layout(size, keys)
        assert layout.map.width > 0.3 * size[0] and layout.map.height > 0.5 * size[1]
        assert layout.map.y + layout.map.height < layout.keys_at[1] - layout.letters
        assert layout.keys_at[1] + (len(layout.keys) - 1) * 30 * layout.unit < size[1]
        assert layout.map == Layout(size, EDIT_KEYS).map  # nothing jumps
        assert layout.letters >= 9
        boxes = list(layout.swatches.values())
        for at, box in enumerate(boxes):
            assert box.x >= layout.inner.x
            assert box.x + box.width <= layout.inner.x + layout.inner.width
            assert not any(other.holds(*box.center) for other in boxes[:at])
        assert size[1] - layout.bottom > 200 * layout.unit  # for the brush, and four lines


def test_the_picture_shows_problems_in_red_and_values_in_colour() -> None:
    def shades(text: str, color: Color, **look: object) -> int:
        canvas = draw_editor(SIZE, MapEditor(text), examine(text), Look("a.txt", **look))  # type: ignore[arg-type]
        return int((np.abs(canvas.array().astype(int) - color).max(2) < 14).sum())

    panel = shades("S.G", LIGHT.wrong)  # the swatches of pits and cliffs
    assert shades("S..", LIGHT.wrong) > panel + 100
    assert shades("S.G", DARK.wrong, theme="dark") > 100
    plain = shades("S.....G", LIGHT.cell, values=False)
    assert shades("S.....G", LIGHT.cell) < plain - 50_000


def test_long_texts_fit() -> None:
    assert cut_end("short.txt", 24, 400) == "short.txt"
    assert cut_end("a-very-long-name" * 9, 24, 200).endswith("…")
    lines = wrap("no goal can be reached from the start of this map", 14, 120)
    assert len(lines) > 2 and " ".join(lines).endswith("this map")


def test_the_keys_are_told_and_nothing_is_painted_below_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    window = MapWindow(MapEditor("S.G"), tmp_path / "a.txt")
    middle = {"pos": Layout(SIZE, EDIT_KEYS).map.cell(0, 1, 1, 3).center, "button": 1}
    helps = pygame.event.Event(pygame.TEXTINPUT, text="?")
    escape = pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE, mod=0)
    try:
        for keys, closing in (
            (EDIT_KEYS, pygame.event.Event(pygame.MOUSEBUTTONDOWN, **middle)),
            (WALK_KEYS, escape),
        ):
            assert ("?", "all keys") in keys
            pygame.event.post(helps)
            window.tick()
            assert window.look.help
            pygame.event.post(closing)
            window.tick()
            assert not window.look.help and window.open
            window._begin_walk()
        assert window.editor.text == "S.G\n"
    finally:
        pygame.display.quit()


class Hand:
    """A hand on the editor's window."""

    def __init__(self, display: str, folder: Path, *arguments: str) -> None:
        self.desk = Desk(display, folder, "edit", *arguments)
        self.layout = Layout(SIZE, EDIT_KEYS)
        self.desk.wait(lambda s: self.shows(s, LIGHT.panel), "the window")

    def shows(self, screen: np.ndarray, color: Color) -> bool:
        """Whether the side panel has a colour."""
        return bool(np.abs(screen[TOP + 790, LEFT + 1270].astype(int) - color).max() < 14)

    def select(self, symbol: str) -> None:
        x, y = self.layout.swatches[symbol].center
        self.desk.click(round(x) + LEFT, round(y) + TOP)

    def paint(self, cells: list[tuple[int, int]], shape: tuple[int, int], button: int = 1) -> None:
        """Presses on the first of the cells, and drags through the others."""
        points = [self.layout.map.cell(*cell, *shape).center for cell in cells]
        moves = [("mousemove", round(x) + LEFT, round(y) + TOP) for x, y in points]
        drags = [word for move in moves[1:] for word in move]
        self.desk.xdotool(*moves[0], "mousedown", button, *drags, "mouseup", button)

    def changes(self, act: object, *arguments: object) -> None:
        """Acts, and waits until the picture has changed."""
        before = self.desk.screen()
        act(*arguments)  # type: ignore[operator]
        self.desk.wait(lambda s: bool((s != before).any()), f"a change after {arguments}", 20)

    def end(self) -> tuple[int, str, str]:
        out, err = self.desk.process.communicate(timeout=30)
        return self.desk.process.returncode, out.splitlines()[-1], err


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    if not HAS_SCREEN:
        pytest.skip("needs Xvfb and xdotool")
    with virtual_screen() as name:
        yield name


def test_a_map_drawn_by_mouse_is_saved_opened_again_and_learned(
    display: str, tmp_path: Path, workshop: Workshop
) -> None:
    hand, shape = Hand(display, tmp_path, "mine.txt", "--rows", "5", "--cols", "5"), (5, 5)
    hand.changes(hand.paint, [(1, 0), (1, 3)], shape)  # walls, the first brush: a fast drag
    hand.changes(hand.paint, [(3, 4), (3, 4)], shape)
    hand.changes(hand.paint, [(3, 4)], shape, 3)  # the right button erases
    hand.changes(hand.select, "X")
    hand.changes(hand.paint, [(3, 1), (3, 2)], shape)
    hand.changes(hand.desk.key, "k")  # selects the key
    hand.changes(hand.select, "~")
    hand.changes(hand.paint, [(2, 2)], shape)
    hand.changes(hand.select, "S")
    hand.changes(hand.paint, [(0, 1), (0, 2), (0, 3)], shape)  # a start is set down once
    hand.changes(hand.desk.key, "ctrl+Down")
    hand.changes(hand.desk.key, "ctrl+z")
    assert not (tmp_path / "mine.txt").exists()
    hand.changes(hand.desk.key, "ctrl+s")
    drawn = ".S...\n####.\n..~..\n.XX..\n....G\n"
    assert (tmp_path / "mine.txt").read_text() == drawn
    hand.desk.key("Escape")
    assert hand.end() == (0, "workshop train q-learning gridworld:map=mine.txt", "")
    layout = find_map(str(tmp_path / "mine.txt"))
    grid = Grid(layout)
    assert grid.solve(0.99).value[grid.start] > 0.8
    learns_best_play(workshop, grid.solve().value[grid.start])

    hand = Hand(display, tmp_path, "mine.txt")  # opened again, and left unsaved by the cross
    hand.changes(hand.paint, [(0, 1)], shape)
    hand.changes(hand.desk.close_button)
    assert hand.desk.process.poll() is None  # it asks
    hand.desk.close_button()
    assert hand.end()[0] == 0
    assert (tmp_path / "mine.txt").read_text() == drawn


def learns_best_play(workshop: Workshop, best: float) -> None:
    """Trains on the map, and finds the optimum reached."""
    train = workshop(
        "train", "q-learning", "gridworld:map=mine.txt", "--steps", 5000, "--run", "runs/mine"
    )
    assert train.returncode == 0, train.stderr
    measured = workshop("evaluate", "gridworld:map=mine.txt", "runs/mine", "--json")
    found = json.loads(measured.stdout)
    assert found["optimal_return"] == pytest.approx(best)
    assert found["mean_return"] == pytest.approx(best)


def test_a_test_walk_values_themes_and_undo_in_the_window(display: str, tmp_path: Path) -> None:
    (tmp_path / "row.txt").write_text("S$.G\n")
    hand = Hand(display, tmp_path, "row.txt")
    hand.changes(hand.desk.key, "Tab")  # without values
    hand.changes(hand.desk.key, "ctrl+d")
    hand.desk.wait(lambda s: hand.shows(s, DARK.panel), "the dark theme")
    editing = hand.desk.screen()
    hand.changes(hand.desk.key, "Return")
    hand.changes(hand.desk.key, "Right")
    hand.paint([(0, 0)], (1, 4))  # nothing is painted on a walk
    hand.changes(hand.desk.key, "Escape")
    hand.desk.wait(lambda s: bool((s == editing).all()), "the map as it was")
    hand.changes(hand.desk.key, "Return")
    for _ in range(3):
        hand.changes(hand.desk.key, "Right")  # onto the goal: the walk is over
    hand.changes(hand.desk.key, "ctrl+z")  # nothing to undo
    hand.changes(hand.paint, [(0, 3)], (1, 4))
    hand.changes(hand.desk.key, "ctrl+s")  # no map any more, saved all the same
    assert (tmp_path / "row.txt").read_text() == "S$.#\n"
    hand.desk.key("Escape")
    code, said, err = hand.end()
    assert (code, err) == (0, "") and "row.txt is not a map yet: the map has no goal" in said

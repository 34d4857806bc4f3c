"""The playground's pictures, and its window under a hand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pygame
import pytest
import torch
from desk import HAS_SCREEN, Desk, virtual_screen
from PIL import Image
from pygame_gui import UI_DROP_DOWN_MENU_CHANGED
from spirals import SPIRALS, learned, parsed

from envs.drawing.canvas import Point
from envs.drawing.theme import DARK, LIGHT, Color
from workshop.playground.controls import CONTROLS, turned
from workshop.playground.layout import Layout
from workshop.playground.network_plan import Plan
from workshop.playground.points import table
from workshop.playground.race import Race
from workshop.playground.race_stage import RaceStage
from workshop.playground.setting import DEFAULTS, RACERS, RATES, Setting, changed
from workshop.playground.sketch import Sketch
from workshop.playground.stage import Look
from workshop.playground.widgets import Turned
from workshop.playground.window import PlaygroundWindow

LEFT, TOP = 60, 50  # a window of 1280 x 800 is centred on a screen of 1400 x 900
RUNAWAY = changed(
    DEFAULTS["network"], optimizer="sgd", activation="linear", layers=(16,) * 6, learning_rate=100.0
)


@pytest.mark.parametrize("size", [(640, 480), (800, 1000), (1280, 800), (2560, 1440), (3840, 2160)])
def test_nothing_overlaps_at_any_size(size: tuple[int, int]) -> None:
    for with_panel in (True, False):
        layout = Layout(size, with_panel)
        assert layout.letters >= 9
        boxes = [layout.header, layout.left, layout.field, layout.curves, layout.panel]
        for at, box in enumerate(boxes):
            assert box.x >= 0 and box.x + box.width <= size[0] + 1
            assert box.y >= 0 and box.y + box.height <= size[1] + 1
            for other in boxes[:at]:
                assert not overlap(box, other), (box, other)
        assert layout.field.width == layout.field.height > 0.3 * min(size)
        assert layout.curves.height > 60 * layout.unit
        assert layout.command_at[1] > layout.curves.y + layout.curves.height + 6 * layout.unit
        plan = Plan(changed(SPIRALS, layers=(16,) * 6), layout)
        neurons = [plan.box(c, n) for c, count in enumerate(plan.counts) for n in range(count)]
        for at, box in enumerate(neurons):
            assert not any(overlap(box, other) for other in neurons[:at])
            assert box.x + box.width < layout.left.width


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    (x, y, width, height), (left, top, wide, high) = one, other
    across = min(x + width, left + wide) - max(x, left)
    return across > 0.5 and min(y + height, top + high) - max(y, top) > 0.5


@pytest.mark.parametrize("mode", DEFAULTS)
def test_pictures_and_films_need_no_display(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    import pygame

    from workshop.__main__ import main

    kind = "png" if mode == "network" else "gif"
    monkeypatch.chdir(tmp_path)
    pygame.display.quit()  # another test may have left it on
    assert main(["playground", "--mode", mode, "--epochs", "3", "--save", f"a.{kind}"]) == 0
    assert f"wrote a.{kind}" in capsys.readouterr().out
    assert not pygame.display.get_init()
    with Image.open(tmp_path / f"a.{kind}") as image:
        assert image.size == ((960, 640) if kind == "png" else (720, 480))
        assert getattr(image, "n_frames", 1) == (1 if kind == "png" else 3)
        assert len(image.convert("RGB").getcolors(1 << 20) or []) > 100


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    if not HAS_SCREEN:
        pytest.skip("needs Xvfb and xdotool")
    with virtual_screen() as name:
        yield name


def shows(screen: np.ndarray, color: Color, x: int, y: int) -> bool:
    return bool(np.abs(screen[TOP + y, LEFT + x].astype(int) - color).max() < 14)


def test_the_window_learns_is_turned_by_keys_and_prints_its_code(
    display: str, tmp_path: Path
) -> None:
    desk = Desk(display, tmp_path, "playground", "--paused", "--seed", "4")
    desk.wait(lambda s: shows(s, LIGHT.panel, 1270, 790), "the panel", 150)
    time.sleep(0.8)  # until the buttons have come to rest
    still = desk.screen()
    time.sleep(0.5)
    assert (desk.screen() == still).all()  # paused
    desk.key("s")
    desk.wait(lambda s: bool((s != still).any()), "one step")
    desk.key("d")
    desk.wait(lambda s: shows(s, DARK.panel, 1270, 790), "the dark theme")
    for key in ("t", "k", "shift+l", "3", "y", "c", "Escape", "question", "question", "v", "w"):
        desk.key(key)
    desk.click(LEFT + 1118, TOP + 38)  # the button of the GAN
    desk.key("m")
    time.sleep(1)
    desk.key("q")
    out, err = desk.process.communicate(timeout=90)
    assert (desk.process.returncode, err) == (0, "")
    command = "workshop playground --data spirals --features x,y,xx --layers 4,4,4 "
    assert f"{command}--learning-rate 0.003 --seed 4\n" in out
    assert "nn.Linear(3, 4), nn.Tanh()," in out
    assert (tmp_path / "playground.png").exists()
    assert len((tmp_path / "points.csv").read_text().splitlines()) == 501


def type_in(window: PlaygroundWindow, letters: str) -> None:
    for letter in letters:
        key = {"key": pygame.key.key_code(letter), "unicode": letter, "mod": 0}
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, **key))
        for _ in range(3):
            window.tick()


def test_the_code_stays_open_in_other_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    window = PlaygroundWindow(DEFAULTS["descent"], Look(), paused=True)
    try:
        type_in(window, "cd")
        assert window.shows_code and window.look.theme_name == "dark"
    finally:
        pygame.display.quit()


def test_a_digit_that_is_no_number_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    window = PlaygroundWindow(DEFAULTS["descent"], Look(), paused=True)
    try:
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=0, unicode="²", mod=0))
        window.tick()
        assert window.setting == DEFAULTS["descent"]
    finally:
        pygame.display.quit()


def test_another_mode_closes_the_code_of_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    window = PlaygroundWindow(DEFAULTS["network"], Look(), paused=True)
    try:
        type_in(window, "cm")
        assert window.setting.mode == "gan" and not window.shows_code
    finally:
        pygame.display.quit()


def test_a_key_and_a_button_choose_who_races(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    window = PlaygroundWindow(DEFAULTS["descent"], Look(), paused=True)
    try:
        type_in(window, "1")
        assert window.setting.racers == ("momentum", "rmsprop", "adam")
        for kind in (pygame.MOUSEMOTION, pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
            more = {"rel": (0, 0), "buttons": (0, 0, 0)} if kind == pygame.MOUSEMOTION else {}
            at = {"pos": (1190, 246), "button": 1, **more}
            pygame.mouse.set_pos(at["pos"])
            pygame.event.post(pygame.event.Event(kind, **at))
            window.tick()
            window.tick()
        assert window.setting.racers == RACERS
    finally:
        pygame.display.quit()


def test_a_click_on_the_track_of_a_slider_brings_it_there(dummy: None) -> None:
    window = PlaygroundWindow(DEFAULTS["network"], Look(), paused=True)
    assert window._widgets is not None
    sliders = {control.name: s for s, control in window._widgets._sliders.items()}
    for name, side, end in (("learning_rate", "right", -1), ("batch_size", "left", 0)):
        x = getattr(sliders[name].rect, side) - (2 if side == "right" else -2)
        at = {"pos": (x, sliders[name].rect.centery), "button": 1}
        for kind in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
            pygame.event.post(pygame.event.Event(kind, **at))
            window.tick()
        (control,) = [c for c in CONTROLS["network"] if c.name == name]
        assert getattr(window.setting, name) == control.choices[end]
        assert sliders[name].get_current_value() == len(control.choices) * -end + end


def test_a_press_beside_the_knob_takes_hold_of_it(dummy: None) -> None:
    window = PlaygroundWindow(DEFAULTS["network"], Look(), paused=True)
    assert window._widgets is not None
    (slider,) = [s for s, c in window._widgets._sliders.items() if c.name == "learning_rate"]

    def hand(kind: int, x: int, **more: Any) -> None:
        at = x, slider.rect.centery
        pygame.mouse.set_pos(at)
        pygame.event.post(pygame.event.Event(kind, pos=at, button=1, **more))
        window.tick()
        window.tick()

    for share, place in ((0.95, -1), (0.02, 0), (0.5, len(RATES) // 2)):
        hand(pygame.MOUSEBUTTONDOWN, slider.rect.left + round(share * slider.rect.width))
        assert window.setting.learning_rate == RATES[place]
        hand(pygame.MOUSEBUTTONUP, slider.rect.left + round(share * slider.rect.width))
        assert window.setting.learning_rate == RATES[place]  # it stays where it was let go
    hand(pygame.MOUSEBUTTONDOWN, slider.rect.left + 4)
    hand(pygame.MOUSEMOTION, slider.rect.right, rel=(0, 0), buttons=(1, 0, 0))
    assert window.setting.learning_rate == RATES[-1]
    hand(pygame.MOUSEBUTTONUP, slider.rect.right)
    hand(pygame.MOUSEMOTION, slider.rect.left, rel=(0, 0), buttons=(0, 0, 0))
    assert window.setting.learning_rate == RATES[-1]


@pytest.mark.parametrize("size", [(640, 480), (1280, 800)])
def test_who_was_thrown_out_can_be_read(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    race = Race(changed(DEFAULTS["descent"], learning_rate=0.3))
    for racer in race.racers:
        racer.lost_at = 2210
    layout, written = Layout(size), dict[str, float]()
    write = Sketch.text

    def noted(sketch: Sketch, text: str, at: Point, height: float, *rest: Any, **how: Any) -> float:
        written[text] = height
        return write(sketch, text, at, height, *rest, **how)

    monkeypatch.setattr(Sketch, "text", noted)
    RaceStage(race).left(layout, Look())
    said = {text: height for text, height in written.items() if "out at" in text}
    assert said and all(height >= 0.9 * layout.letters for height in said.values())


def test_points_are_painted_by_the_mouse_and_read_again(display: str, tmp_path: Path) -> None:
    desk = Desk(display, tmp_path, "playground", "--data", "painted", "--paused")
    desk.wait(lambda s: shows(s, LIGHT.panel, 1270, 790), "the panel", 150)
    for button, x in ((1, 560), (3, 800)):
        moves = [word for y in range(160, 500, 20) for word in ("mousemove", LEFT + x, TOP + y)]
        desk.xdotool(*moves[:3], "mousedown", button, *moves[3:], "mouseup", button)
    desk.wait(
        lambda s: near_any(s[TOP + 150 : TOP + 520, LEFT + 540 : LEFT + 580], LIGHT.first),
        "orange points",
    )
    desk.key("w")
    desk.wait(lambda s: (tmp_path / "points.csv").exists(), "a table")
    desk.close_button()
    assert desk.end() == (0, "")
    labels = [line[-1] for line in (tmp_path / "points.csv").read_text().splitlines()[1:]]
    assert len(labels) > 8 and set(labels) == {"0", "1"}
    assert (
        learned(parsed(f"workshop playground --data {tmp_path / 'points.csv'}"), 60).judged[2] == 1
    )


def near_any(area: np.ndarray, color: Color) -> bool:
    return bool((np.abs(area.astype(int) - color).max(axis=2) < 14).any())


@pytest.mark.skipif(not HAS_SCREEN, reason="needs Xvfb and xdotool")
def test_ctrl_c_and_a_display_that_is_gone_end_with_one_line(tmp_path: Path) -> None:
    with virtual_screen() as name:
        stopped = Desk(name, tmp_path, "playground", "--paused")
        left = Desk(name, tmp_path, "playground", "--paused")
        for desk in (stopped, left):
            desk.wait(lambda s: shows(s, LIGHT.panel, 1270, 790), "the panel", 150)
            time.sleep(1)
        stopped.process.send_signal(signal.SIGINT)
        code, err = stopped.end()
        assert (code, err) == (130, "workshop playground: interrupted\n")
    code, err = left.end()  # the screen has gone
    assert (code, err) == (2, "workshop: the display is gone\n")


@pytest.mark.parametrize(
    "setting", [RUNAWAY, changed(RUNAWAY, mode="gan", layers=(64,) * 6, penalty=100.0)]
)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_weights_that_run_away_are_told_and_reset_recovers(dummy: None, setting: Setting) -> None:
    window = PlaygroundWindow(setting, Look())
    for _ in range(200):
        window.tick()
        if window.learner.over:
            break
    window._awake_until = 0.0
    assert window._moves(time.perf_counter())  # how it ended is yet to be drawn
    window.tick()
    assert not window.learns
    said = window.learner.status()
    assert said.startswith("the weights ran away") and "smaller rate, then r" in said
    window.paused = True
    type_in(window, "r")
    assert not window.learner.over and "ran away" not in window.learner.status()
    shown = getattr(window.stage, "_shown")  # noqa: B009
    assert np.isfinite(shown).all()


def test_escape_closes_an_open_list_before_the_window(dummy: None) -> None:
    window = PlaygroundWindow(DEFAULTS["network"], Look())
    window.tick()
    assert window._widgets is not None
    data = next(iter(window._widgets._lists))
    data.menu_states["closed"].should_transition = True  # as a click on it makes it
    window.tick()
    assert data.current_state is data.menu_states["expanded"]
    escape = {"key": pygame.K_ESCAPE, "unicode": "", "mod": 0}
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, **escape))
    window.tick()
    assert window.open and data.current_state is data.menu_states["closed"]


def test_where_nothing_is_painted_there_is_no_code(
    dummy: None, capsys: pytest.CaptureFixture[str]
) -> None:
    window = PlaygroundWindow(DEFAULTS["network"], Look(), paused=True)
    type_in(window, "xc")
    assert not window.shows_code and "paint some points first" in window._notice[0]
    assert capsys.readouterr().out == ""


def test_where_nothing_can_be_written_a_line_says_so(
    dummy: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()  # nobody writes here, not even an administrator
    window = PlaygroundWindow(DEFAULTS["network"], Look(), paused=True)
    for key in "vw":
        type_in(window, key)
        assert "was not saved" in window._notice[0]


def test_a_file_of_points_stands_in_the_list_and_can_be_chosen_again(
    dummy: None, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(table((torch.randn(20, 2), torch.arange(20) % 2)))
    setting = changed(DEFAULTS["network"], data=str(path))
    window = PlaygroundWindow(setting, Look(), paused=True)
    assert window._widgets is not None
    (menu,) = [m for m, control in window._widgets._lists.items() if control.name == "data"]
    assert menu.selected_option[0] == "mine.csv"
    said = window._widgets.answer(
        pygame.event.Event(UI_DROP_DOWN_MENU_CHANGED, ui_element=menu, text="mine.csv")
    )
    assert isinstance(said, Turned) and said.value == str(path)
    data = CONTROLS["network"][0]
    assert [turned(setting, data, step, 0).data for step in (1, -1)] == ["moons", "painted"]


def test_nothing_happens_to_the_display_before_the_window(tmp_path: Path) -> None:
    """Headless machines import everything; a window is asked for by the command only."""
    code = (
        "import sys, workshop.playground.command, workshop.playground.experiment\n"
        "print('pygame' in sys.modules, 'pygame_gui' in sys.modules)"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert said.stdout == "False False\n", said.stderr

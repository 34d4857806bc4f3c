"""What the window shows of an agent's mind, and what it says to a person: all of it is true."""

from __future__ import annotations

import math
import time
from threading import Event

import numpy as np
import pytest
import torch
from torch import nn

from agents.agent import Agent, Branch, Thoughts, make_agent
from agents.human import HumanAgent
from agents.minimax import Search
from envs.drawing.canvas import Box, Canvas
from envs.drawing.theme import LIGHT
from envs.percept import Percept
from envs.worlds import find_world
from workshop.activations import Layer, activations, draw_layers
from workshop.hints import best_actions, hint
from workshop.keys import key_rows, key_width
from workshop.labelled import connect_four
from workshop.play import human_session
from workshop.session import Session
from workshop.tree_view import columns_of, expected, places_of, shown_of
from workshop.truth import solution_of
from workshop.view import PANELS, WATCH_KEYS, Look, View
from workshop.window import Window


def session_of(world: str, *names: str, moves: tuple[int, ...] = ()) -> Session:
    place = find_world(world)
    agents: list[Agent] = [
        HumanAgent(place) if name == "you" else make_agent(name, place, 0) for name in names
    ]
    session = Session(place, agents, list(names), seed=0)
    for action in moves:
        assert session.advance(action)
    return session


@pytest.mark.parametrize(
    ("world", "moves"), [("tictactoe", (0, 4)), ("tictactoe", (0,)), ("connect-four", (3, 3, 2))]
)
def test_the_tree_of_minimax_is_alpha_beta(world: str, moves: tuple[int, ...]) -> None:
    """The best move has its exact value, bounds hold, and what is cut off cannot matter."""
    session = session_of(world, "minimax:depth=4", "minimax:depth=4", moves=moves)
    rules = session.world.rules
    assert rules is not None
    mine, theirs = session.env.unwrapped.mine, session.env.unwrapped.theirs
    branches = session.mind.ahead()
    evaluate = session.mover.search.evaluate
    true = Search(rules, 4, evaluate).values(mine, theirs)
    assert [branch.action for branch in branches] == list(true)
    best = expected(branches)
    assert best is not None and best.value == pytest.approx(max(true.values()))
    for branch in branches:
        if branch.at_most:
            assert true[branch.action] <= branch.value + 1e-9
        else:
            assert true[branch.action] == pytest.approx(branch.value)
    cut = [reply for branch in branches for reply in branch.replies if reply.pruned]
    if len(branches) > 2:
        assert cut
    for branch in branches:
        known = [reply.value for reply in branch.replies if not reply.pruned]
        assert branch.value == pytest.approx(-0.99 * max(known))


def test_the_tree_of_mcts_adds_up() -> None:
    session = session_of("tictactoe", "mcts:simulations=300", "random")
    branches = session.mind.ahead()
    assert sum(branch.visits for branch in branches) == 300
    assert [b.visits for b in branches] == sorted((b.visits for b in branches), reverse=True)
    for branch in branches:
        assert -1 <= branch.value <= 1
        if branch.replies:  # the first visit of a move tries no reply
            assert sum(reply.visits for reply in branch.replies) == branch.visits - 1
    won = session_of("tictactoe", "mcts:simulations=300", "random", moves=(0, 3, 1, 4)).mind.ahead()
    assert {branch.action: branch.value for branch in won}[2] == 1  # it makes a line


def test_the_tree_of_alphazero_adds_up_and_follows_its_line() -> None:
    session = session_of("connect-four", "champion:simulations=60", "random", moves=(2, 2, 3, 3))
    branches = session.mind.ahead()
    assert sum(branch.visits for branch in branches) == 60
    assert [b.visits for b in branches] == sorted((b.visits for b in branches), reverse=True)
    for branch in branches:
        if branch.replies:
            assert sum(reply.visits for reply in branch.replies) == branch.visits - 1
    best = expected(branches)
    assert best is not None and best.action == session.mover.act(session.percept)
    assert session_of("connect-four", "champion:simulations=0", "random").mind.ahead() == ()


def test_columns_follow_the_expected_line() -> None:
    deep = Branch(
        1, 0.5, replies=(Branch(7, -0.2), Branch(8, 0.1), Branch(9, math.nan, pruned=True))
    )
    columns = columns_of((Branch(0, 0.2), deep), plies=3)
    assert [[move.action for move in column.moves] for column in columns] == [[0, 1], [7, 8, 9]]
    many = [Branch(action, action / 50) for action in range(49)]
    assert len(shown_of(many)) < 49 and many[-1] in shown_of(many)


def test_a_click_on_a_move_of_the_tree_opens_its_replies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    session = session_of("tictactoe", "mcts:simulations=300", "random")
    window = Window(session)
    while not session.mind.ahead():
        time.sleep(0.01)
    window.panel = PANELS.index("tree")
    branches, best, size = session.mind.ahead(), expected(session.mind.ahead()), (1280, 800)
    other = next(branch for branch in branches if branch.replies and branch is not best)
    area, columns, plies = window.view._tree(size, ())
    assert best is not None and columns[1].moves == best.replies
    place = places_of(area, 1, columns, plies)[0][shown_of(branches).index(other)]
    window._click(*map(round, place.center))
    _, columns, _ = window.view._tree(size, window.opened)
    assert window.opened == (other.action,) and columns[1].moves == other.replies
    reply = shown_of(other.replies)[0]
    place = places_of(area, 1, columns, plies)[1][0]
    window._click(*map(round, place.center))
    assert window.opened == (other.action, reply.action)
    window._click(300, 400)  # on the board
    assert window.opened == (other.action, reply.action)
    window._moved()
    assert window.opened == ()
    window.close()
    session.close()


class Doubler(Agent):
    """A network whose every layer doubles what it gets."""

    def __init__(self) -> None:
        self.network = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2))
        for layer in (self.network[0], self.network[2]):
            layer.weight.data, layer.bias.data = 2 * torch.eye(2), torch.zeros(2)

    def think(self, percept: Percept) -> Thoughts:
        scores = self.network(torch.tensor([[1.0, -1.0]])).detach().numpy()[0]
        return Thoughts(scores, "score")


def test_activations_are_what_each_layer_says() -> None:
    session = session_of("tictactoe", "random", "random")
    layers = activations(Doubler(), session.percept)
    assert [layer.values.tolist() for layer in layers] == [[2, -2], [4, 0]]
    assert activations(make_agent("random", session.world), session.percept) == []
    network = Doubler()
    activations(network, session.percept)
    assert not any(module._forward_hooks for module in network.network.modules())


def test_activations_of_a_search_are_those_of_the_position_it_starts_from() -> None:
    session = session_of("connect-four", "random", "random", moves=(3, 3, 2))
    alone, searching = (
        make_agent(f"champion:simulations={count}", session.world) for count in (0, 8)
    )
    shown = [activations(agent, session.percept) for agent in (alone, searching)]
    assert len(shown[0]) == len(shown[1]) > 8
    for one, other in zip(*shown, strict=True):
        assert one.values == pytest.approx(other.values, abs=1e-5)


def test_of_a_deep_network_the_first_and_the_last_layer_are_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[str] = []
    monkeypatch.setattr(Canvas, "text", lambda c, text, *a, **k: written.append(text) or 0.0)
    layers = [Layer(f"{number} units", np.ones(number)) for number in range(1, 21)]
    for size in ((640, 480), (1280, 800)):
        written.clear()
        canvas = Canvas(size, LIGHT)
        draw_layers(canvas, canvas.frame(0.02), 1, layers)
        assert len(written) == 8
        assert written[0] == "layer 1 of 20: 1 units"
        assert written[-1] == "layer 20 of 20: 20 units"


def test_on_ones_own_turn_the_tree_is_that_of_the_others_last_move(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[str] = []
    write = Canvas.text
    monkeypatch.setattr(
        Canvas, "text", lambda c, text, *a, **k: (written.append(text), write(c, text, *a, **k))[1]
    )
    session = human_session(find_world("tictactoe"), "mcts:simulations=50", False, 0)
    view, look = View(session), Look(panel="tree")
    view.draw((1280, 800), look)
    assert session.mind.ahead() == () and "nobody has thought yet" in written
    session.advance(4)
    seen = session.mind.ahead()  # by mcts, whose turn it is
    assert session.advance() and session.waits_for_human
    assert session.mind.ahead() == seen and len(seen) == 8
    view.draw((1280, 800), look)
    assert "How it looked ahead" in written
    session.begin()
    assert session.mind.ahead() == ()


def test_a_search_that_goes_on_is_not_said_to_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(Canvas, "text", lambda c, text, *a, **k: written.append(text))
    session = session_of("tictactoe", "minimax", "minimax")
    begin, go_on = Event(), session.mover.ahead
    monkeypatch.setattr(session.mover, "ahead", lambda percept: begin.wait() and go_on(percept))
    session.mind.aside()
    View(session).draw((1280, 800), Look(panel="tree"))
    assert "it is thinking" in written and "this agent searches no tree" not in written
    begin.set()
    while not session.mind.ahead():
        time.sleep(0.01)
    session.mind.close()


def test_an_agent_thinks_once_about_what_it_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    session = session_of("tictactoe", "minimax", "minimax")
    asked = []
    for agent in session.agents:
        think = agent.think
        monkeypatch.setattr(
            agent, "think", lambda percept, think=think: asked.append(0) or think(percept)
        )
    first = session.mind.thoughts()
    assert session.mind.thoughts() is first and len(asked) == 1
    session.advance(4)
    before = len(asked)
    assert session.mind.thoughts() is not first
    assert session.mind.thoughts() is session.mind.thoughts() and len(asked) == before + 1


def test_the_truth_is_the_solution() -> None:
    for moves in ((), (0,), (0, 4, 8), (4, 1, 0)):
        session = session_of("tictactoe", "random", "random", moves=moves)
        face, solution = session.env.unwrapped, solution_of(session.world.rules)  # type: ignore[arg-type]
        assert solution is not None
        assert best_actions(session) == set(solution.best[face.mine, face.theirs])
    assert best_actions(session_of("connect-four", "random", "random")) is None
    late = [it for it in connect_four() if it.stage == "late"][:40]
    for position in late:
        session = session_of(
            "connect-four", "random", "random", moves=tuple(map(int, position.moves))
        )
        signs = {action: np.sign(score) for action, score in position.scores.items()}
        best = {action for action, sign in signs.items() if sign == max(signs.values())}
        assert best_actions(session) == best
    grid = session_of("gridworld", "utility-based")
    while not grid.over:
        best = best_actions(grid)
        assert best is not None
        grid.advance(min(best))
    assert grid.total == pytest.approx(0.88)


@pytest.mark.parametrize(
    ("world", "moves", "action", "why"),
    [
        ("tictactoe", (0, 4, 1, 3), 2, "it makes a line and wins"),
        ("tictactoe", (0, 4, 1), 2, "else the other one completes a line there"),
        ("tictactoe", (0, 1, 3, 6), 4, "it threatens in two places at once"),
        ("tictactoe", (), 4, "it keeps the draw"),
        ("connect-four", (3, 0, 3, 0, 3, 1), 3, "it makes a line and wins"),
    ],
)
def test_a_hint_names_a_best_move_and_why(
    world: str, moves: tuple[int, ...], action: int, why: str
) -> None:
    found = hint(session_of(world, "random", "random", moves=moves))
    assert found is not None
    assert found[0] == action and found[1].endswith(why)


def test_taking_back_brings_back_the_position_and_the_score() -> None:
    session = human_session(find_world("tictactoe"), "minimax", second=False, seed=0)
    assert not session.take_back()
    session.advance(0)
    session.advance()
    before = session.percept.observation.copy()
    session.advance(8)
    session.advance()
    assert session.take_back()
    assert np.array_equal(session.percept.observation, before) and session.waits_for_human
    people = session_of("tictactoe", "you", "human", moves=(0, 3, 1, 4, 2))
    assert people.over and people.score.wins == [1, 0]
    assert people.take_back() and not people.over and people.score.wins == [0, 0]
    assert people.player == 0 and people.percept.legal_actions == (2, 5, 6, 7, 8)
    walk = session_of("gridworld:slip=0.3", "you", moves=(0, 1, 1))
    state = walk.env.unwrapped.state
    walk.advance(0)
    assert walk.take_back() and walk.env.unwrapped.state == state


def test_a_position_is_set_up_by_hand() -> None:
    session = human_session(find_world("connect-four"), "minimax:depth=2", second=False, seed=0)
    session.by_hand = True
    for column in (3, 3, 2):  # also the other one's
        assert session.waits_for_human and session.advance(column)
    session.by_hand = False
    assert not session.waits_for_human and session.advance()
    assert session.played[-1] == 4 or session.played[-1] == 1  # it closes the open three


def test_what_was_thought_before_comes_back_with_the_position() -> None:
    session = human_session(find_world("tictactoe"), "minimax", second=False, seed=0)
    known = []
    for action in (0, 8):
        session.advance(action)
        session.advance()
        known.append((list(session.values), session.decided, session.asked))
    assert len(session.values) == 2
    assert session.take_back()
    assert (session.values, session.decided, session.asked) == known[0]
    assert session.take_back() and not session.values and session.decided is None


def test_of_a_duel_no_half_move_is_left() -> None:
    session = session_of("duel", "random-safe", "random-safe")
    for _ in range(4):
        session.advance()
    assert session.take_back() and len(session.played) == 2
    session.advance()
    assert session.take_back() and len(session.played) == 2


def test_a_game_that_is_played_again_counts_once() -> None:
    session = session_of("tictactoe", "you", "human", moves=(0, 3, 1, 4, 2))
    session.best_of = 3
    session.begin()
    assert session.score.wins == [0, 0]
    for number in range(2):
        for action in (0, 3, 1, 4, 2) if number == 0 else (0, 3, 1, 4, 8, 5):
            session.advance(action)
        if number == 0:
            session.next_game()
    assert session.score.wins == [2, 0] and session.match_over
    session.begin()
    assert session.score.wins == [1, 0] and not session.match_over


def test_what_a_person_sets_up_does_not_count_and_is_nobodys_opinion() -> None:
    session = human_session(find_world("tictactoe"), "minimax", second=False, seed=0)
    session.advance(0)
    session.advance()
    assert len(session.values) == 1
    session.by_hand = True
    for action in (1, 8, 2):  # minimax has the middle; one of these is made for it
        session.advance(action)
    assert session.over and "does not count" in session.result
    assert session.score.games == 0 and len(session.values) == 1
    assert session.take_back() and session.take_back() and session.take_back()
    assert not session.set_up
    session.by_hand = False
    while not session.over:
        session.advance(min(session.percept.legal_actions) if session.waits_for_human else None)
    assert session.score.games == 1


def test_a_match_tells_its_game_and_its_draws() -> None:
    session = session_of("tictactoe", "minimax", "minimax")
    session.best_of = 2
    assert session.describe() == "game 1 of 2 · move 1 · minimax to play"
    while session.advance():
        pass
    assert session.describe() == "a draw · game 1 of 2 · 1 draw"
    session.next_game()
    assert session.describe() == "game 2 of 2 · move 1 · minimax to play · 1 draw"
    while session.advance():
        pass
    assert session.describe() == "a draw · the match is drawn, 0 : 0, 2 draws"
    session.next_game()
    assert session.describe().startswith("game 1 of 2") and "draw" not in session.describe()


def test_a_hint_takes_no_longer_than_its_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workshop.hints.PATIENCE", 0.1)
    session = session_of("gomoku-7", "random", "random")
    began = time.monotonic()
    assert hint(session) is not None and time.monotonic() - began < 2
    late = tuple(int(cell) for cell in np.random.default_rng(0).permutation(49)[:36])
    crowded = session_of("gomoku-7", "random", "random", moves=late)
    assert not crowded.over and best_actions(crowded) is None  # 13 free cells, and no gravity


def test_a_match_ends_when_it_is_decided() -> None:
    session = session_of("tictactoe", "minimax", "random")
    session.best_of = 3
    for wins, over in (([1, 0], False), ([1, 1], False), ([2, 0], True)):
        session.score.wins = wins
        assert session.match_over == over
    session.score.wins = [0, 0]
    for _ in range(50):
        while session.advance():
            pass
        if session.match_over:
            break
        session.next_game()
    assert session.match_over and "match" in session.result
    assert session.score.wins[1] == 0
    session.next_game()
    assert not session.match_over and session.score.wins == [0, 0] and session.score.draws == 0


@pytest.mark.parametrize("panel", ["thoughts", "tree", "network"])
@pytest.mark.parametrize("size", [(640, 480), (1280, 800), (3840, 2160)])
def test_every_panel_is_drawn_at_every_size(panel: str, size: tuple[int, int]) -> None:
    session = session_of("tictactoe", "minimax", "mcts:simulations=50", moves=(0, 4))
    picture = View(session).draw(size, Look(panel=panel, truth=True)).array()
    assert picture.shape == (size[1], size[0], 3)
    right = picture[:, int(size[0] * 0.7) :]
    assert (right != LIGHT.panel).any(axis=2).mean() > 0.005


def test_the_keys_fit_beside_the_panel() -> None:
    room = 1280 - 440 - 40
    assert len(key_rows(WATCH_KEYS, 13, room)) == 1
    assert sum(key_width(key, 13) for key in WATCH_KEYS) <= room


def test_a_stone_on_its_way_is_not_yet_where_it_falls() -> None:
    session = session_of("connect-four", "random", "random", moves=(3,))
    view = View(session)
    box = Box(0, 0, 700, 600)
    pictures = []
    for moved in (0.3, 1.0):
        canvas = Canvas((700, 600), LIGHT)
        view.drawer.moved = moved
        view.drawer.draw(canvas, box)
        pictures.append(canvas.array())
    row = pictures[0][550, 350]  # the lowest hole of the middle column
    assert not np.array_equal(row, pictures[1][550, 350])
    assert (pictures[0][:400] != pictures[1][:400]).any()

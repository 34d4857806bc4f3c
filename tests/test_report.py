"""The report of a tournament: its figures, and its page in a real browser, opened from a file."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, Browser, browser
from hypothesis import given
from hypothesis import strategies as st
from pretend_class import HOSTILE, WALK, pretend_class, pretend_duel, pretend_trial

from arena.page import DIGITS, STEPS_A_DECADE, as_text, key_width, page_data, play_board, times_text
from arena.records import GameRecord, Outcome
from arena.report import write_report
from arena.results import Results, crosstable, forfeits, move_times, standings
from envs.rules.kinarow import CONNECT_FOUR, TIC_TAC_TOE

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
pytestmark = pytest.mark.xdist_group("report")


@pytest.fixture(scope="module")
def class_of_30() -> Results:
    return pretend_class()


@pytest.fixture(scope="module")
def connect_four() -> Results:
    return pretend_class(CONNECT_FOUR, bots=8, pairs=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def big_page(class_of_30: Results, folder: Path) -> Path:
    return write_report(class_of_30, folder / "class")


@pytest.fixture(scope="module")
def connect_four_page(connect_four: Results, folder: Path) -> Path:
    return write_report(connect_four, folder / "connect-four")


@pytest.fixture(scope="module")
def chromium(folder: Path) -> Iterator[Browser]:
    with browser(folder / "profile") as driven:
        yield driven


def data_of(page: Path) -> dict:
    text = page.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text)
    assert found
    return json.loads(found[1])


def record(**changes: object) -> GameRecord:
    given = GameRecord("k", "a", "b", 0, (), (0, 3, 1, 4, 2), 1.0, Outcome.WIN)
    return given._replace(**changes)


def test_a_class_of_30_and_17400_games_fit_in_3_megabytes(
    class_of_30: Results, big_page: Path
) -> None:
    assert len(class_of_30.entrants) == 30 and len(class_of_30.records) == 17_400
    assert big_page.stat().st_size < 3_000_000


def test_the_page_is_one_file_that_asks_for_nothing(big_page: Path) -> None:
    text = big_page.read_text(encoding="utf-8")
    shell = text.replace(json.dumps(HOSTILE), "")
    assert "default-src 'none'" in shell
    assert not re.search(
        r"(src|href)=[\"'](?!data:,|#)", re.sub(r"<script>.*", "", shell, flags=re.S)
    )
    assert "{{" not in re.sub(r"<script.*?</script>", "", text, flags=re.S)


def test_hostile_text_opens_no_script(big_page: Path) -> None:
    text = big_page.read_text(encoding="utf-8")
    assert len(re.findall(r"<script", text)) == 2 and "<script>alert" not in text
    assert HOSTILE in data_of(big_page)["names"]


@given(
    st.recursive(
        st.text() | st.integers() | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_what_is_embedded_comes_back_and_holds_no_markup(value: object) -> None:
    text = as_text(value)
    assert json.loads(text) == value and text.isascii() and not set("<>&") & set(text)


def test_the_crosstable_adds_up_to_the_games(class_of_30: Results) -> None:
    results = class_of_30._replace(repeated=set())
    lines = standings(results)
    table = crosstable(results, [line.name for line in lines])
    for row, line in enumerate(lines):
        cells = [cell for cell in table[row] if cell]
        assert [sum(column) for column in zip(*cells, strict=True)] == [
            line.wins,
            line.draws,
            line.losses,
        ]
        for column, cell in enumerate(table[row]):
            assert cell is None or cell[::-1] == table[column][row]
            assert (cell is None) == (row == column)


def test_a_repeated_game_counts_once_where_the_pair_repeats() -> None:
    results = pretend_class(bots=2, pairs=1)._replace(
        records=[record(), record(key="l"), record(key="m", moves=(4, 0, 1, 3, 7)),
                 record(key="n", outcome=Outcome.VOID, score=0.5)]
    )  # fmt: skip
    assert crosstable(results._replace(repeated=set()), ["a", "b"])[0][1] == [3, 0, 0]
    assert crosstable(results._replace(repeated={("b", "a")}), ["a", "b"])[0][1] == [2, 0, 0]


def test_forfeits_are_the_culprits_and_void_is_nobodys() -> None:
    games = [
        record(outcome=Outcome.TIMEOUT, culprit=1),
        record(outcome=Outcome.TIMEOUT, culprit=0, first="b", second="a"),
        record(outcome=Outcome.ILLEGAL, culprit=0, score=0.0),
        record(outcome=Outcome.VOID, culprit=0),
    ]
    assert forfeits(games) == {"b": {"timeout": 2}, "a": {"illegal": 1}}


def test_after_an_odd_opening_the_second_player_is_to_move() -> None:
    game = record(opening=(0,), moves=(3, 1, 4), milliseconds=(10.0, 1.0, 20.0))
    results = pretend_class(bots=2, pairs=1)._replace(records=[game])
    assert move_times(results) == {"b": [10.0, 20.0], "a": [1.0]}


def test_stones_fall_and_an_illegal_move_is_not_drawn() -> None:
    """Connect Four's cells are counted row by row from the upper left: the lowest are 35 to 41."""
    played = play_board(CONNECT_FOUR, record(opening=(3, 3), moves=(0, 3, 1, 3, 2, 99)))
    cells = [DIGITS.index(digit) for digit in played.opening + played.moves]
    assert cells == [38, 31, 35, 24, 36, 17, 37]
    assert sorted(DIGITS.index(digit) for digit in played.line) == [35, 36, 37, 38]


def test_a_line_is_marked_exactly_where_somebody_won(class_of_30: Results) -> None:
    for game in class_of_30.records[:2000]:
        won = game.outcome == Outcome.WIN
        line = play_board(TIC_TAC_TOE, game).line
        assert won == bool(line) and len(line) in ((3, 5) if won else (0,))


@given(st.lists(st.floats(0.001, 90_000)))
def test_times_are_told_within_half_a_percent(times: list[float]) -> None:
    text = times_text(times)
    told = [
        10 ** ((64 * DIGITS.index(text[n]) + DIGITS.index(text[n + 1])) / STEPS_A_DECADE) / 1000
        for n in range(0, len(text), 2)
    ]
    assert told == pytest.approx(times, rel=0.005)


@given(st.sets(st.text("01", min_size=24, max_size=24), max_size=30))
def test_shortened_keys_tell_games_apart(keys: set[str]) -> None:
    width = key_width(list(keys))
    assert len({key[:width] for key in keys}) == len(keys)


def test_much_print_is_cut_fairly_and_told() -> None:
    results = pretend_class(bots=3, pairs=10)
    names = [entrant.name for entrant in results.entrants]
    games = [
        game._replace(said=((0, f"{n} " * 1000), (1, f"brief {n} " * 40)), moves=(0, 0))
        for n, game in enumerate(results.records * 30)
        if game.first == names[0]
    ]
    found = page_data(results._replace(records=games), standings(results))["games"]
    assert found["cut"] > 0 and len(json.dumps(found["texts"])) < 700_000
    kept = [found["texts"][text] for prints in found["said"].values() for _, text in prints]
    brief = sum(text.startswith("brief") for text in kept)
    assert brief == len(games) == 600  # the other bots' prints have their own room
    assert any("characters ..." in text for text in kept)


def test_the_table_and_the_json_tell_what_the_page_tells(
    connect_four: Results, connect_four_page: Path
) -> None:
    with (connect_four_page.with_name("report.csv")).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = standings(connect_four)
    assert [row["name"] for row in rows] == [line.name for line in lines]
    assert [float(row["elo"]) for row in rows] == [line.value for line in lines]
    found = json.loads(connect_four_page.with_name("report.json").read_text())
    assert [line["name"] for line in found["standings"]] == [line.name for line in lines]
    assert len(found["games"]) == len(connect_four.records)
    assert found["crosstable"]["wins_draws_losses"] == data_of(connect_four_page)["crosstable"]


def test_no_name_becomes_a_formula_in_a_spreadsheet(tmp_path: Path) -> None:
    results = pretend_class(bots=2, pairs=1)
    table = [results.ratings.table[0]._replace(name='=HYPERLINK("x")')]
    page = write_report(results._replace(ratings=results.ratings._replace(table=table)), tmp_path)
    with page.with_name("report.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["name"] == """'=HYPERLINK("x")"""


def test_a_report_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    results = pretend_class(bots=2, pairs=1)
    assert write_report(results, tmp_path) == write_report(results, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "report.csv", "report.html", "report.json"]  # fmt: skip


def test_a_tournament_without_games_has_a_page(tmp_path: Path) -> None:
    results = pretend_class(bots=2, pairs=1)
    empty = results._replace(records=[], ratings=results.ratings._replace(table=[]), entrants=[])
    assert data_of(write_report(empty, tmp_path))["games"]["keys"] == []


def rows(chromium: Browser) -> list[str]:
    return chromium.see(
        "[...document.querySelectorAll('#ranking-body td.name a')].map(n => n.textContent)"
    )


@needs_browser
def test_every_column_sorts_and_names_filter(
    chromium: Browser, class_of_30: Results, big_page: Path
) -> None:
    chromium.open(big_page)
    lines = standings(class_of_30)
    keys = {
        "name": lambda line: line.name.lower(),
        "score": lambda line: -line.score,
        "value": lambda line: -line.value,
        "results": lambda line: -line.wins,
        "forfeits": lambda line: -sum(line.forfeits.values()),
        "median": lambda line: line.ms_median,
        "most": lambda line: line.ms_99,
    }
    assert rows(chromium) == [line.name for line in lines]
    for column, key in keys.items():
        chromium.click(f"th.{column} button")
        shown = rows(chromium)
        by_name = {line.name: key(line) for line in lines}
        values = [by_name[name] for name in shown]
        assert values == sorted(values) and len(shown) == 30, column
        chromium.press("Enter")  # the head still has the focus; again turns the order round
        assert [by_name[name] for name in rows(chromium)] == sorted(values, reverse=True), column
    chromium.click("#filter")
    chromium.type("DON")
    assert rows(chromium) == ["donald"]


@needs_browser
def test_a_replay_is_stepped_by_keyboard(
    chromium: Browser, connect_four: Results, connect_four_page: Path
) -> None:
    game = next(g for g in connect_four.records if g.outcome == Outcome.WIN and g.said)
    chromium.open(connect_four_page, f"#game={game.key}")
    stones = "document.querySelectorAll('#scene .stone').length"
    assert chromium.see(stones) == len(game.opening)
    for number, action in enumerate(game.moves):
        chromium.press("ArrowRight")
        assert chromium.see(stones) == len(game.opening) + number + 1
        name = (game.first, game.second)[number % 2]
        assert chromium.text("#this-move").startswith(f"{name} plays {action}")
        printed = dict(game.said).get(number, "nothing")
        assert chromium.text("#printed") == printed
    chromium.press("ArrowLeft")
    assert chromium.see(stones) == len(game.opening) + len(game.moves) - 1
    chromium.press("Home")
    assert chromium.see(stones) == len(game.opening)
    chromium.press(" ")
    chromium.wait(f"{stones} > {len(game.opening)}")
    chromium.press(" ")
    assert chromium.see("document.getElementById('step-play').getAttribute('aria-label')") == "Play"
    chromium.press("End")
    assert f"step={len(game.moves)}" in chromium.see("location.hash")
    chromium.press("Escape")
    chromium.wait("!document.getElementById('replay').open && !location.hash.includes('game')")


@needs_browser
def test_a_won_game_ends_with_its_line_struck_through(
    chromium: Browser, connect_four: Results, connect_four_page: Path
) -> None:
    game = next(g for g in connect_four.records if g.outcome == Outcome.WIN)
    chromium.open(connect_four_page, f"#game={game.key}&step={len(game.moves) - 1}")
    assert chromium.see("document.querySelectorAll('#scene .last').length") == 1
    assert chromium.see("document.querySelectorAll('#scene .strike').length") == 0
    chromium.click("#scene", 0.9)  # the mouse steps too
    assert chromium.see("document.querySelectorAll('#scene .strike').length") == 1
    winner = game.first if game.score == 1 else game.second
    assert chromium.text("#verdict") == f"{winner} wins"


@needs_browser
def test_a_forfeit_is_a_step_of_its_own_with_its_reason(
    chromium: Browser, class_of_30: Results, big_page: Path
) -> None:
    game = next(g for g in class_of_30.records if g.outcome == Outcome.ILLEGAL)
    chromium.open(big_page, f"#game={game.key}")
    chromium.press("End")
    assert chromium.text("#replay-step") == f"move {len(game.moves)} of {len(game.moves)}"
    assert game.reason in chromium.text("#verdict")
    assert chromium.see("document.querySelectorAll('#scene .stone').length") == len(game.moves) + 1


@needs_browser
def test_a_cell_of_the_crosstable_leads_to_its_games(
    chromium: Browser, class_of_30: Results, big_page: Path
) -> None:
    chromium.open(big_page)
    one, other = (line.name for line in standings(class_of_30)[:2])
    chromium.click("#cross tbody tr:nth-child(1) td:nth-child(3) a")
    chromium.wait("location.hash.includes('against')")
    met = sum({g.first, g.second} == {one, other} for g in class_of_30.records)
    chromium.wait(f"document.getElementById('game-count').textContent.startsWith('{met} of')")
    chromium.see(
        "at('outcome').value = 'lost';"
        "at('outcome').dispatchEvent(new Event('change', {bubbles: true}))"
    )
    lost = sum(
        {g.first, g.second} == {one, other} and g.score == (0 if g.first == one else 1)
        for g in class_of_30.records
    )
    assert chromium.text("#game-count") == f"{lost} of 17,400 games"


@needs_browser
def test_arrow_keys_go_from_cell_to_cell_of_the_crosstable(
    chromium: Browser, connect_four_page: Path
) -> None:
    chromium.open(connect_four_page)
    chromium.see("document.querySelector('#cross td a').focus()")
    place = "[document.activeElement.closest('tr').rowIndex,"
    place += "document.activeElement.closest('td').cellIndex]"
    seen = [chromium.see(place)]
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft"):  # over the empty diagonal
        chromium.press(key)
        seen.append(chromium.see(place))
    assert seen == [[1, 2], [1, 3], [2, 3], [4, 3], [4, 2]]
    chromium.press("Enter")
    chromium.wait("location.hash.includes('against')")


@needs_browser
def test_a_link_to_a_bot_shows_its_games(
    chromium: Browser, class_of_30: Results, big_page: Path
) -> None:
    chromium.open(big_page, "#bot=grace")
    assert chromium.text("#game-count") == f"{29 * 40:,} of 17,400 games"
    assert chromium.text("tr.chosen td.name").startswith("grace")
    chromium.click("#page-on")
    assert chromium.text("#page-number").startswith("page 2 of ")
    assert chromium.see("(() => { const start = performance.now(); showFiltered();"
                        "return performance.now() - start; })()") < 500  # fmt: skip


@needs_browser
def test_hostile_names_and_prints_stay_text(
    chromium: Browser, class_of_30: Results, big_page: Path
) -> None:
    game = next(g for g in class_of_30.records if g.first == HOSTILE and g.moves)
    chromium.complaints.clear()
    chromium.requests.clear()
    chromium.open(big_page, f"#game={game.key}&step=1")
    assert chromium.text("#printed") == HOSTILE
    assert HOSTILE in chromium.text("#replay-players")
    assert chromium.see("document.scripts.length") == 2
    assert not chromium.complaints
    assert {url.partition(":")[0] for url in chromium.requests} <= {"file", "about", "data"}
    chromium.see("document.body.append(Object.assign(document.createElement('script'),"
                 "{textContent: 'window.ran = true'}))")  # fmt: skip
    assert chromium.see("window.ran") is None  # what the page's policy is for


@needs_browser
def test_light_and_dark_follow_the_system_until_chosen(
    chromium: Browser, connect_four_page: Path
) -> None:
    shade = "getComputedStyle(document.body).backgroundColor"
    chromium.open(connect_four_page, theme="dark")
    dark = chromium.see(shade)
    chromium.open(connect_four_page, theme="light")
    light = chromium.see(shade)
    assert light != dark
    chromium.click("#theme")
    assert chromium.see(shade) == dark
    chromium.see("localStorage.clear()")


@needs_browser
@pytest.mark.parametrize("width", [420, 1280])
def test_nothing_is_wider_than_the_window(chromium: Browser, big_page: Path, width: int) -> None:
    chromium.open(big_page, width=width)
    assert chromium.see("document.documentElement.scrollWidth") <= width
    assert chromium.see(
        "[...document.querySelectorAll('main *')].filter(n => !n.closest('.wide')"
        f"&& n.getBoundingClientRect().right > {width}).length"
    ) == 0  # fmt: skip
    chromium.see("openGame(0, 0)")
    assert chromium.see("at('replay').scrollWidth") <= width


@needs_browser
def test_a_duel_ends_with_a_cross_on_who_crashed(chromium: Browser, tmp_path: Path) -> None:
    results = pretend_duel()
    page = write_report(results, tmp_path)
    for outcome, crashes in ((Outcome.WIN, 1), (Outcome.DRAW, 2)):
        game = next(g for g in results.records if g.outcome == outcome)
        chromium.open(page, f"#game={game.key}")
        assert chromium.text("#replay-step") == f"move 0 of {len(game.moves) // 2}"
        assert chromium.see("document.querySelectorAll('#scene .crash').length") == 0
        chromium.press("End")
        assert chromium.see("document.querySelectorAll('#scene .crash').length") == crashes
        points = chromium.see("document.querySelector('#scene .trail').getAttribute('points')")
        assert len(points.split()) == len(game.moves) // 2 + 1


@needs_browser
def test_a_walk_is_drawn_on_its_map(chromium: Browser, tmp_path: Path) -> None:
    results = pretend_trial()
    page = write_report(results, tmp_path)
    chromium.open(page, f"#game={results.records[0].key}&step=3")
    face = chromium.see("document.querySelector('#scene circle[r=\"0.3\"]').getAttribute('cx')")
    assert math.isclose(float(face), WALK[3] % 4 + 0.5)
    assert chromium.text("#ranking-head").count("Mean return") == 1
    assert chromium.see("at('crosstable').hidden")


@needs_browser
def test_every_outcome_has_words_and_a_long_name_of_a_world_fits(
    chromium: Browser, tmp_path: Path
) -> None:
    long = "gridworld:map=random,observation=local,size=12x16,walls=0.3"
    page = write_report(pretend_trial()._replace(world=long), tmp_path)
    chromium.open(page, width=420)
    assert "undefined" not in chromium.see("document.body.innerText")
    assert chromium.see("data.outcomes.every(kind => ENDINGS[kind])")
    assert chromium.see("document.documentElement.scrollWidth") <= 420

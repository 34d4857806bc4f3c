"""The command line: fast help, one clear line for every mistake, JSON and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Workshop

from envs.registration import WORLDS
from workshop.__main__ import COMMANDS, main
from workshop.options import quoted


@pytest.mark.parametrize("command", ["--help", "train --help", "list"])
def test_help_and_list_load_no_heavy_library(command: str, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from workshop.__main__ import main\n"
        "try:\n"
        f"    main({command.split()!r})\n"
        "except SystemExit as stop:\n"
        "    assert not stop.code\n"
        "heavy = {'torch', 'pygame', 'matplotlib', 'tensorboard'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, timeout=60)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(workshop: Workshop, command: str) -> None:
    result = workshop(command, "--help")
    assert result.returncode == 0
    assert "usage: workshop" in result.stdout


def test_only_agents_are_told_what_a_cluster_does_for_alphazero(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for command, there in (("learn mlp", False), ("train dqn tictactoe", True)):
        with pytest.raises(SystemExit):
            main([*command.split(), "--help"])
        told = capsys.readouterr().out
        assert "--ray" in told and ("alphazero" in told) is there


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("trian dqn tictactoe", "did you mean 'train'"),
        ("train dqm tictactoe", "did you mean 'dqn'"),
        ("train random tictactoe", "random does not learn; those that do: value-iteration"),
        ("train gridworld q-learning", "the world: workshop train q-learning gridworld"),
        ("train dqn qqqqq", "no world 'qqqqq'; there are: tictactoe"),
        ("train dqn tictactoe --seeds abc", "--seeds takes a whole number, not 'abc'"),
        ("train dqn tictactoe --threads 100000", "--threads must lie between 1 and"),
        ("train dqn tictactoe --num-envs 999999999", "--num-envs must be at most 65536"),
        ("train q-learning gridworld --stop-at unbeatable", "there are: optimal_action_rate"),
        ("train --resume=nowhere", "nowhere is no run folder"),
        ("watch kinarow:rows=99,cols=99,k=3 random --save a.gif", "at most 31 columns"),
        ("watch tictactoe random --save .", ". is a folder"),
        ("plot broken --save .", ". is a folder"),
        ("tune perceptron gridworld", "gridworld is none"),
        ("train dqn tictactoe --stepz 5", "did you mean --steps"),
        (
            "learn mlp --optimizer adm",
            "there is no --optimizer adm; did you mean 'adam'? (there are",
        ),
        ("train dqn tictactoe --steps -1", "--steps must be at least 1, not -1"),
        ("train dqn tictactoe --steps many", "--steps takes a whole number, not 'many'"),
        ("train q-learning tictactoe --seed -1", "--seed must lie between"),
        ("train dqn tictactoe --watch", "no display here for --watch"),
        ("train dqn tictactoe --gamma 2", "--gamma must lie between 0 and 1"),
        ("train dqn tictactoe --device gpu", "no device 'gpu' here"),
        ("train dqn", "AGENT and ENV come first"),
        ("train --resume nowhere", "nowhere is no run folder"),
        ("train q-learning CartPole-v1", "continuous"),
        ("watch tictactoe minmax --save a.gif", "did you mean 'minimax'"),
        ("watch tictactoe random --save a.jpg", "no picture format '.jpg'"),
        ("watch tictactoe random --save no/such/a.gif", "there is no folder"),
        ("watch tictactoe random", "no display"),
        ("watch gridworld random random", "takes one agent"),
        ("watch gridworld:map=noway.txt random", "no map 'noway.txt'"),
        ("watch gridworld:map=goalless.txt random --save a.gif", "no goal"),
        ("watch gridworld:map=walled.txt random --save a.gif", "can be reached"),
        ("watch tictactoe random --save a.gif --episodes 0", "--episodes must be at least 1"),
        ("watch tictactoe human --save a.gif", "to play yourself"),
        ("train dqn Blackjack-v1", "cannot read the percepts"),
        ("play tictactoe", "against whom?"),
        ("play gridworld --against random", "leave --against away"),
        ("evaluate tictactoe minimax:depht=2", "did you mean 'depth'"),
        ("evaluate tictactoe runs/none", "no trained agent"),
        ("evaluate tictactoe mine.py", "mine.py is a bot, and a bot is measured by its games"),
        ("evaluate tictactoe broken", "weights.safetensors: cannot be read"),
        ("evaluate gridworld random --episodes 0", "--episodes must be at least 1"),
        ("evaluate LunarLander-v99 random", "no world 'LunarLander-v99'"),
    ],
)
def test_a_mistake_gets_one_line_and_exit_code_2(
    workshop: Workshop, tmp_path: Path, command: str, complaint: str
) -> None:
    (tmp_path / "goalless.txt").write_text("S..\n...\n")
    (tmp_path / "walled.txt").write_text("S#G\n")
    (tmp_path / "mine.py").write_text("def act(percept):\n    return 0\n")
    agent = tmp_path / "broken" / "agent"
    agent.mkdir(parents=True)
    about = {"algorithm": "dqn", "world": "tictactoe", "config": {}}
    (agent / "config.json").write_text(json.dumps(about))
    (agent / "weights.safetensors").write_bytes(b"torn")
    result = workshop(*command.split())
    assert result.returncode == 2, result.stderr
    assert complaint in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "argument",
    ["runs/a&b", "a b", "a;b", "~/r", "it's", "a$b", "(x)", "", "a|b>c", "*", "a`b", '"'],
)
@pytest.mark.skipif(sys.platform == "win32" or not shutil.which("bash"), reason="asks bash")
def test_what_is_printed_to_be_pasted_is_one_argument(argument: str) -> None:
    command = f"printf '<%s>' {quoted(argument)}"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert result.stdout == f"<{argument}>"


def test_quotes_are_double_and_only_where_they_are_needed() -> None:
    for plain in ("runs/dqn-2", "gridworld:map=cliff,slip=0.1", "--no-double", Path("runs", "a")):
        assert quoted(plain) == str(plain)
    assert quoted("runs/a&b") == '"runs/a&b"'


def test_pictures_are_saved_where_there_is_no_display_without_a_word_about_it(
    workshop: Workshop,
) -> None:
    result = workshop("watch", "CartPole-v1", "random", "--save", "a.png")
    assert result.returncode == 0 and result.stderr == ""


def test_evaluate_prints_one_json_object(workshop: Workshop) -> None:
    result = workshop("evaluate", "tictactoe", "minimax", "--json", "--episodes", 20)
    found = json.loads(result.stdout)
    assert found["unbeatable"] is True and found["optimal_action_rate"] == 1.0
    assert {"env", "agent", "seed", "episodes", "mean_return", "ci95"} <= found.keys()
    low, high = found["ci95"]
    assert low <= found["mean_return"] <= high


def test_random_play_is_beatable_and_right_as_often_as_computed(workshop: Workshop) -> None:
    found = json.loads(workshop("evaluate", "tictactoe", "random", "--json").stdout)
    assert found["unbeatable"] is False
    assert abs(found["optimal_action_rate"] - (0.58 * 3191 + 1329) / 4520) < 0.2
    grid = json.loads(workshop("evaluate", "gridworld", "random", "--json").stdout)
    assert grid["mean_return"] < grid["optimal_return"]
    assert 0 <= grid["success_rate"] < 1


def test_connect_four_is_measured_on_labelled_positions(workshop: Workshop) -> None:
    few = ["connect-four", "minimax:depth=4", "--episodes", 2, "--positions", 120]
    deep = json.loads(workshop("evaluate", *few, "--json").stdout)
    blind = json.loads(
        workshop("evaluate", "connect-four", "random", "--json", "--episodes", 2).stdout
    )
    assert deep["positions"] == 120 and blind["positions"] == 2000
    assert deep["kept_value_rate_ci95"][0] > blind["kept_value_rate_ci95"][1]
    assert deep["kept_value_rate"] >= deep["perfect_move_rate"] > blind["perfect_move_rate"]
    assert deep["by_class"].keys() == blind["by_class"].keys()
    told = workshop("evaluate", *few).stdout
    assert "early hard, 20 positions" in told and "kept value rate" in told
    wrong = workshop("evaluate", "connect-four", "random", "--positions", 3000)
    assert wrong.returncode == 2 and "--positions: 1 to 2000, not 3000" in wrong.stderr


def test_a_run_is_measured_at_each_checkpoint(workshop: Workshop) -> None:
    """The last entry of its history is the agent itself."""
    few = ["--num-envs", 8, "--simulations", 4, "--channels", 4, "--blocks", 1, "--steps", 128]
    workshop("train", "alphazero", "connect-four", *few, "--run", "runs/zero")
    asked = ["evaluate", "connect-four", "runs/zero:simulations=2", "--positions", 60]
    rows = json.loads(workshop(*asked, "--history", "--json").stdout)["history"]
    steps = [row["step"] for row in rows]
    assert steps == sorted(steps) and steps[-1] == 128
    now = json.loads(workshop(*asked, "--episodes", 1, "--json").stdout)
    assert rows[-1]["by_stage"] == now["by_stage"]
    told = workshop(*asked, "--history").stdout
    assert "kept value" in told and "late" in told
    assert workshop("evaluate", "connect-four", "champion", "--history").returncode == 2
    workshop("train", "alphazero", "tictactoe", *few, "--run", "runs/small")
    told = workshop("evaluate", "tictactoe", "runs/small", "--history", "--ladder", 1).stdout
    assert "optimal action" in told and "one ply" in told


def test_other_large_boards_are_solved_on_the_spot(workshop: Workshop) -> None:
    found = json.loads(
        workshop(
            "evaluate", "gomoku-7", "random", "--json", "--episodes", 2, "--positions", 5
        ).stdout
    )
    assert found["positions"] == 5 and found["empty_cells"] == 9


def test_doctor_finds_this_machine_fit(workshop: Workshop) -> None:
    found = json.loads(workshop("doctor", "--json").stdout)
    assert {found[check]["state"] for check in ("python", "torch", "worlds", "drawing")} == {"PASS"}


def test_list_names_what_there_is(workshop: Workshop) -> None:
    found = json.loads(workshop("list", "--json").stdout)
    assert found["worlds"].keys() == WORLDS.keys()
    assert {"random", "human", "minimax", "q-learning", "dqn"} <= found["agents"].keys()


def test_a_game_at_the_terminal(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "workshop"]
        + ["play", "tictactoe", "--against", "minimax", "--terminal"],
        input="4\n4\nx\n" + "\n".join(str(i) for i in range(9)) * 3,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    assert "'4' is not legal here" in result.stdout
    assert result.stdout.strip().splitlines()[-1] in ("a draw", "minimax wins")


def test_a_duel_is_measured_against_somebody_who_survives(workshop: Workshop) -> None:
    found = json.loads(
        workshop("evaluate", "duel:starts=random", "voronoi", "--episodes", 40, "--json").stdout
    )
    assert found["opponent"] == "random-safe"
    assert found["won"] + found["drawn"] + found["lost"] == 40
    assert found["won"] > 30
    told = workshop("evaluate", "connect-3", "minimax", "--episodes", 2).stdout
    assert "won by the first player" in told and "one seat is lost" in told

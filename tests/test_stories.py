"""`workshop learn lstm --data stories` and `workshop compress`: what the report holds."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import torch
from rich.console import Console

from supervised import memory, recurrent
from supervised.bad_data import BadData
from supervised.data import load
from supervised.split import Split
from workshop.__main__ import main
from workshop.learn import parse
from workshop.learning import learn, plan_of
from workshop.run_page import cells
from workshop.targets import told
from workshop.training import Asking


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def trained(words: str) -> Path:
    """The run folder of a short training."""
    learning = parse(f"{words} --run one".split()).learning
    assert learning is not None
    return learn(learning, Console(quiet=True), Asking(lambda: False)).run.folder


def test_stories_of_all_distances_are_told_apart_behind_silence() -> None:
    stories = load("stories")
    apart = memory.distances(stories.inputs)
    assert sorted(set(apart.tolist())) == list(memory.DISTANCES)
    for row in range(0, len(stories), 400):
        spoken = stories.inputs[row][stories.inputs[row].any(1)]
        line = memory.words(spoken)
        assert len(line) == int(apart[row]) + memory.AROUND and line[:4] == [
            "I",
            "grew",
            "up",
            "in",
        ]
        assert torch.equal(
            memory.read(" ".join(line), stories.inputs.shape[1]), stories.inputs[row]
        )
        assert memory.LANGUAGES[line[4]] == stories.classes[stories.targets[row]]


def test_accuracies_are_those_of_each_distance_and_only_an_lstm_has_its_gates_drawn() -> None:
    stories = load("stories")
    rows = Split(torch.arange(0, 3600, 30), torch.arange(0), torch.arange(7, 3600, 60))
    for cell, drawn in (("lstm", True), ("gru", False)):
        config = recurrent.Config(width=4, cell=cell)  # type: ignore[arg-type]
        network = recurrent.make(config, stories, 0)
        found = recurrent.evaluate(network, stories, rows, 0)
        by_distance = [found[f"accuracy_after_{distance}"] for distance in memory.DISTANCES]
        assert sum(by_distance) / 3 == pytest.approx(found["accuracy"])  # 20 rows each
        assert ("gates" in recurrent.pictures(network, stories, rows, 0)) is drawn
    assert told("accuracy_after_10", 0.5) == "50.00 %" and told("after_10", 0.5) == "0.5"


def test_a_story_is_asked_for_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    stories = parse(["lstm", "--data", "stories", "--width", "4"]).learning
    assert stories is not None
    network = recurrent.make(stories.config, stories.dataset, 0)
    plan_of(stories, "cpu").save(network, Path("one/model"))
    assert main(["predict", "one", "I grew up in Spain I speak fluent", "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)["answers"]
    assert set(answers[0]["probabilities"]) == set(memory.LANGUAGES.values())
    for text, message in (
        ("I grew up in Atlantis", "no story has the word 'Atlantis'"),
        ("I " * 59, "a story has 1 to 58 words, not 59"),
    ):
        assert main(["predict", "one", text]) == 2
        err = capsys.readouterr().err
        assert message in err and err.count("\n") == 1


def test_marks_around_the_words_of_a_story_are_passed_over() -> None:
    plain = memory.read("I grew up in France I speak fluent", 58)
    for text in (
        "I grew up in France, I speak fluent ...",
        "\u201cI grew up in France!\u201d - (I speak fluent:",
    ):
        assert torch.equal(memory.read(text, 58), plain)
    with pytest.raises(BadData, match="a story has 1 to 58 words, not 0"):
        memory.read("...", 58)


def test_compressing_adds_a_table_and_a_picture_to_the_report(
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = trained("cnn --data digits --epochs 1 --widths 4 8")
    assert main(["compress", "one", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["networks"]
    names = [row["name"] for row in found]
    assert names == ["as it is", "80% pruned", "8 bits", "pruned, 8 bits", "small, alone",
                     "small, distilled"]  # fmt: skip
    summary = json.loads((folder / "summary.json").read_text())
    assert found[0]["accuracy"] == summary["accuracy"]
    whole, pruned, eight, both, alone, _ = (row["bytes"] for row in found)
    assert both < min(pruned, eight) and max(pruned, eight) < whole and alone < whole
    assert found[1]["weights"] < 0.3 * found[0]["weights"]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert 'alt="compression"' in page and "<h2>Made smaller</h2>" in page
    for row in found:
        line = re.search(rf"<tr><th>{row['name']}</th>(.*)</tr>", page)
        assert line and re.findall("<td>(.*?)</td>", line[1]) == cells(row)[1:]
    assert (folder / "summary.json").read_text() == json.dumps(summary, indent=2) + "\n"
    (folder / "summary.json").write_text('{"a":')  # as a full disk leaves it
    for words in (["compress", "one"], ["learn", "--resume", "one"]):
        assert main(words) == 2
        err = capsys.readouterr().err
        assert f"{Path('one/summary.json')}: cannot be read" in err and "\nTrace" not in err


def test_what_is_not_made_smaller_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    trained("linear --epochs 1")
    for words, message in (
        (["compress", "one"], "one holds linear; only a cnn is made smaller"),
        (["compress", "none"], "none is no run folder of a model"),
    ):
        assert main(words) == 2
        out, err = capsys.readouterr()
        assert not out and err.startswith(f"workshop compress: {message}") and err.count("\n") == 1

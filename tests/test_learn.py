"""`workshop learn`, `predict`, `tune` of models: run folders, resuming, bad input, no network."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from rich.console import Console
from safetensors.torch import load_file

from supervised import fetched
from supervised.dataset import BadData
from supervised.training import predict
from workshop.__main__ import main
from workshop.learn import parse
from workshop.learning import Learning, learn
from workshop.model_folder import load_model
from workshop.training import Asking

QUIET = Console(quiet=True)


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No socket can be made, and nothing was downloaded before."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError("the network is cut")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "data"))


def command(text: str) -> int:
    """Runs it; whatever it wrote is asked for by `capsys`."""
    return main(text.split())


def of(text: str) -> Learning:
    """The training that `learn ...` would begin."""
    found = parse(text.split()[1:]).learning
    assert found is not None
    return found


# The run folder


def test_a_run_folder_holds_everything_and_no_pickle(
    offline: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("learn cnn --data digits --epochs 3 --run runs/one") == 0
    run = Path("runs/one")
    assert {path.name for path in (run / "model").iterdir()} == {
        "config.json",
        "weights.safetensors",
    }
    for name in ("config.json", "metrics.csv", "summary.json", "curve.png", "report.html"):
        assert (run / name).stat().st_size > 50, name
    assert list(run.glob("events.out.tfevents*")) and (run / "state" / "checkpoint.pt").exists()
    assert not list(run.rglob("*partial*"))
    summary = json.loads((run / "summary.json").read_text())
    assert {"accuracy", "svm_accuracy", "auc", "calibration_error"} <= summary.keys()
    assert summary["train_rows"] + summary["test_rows"] < 1797 and summary["parameters"] > 100_000
    with (run / "metrics.csv").open() as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["1", "2", "3"]
    assert "saved runs" in capsys.readouterr().out
    page = (run / "report.html").read_text(encoding="utf-8")
    for name in (path.stem for path in (run / "pictures").iterdir()):
        assert f'alt="{name.replace("_", " ")}"' in page
    loaded = re.findall(r"""(?:src|href)=["']([^"']{5})""", page)
    assert set(loaded) == {"data:"} and "<script" not in page
    assert f"{100 * summary['svm_accuracy']:.2f} %" in page
    assert "workshop learn cnn --data digits --seed 0 --epochs 3" in page


def test_stopped_and_resumed_is_as_if_never_stopped() -> None:
    words = "learn cnn --data digits --epochs 4 --dropout 0.3 --augment --device cpu"
    whole = learn(of(f"{words} --run whole"), QUIET, Asking(lambda: False))
    asked = iter([False, True])
    broken = learn(of(f"{words} --run broken"), QUIET, Asking(lambda: next(asked)))
    assert whole.finished and not broken.finished and broken.step == 2
    assert not Path("broken/summary.json").exists()
    torch.manual_seed(99)
    learn(of("learn --resume broken"), QUIET, Asking(lambda: False))
    for name in ("metrics.csv", "model/weights.safetensors"):
        assert Path("whole", name).read_bytes() == Path("broken", name).read_bytes(), name
    summaries = [json.loads(Path(run, "summary.json").read_text()) for run in ("whole", "broken")]
    for summary in summaries:
        del summary["seconds"]
    assert summaries[0] == summaries[1]


def test_killed_between_the_last_two_files_only_the_summary_is_made_again() -> None:
    learn(of("learn linear --epochs 2 --run one"), QUIET, Asking(lambda: False))
    first = json.loads(Path("one/summary.json").read_text())
    Path("one/summary.json").unlink()
    weights = Path("one/model/weights.safetensors").read_bytes()
    outcome = learn(of("learn --resume one"), QUIET, Asking(lambda: False))
    assert outcome.finished and outcome.step == 2
    again = json.loads(Path("one/summary.json").read_text())
    assert {**again, "seconds": 0} == {**first, "seconds": 0}
    assert Path("one/model/weights.safetensors").read_bytes() == weights


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT for one process there")
def test_ctrl_c_saves_and_says_how_to_go_on(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "workshop", "learn", "cnn", "--data", "digits",
               "--epochs", "1000", "--run", "one"]  # fmt: skip
    process = subprocess.Popen(
        program, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 100
    while not (tmp_path / "one" / "metrics.csv").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out.strip() == "workshop learn --resume one"
    assert "Traceback" not in err and "stopped after epoch" in err
    assert load_model(tmp_path / "one")[0].model == "cnn"


def test_several_seeds_are_told_with_intervals() -> None:
    assert command("learn linear --epochs 2 --seeds 2 --jobs 1 --run both") == 0
    summary = json.loads(Path("both/summary.json").read_text())
    assert summary["seeds"] == [0, 1] and len(summary["mae"]["values"]) == 2
    low, high = summary["mae"]["ci95"]
    assert low <= summary["mae"]["interquartile_mean"] <= high
    alone = learn(of("learn linear --epochs 2 --seed 1 --run one"), QUIET, Asking(lambda: False))
    assert alone.measured["mae"] == summary["mae"]["values"][1]
    assert command("plot both one --save both.png") == 0 and Path("both.png").exists()


def test_a_model_without_weights_learns_again_when_it_is_loaded() -> None:
    outcome = learn(of("learn random-forest --data moons --run one --trees 20"), QUIET,
                    Asking(lambda: False))  # fmt: skip
    assert load_file("one/model/weights.safetensors") == {}
    learning = of("learn random-forest --data moons --run two --trees 20")
    rows, _ = learning.parted
    _, network = load_model(outcome.run.folder)
    answers = predict(network, learning.dataset.inputs[rows.test]).argmax(1)
    right = float((answers == learning.dataset.targets[rows.test]).double().mean())
    assert right == outcome.measured["accuracy"]


def test_a_table_that_has_changed_is_not_gone_on_with() -> None:
    table(Path("t.csv"), 60)
    asked = iter([True])
    learn(of("learn mlp --data t.csv --epochs 3 --run one"), QUIET, Asking(lambda: next(asked)))
    table(Path("t.csv"), 60, shift=1.0)
    assert command("learn --resume one") == 2
    table(Path("t.csv"), 60)
    assert command("learn --resume one") == 0


# Asking


def test_images_of_any_size_and_colour_are_brought_to_the_sets_and_it_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    learn(of("learn svm --data digits --run one"), QUIET, Asking(lambda: False))
    dataset = of("learn svm --data digits").dataset
    row = 3  # a clear three
    pixels = (255 * dataset.inputs[row, 0]).round().byte().numpy()
    Image.fromarray(pixels).save("small.png")
    Image.fromarray(255 - pixels).resize((240, 240), Image.Resampling.BOX).convert("RGB").save(
        "paper.jpg", quality=95
    )
    assert command("predict one small.png paper.jpg --json") == 0
    told = json.loads(capsys.readouterr().out)["answers"]
    assert [answer["answer"] for answer in told] == ["3", "3"]
    assert all(
        sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-3) for answer in told
    )
    assert command("predict one small.png paper.jpg") == 0
    out, err = capsys.readouterr()
    assert "240 x 240, brought to 8 x 8" in err and "light and dark exchanged" in err
    assert "shades of grey" in err and "small.png:" not in err and "small.png" in out


def test_what_cannot_be_asked_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    learn(of("learn svm --data digits --run images"), QUIET, Asking(lambda: False))
    learn(of("learn linear --epochs 1 --run numbers"), QUIET, Asking(lambda: False))
    Path("broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and nothing more")
    for text, message in (
        ("predict images broken.png", "broken.png: cannot be read as an image"),
        ("predict images missing.png", "missing.png: cannot be read as an image"),
        ("predict images", "what about? workshop predict images IMAGE.png"),
        ("predict numbers 1,2,3", "1,2,3: 3 numbers a row, but the model reads 77"),
        ("predict numbers 1,x", "'1,x': no numbers with commas between"),
        ("predict nothing a.png", "nothing is no run folder of a model"),
    ):
        assert command(text) == 2
        out, err = capsys.readouterr()
        assert not out and err.startswith(f"workshop predict: {message}"), err
        assert err.count("\n") == 1


# Bad input, and no network


def table(path: Path, rows: int, shift: float = 0.0) -> None:
    """A table of two numbers and a class that follows from them."""
    rng = np.random.default_rng(0)
    lines = ["length,width,kind"]
    for row in range(rows):
        length, width = rng.normal(row % 2 * 3, 1, 2)
        lines.append(f"{length + shift:.4f},{width:.4f},{'large' if row % 2 else 'small'}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def folder_of_images(path: Path, broken: bool) -> None:
    """Twelve images of two classes."""
    rng = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (path / name).mkdir(parents=True)
        for number in range(12):
            pixels = rng.integers(0, 255, (20, 20), dtype=np.uint8)
            Image.fromarray(pixels).save(path / name / f"{number}.png")
    if broken:
        (path / "dogs" / "5.png").write_bytes(b"\x89PNG\r\n\x1a\n")


def edited(line: int, cell: int, text: str) -> None:
    """A table with one cell that is wrong."""
    table(Path("bad.csv"), 40)
    lines = Path("bad.csv").read_text().splitlines()
    cells = lines[line - 1].split(",")
    cells[cell] = text
    lines[line - 1] = ",".join(cells)
    Path("bad.csv").write_text("\n".join(lines) + "\n")


def test_bad_data_is_named_with_file_and_row_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def missing_label() -> None:
        edited(7, 2, "")

    def not_a_number() -> None:
        edited(9, 0, "nan")

    def one_class() -> None:
        table(Path("bad.csv"), 40)
        Path("bad.csv").write_text(Path("bad.csv").read_text().replace("large", "small"))

    def empty() -> None:
        Path("bad.csv").write_text("length,width,kind\n")

    def broken_image() -> None:
        folder_of_images(Path("pets"), broken=True)

    for make, data, message in (
        (missing_label, "bad.csv", "bad.csv, line 7: there is no label in column 'kind'"),
        (not_a_number, "bad.csv", "bad.csv, line 9: 'nan' in column 'length' is no finite number"),
        (one_class, "bad.csv", "bad.csv: every row is of class 'small'"),
        (empty, "bad.csv", "bad.csv: the set is empty"),
        (broken_image, "pets", f"{Path('pets/dogs/5.png')}: cannot be read as an image"),
        (lambda: None, "nothing.csv", "nothing.csv: cannot be read as a table"),
        (lambda: None, "digitz", "there is no data set 'digitz'; did you mean 'digits'?"),
    ):
        make()
        for words in ("learn mlp --data", "learn mlp --seeds 2 --data", "tune mlp --data"):
            assert command(f"{words} {data}") == 2
            out, err = capsys.readouterr()
            assert err.startswith(f"workshop {words.split()[0]}: {message}"), err
            assert not out and err.count("\n") == 1
    assert not Path("runs").exists()


def test_ones_own_table_and_images_are_learned_from_and_leakage_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table(Path("t.csv"), 60)
    lines = Path("t.csv").read_text().splitlines()
    Path("t.csv").write_text("\n".join(lines + lines[1:31]) + "\n")
    assert command("learn logistic --data t.csv --epochs 2 --run one") == 0
    assert "rows of validation and test are learned from too" in capsys.readouterr().err
    assert "are learned from too" in Path("one/report.html").read_text(encoding="utf-8")
    folder_of_images(Path("pets"), broken=False)
    assert command("learn cnn --data pets --image-size 12 12 --epochs 1 --run two") == 0
    assert load_model(Path("two"))[0].reads["shape"] == [1, 12, 12]
    assert command("predict two pets/cats/0.png") == 0
    assert "20 x 20, brought to 12 x 12" in capsys.readouterr().err


def test_sets_that_are_downloaded_say_so_in_one_line_without_a_network(
    offline: None, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in fetched.ORIGINS:
        assert command(f"learn cnn --data {name}") == 2
        err = capsys.readouterr().err
        assert err.startswith(f"workshop learn: {name} has to be downloaded once") and (
            err.count("\n") == 1
        )
    assert not Path("runs").exists()


def test_what_was_downloaded_is_checked_and_kept(
    offline: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sklearn.datasets

    small = fetched.ORIGINS["mnist"]._replace(counts=(2,) * 10)
    monkeypatch.setitem(fetched.ORIGINS, "mnist", small)
    labels = np.array([str(number % 10) for number in range(20)])
    pixels = np.arange(20 * 784).reshape(20, 784) % 256
    calls = []

    def answer(**asked: Any) -> Any:
        calls.append(asked["data_id"])
        return sklearn.utils.Bunch(data=pixels.astype(float), target=labels)

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", answer)
    first, again = fetched.mnist(), fetched.mnist()
    assert calls == [554] and torch.equal(first.inputs, again.inputs)
    assert first.inputs.shape == (20, 1, 28, 28) and float(first.inputs.max()) == 1
    (kept,) = fetched.folder().iterdir()
    kept.write_bytes(kept.read_bytes()[:-1])
    with pytest.raises(BadData, match="damaged; delete it"):
        fetched.mnist()
    kept.unlink()
    labels[0] = "7"
    with pytest.raises(BadData, match="what came is something else"):
        fetched.mnist()
    assert not list(fetched.folder().iterdir())


def test_settings_of_a_model_are_searched_by_its_validation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = "tune mlp --data moons --trials 2 --jobs 1 --epochs 2"
    assert command(words) == 0
    assert "validation accuracy at the end" in " ".join(capsys.readouterr().err.split())
    assert Path("runs/tune-mlp-moons.png").exists() and command(f"{words} --validation 0") == 2
    assert "chosen by the validation rows" in capsys.readouterr().err
    assert command("tune perceptron --device cpu --trials 0") == 2  # the model of that name


def test_models_and_sets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("list --json") == 0
    found = json.loads(capsys.readouterr().out)
    assert {"cnn", "svm", "k-means", "perceptron"} <= found["models"].keys()
    assert {"digits", "weather", "cifar-10"} <= found["data sets"].keys()
    assert all("\n" not in about for about in found["data sets"].values())

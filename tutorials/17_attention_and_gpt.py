# ---
# jupyter:
#   workshop:
#     title: "Attention and a small GPT"
#     topics: [attention, self-attention, query key value, softmax, causal mask, position, head,
#       transformer, GPT, language model, token, next character, surprise, perplexity, temperature,
#       sampling, n-gram]
#     minutes: 40
#     seconds: 30
#     data: "stories of 48 words, computed; first names of nine languages, a fifth for the test"
# ---

# %% [markdown]
# # 17 Attention and a small GPT
#
# The networks of lesson 16 carry what they read through every step. When you are asked "where did
# she grow up?", you do something else: you look back at the line that says so. **Attention** lets a
# network look back. Around attention one can build a GPT, and this lesson builds one.
#
# | | |
# | --- | --- |
# | needs | lesson 16 |
# | data | 800 stories to learn from, 200 for the test; `names`, a fifth of them for the test |
# | time | 40 minutes to read and try, 30 seconds to run on 2 cores; seed 0 |
# | expect | stories, 40 words between: above 0.9 right; names: 2.3 nats a sign, as counting |

# %% tags=["setup"]
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn

from workshop.lessons import Question, exercise, expect, pick, quiz, show

BLUE, ORANGE, VIOLET, GREY = "#3b7ea1", "#c7782a", "#8a5a9e", "#888888"

# %% [markdown]
# ## Looking something up, softly
#
# A dictionary has keys and values. You ask with a query; where it equals a key, you get the value.
# Attention does the same with rows of numbers, and softly: *every* value is returned, weighted by
# how well its key fits the query.
#
# ```
# attention(Q, K, V) = softmax(Q K' / sqrt(d)) V          Vaswani et al. 2017, equation 1
# ```
#
# Query times key is large where both point the same way. The softmax turns these scores into
# shares that sum to 1. With d numbers each, the scores grow like the root of d; the division keeps
# the softmax from being all or nothing at the start. All of it has a slope, so what to ask for and
# what to answer to can be learned. (Bahdanau, Cho & Bengio 2015 invented it for translation.)


# %% tags=["setup"]
def attention(
    queries: Tensor, keys: Tensor, values: Tensor, causal: bool = False
) -> tuple[Tensor, Tensor]:
    """What is found, (..., places, d), and the weights, (..., places, places): rows sum to 1."""
    scores = queries @ keys.transpose(-2, -1) / math.sqrt(queries.shape[-1])
    if causal:  # nobody may look at what is still to come
        later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        scores = scores.masked_fill(later, -math.inf)
    weights = scores.softmax(-1)
    return weights @ values, weights


# %%
torch.manual_seed(0)
some = torch.randn(3, 2, 4, 7, 8)  # queries, keys, values: 2 texts, 4 heads, 7 places, d = 8
theirs = nn.functional.scaled_dot_product_attention(*some, is_causal=True)
apart = float((attention(*some, causal=True)[0] - theirs).abs().max())
expect("difference from PyTorch", apart, full=(0, 1e-5), fast=(0, 1e-5))

# %% [markdown]
# ## Back to France
#
# *"I grew up in France ... I speak fluent ..."*, with 40 words between. In lesson 16 the LSTM was
# right half of the time after ten epochs with such stories. Here is a network of one attention,
# and nothing recurrent. Attention alone does not see any order: shuffle the words, and it finds the
# same. So to each word's numbers we add numbers for its **position**, learned as well.
#
# The last word asks. All words answer.

# %%
from supervised.memory import LANGUAGES, WORDS, story


def stories(distance: int, count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Different stories (count, words) as numbers of words, and their languages (count,)."""
    rng, found = np.random.default_rng(seed), {}
    while len(found) < count:
        label = len(found) % len(LANGUAGES)
        found.setdefault(tuple(story(list(LANGUAGES)[label], distance, rng)), label)
    codes = [[WORDS.index(word) for word in line] for line in found]
    return torch.tensor(codes), torch.tensor(list(found.values()))


class LooksBack(nn.Module):
    """Words in, scores of the four languages out, by one look at all words."""

    def __init__(self, places: int, width: int = 32) -> None:
        super().__init__()
        self.words = nn.Embedding(len(WORDS), width)
        self.position = nn.Parameter(torch.randn(places, width))
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.tell = nn.Linear(width, len(LANGUAGES))

    def look(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """What the last word finds (n, 1, width), and where it looked (n, 1, words)."""
        x = self.words(codes) + self.position[: codes.shape[1]]
        return attention(self.query(x[:, -1:]), self.key(x), self.value(x))

    def forward(self, codes: Tensor) -> Tensor:
        """(n, words) -> (n, languages)."""
        return self.tell(self.look(codes)[0][:, 0])


# %% [markdown] tags=["prediction"]
# **Predict first.** It gets the same ten epochs of 800 stories with 40 words between. How often
# is it right? Where will it look: at *every* country, at the word "grew", or somewhere else? And
# what will it say if we put three words in front of the story: *"my sister sings. I grew up in
# France ..."*?

# %%
count, epochs = pick(full=1000, fast=100), pick(full=10, fast=1)
codes, labels = stories(40, count)
learned, tested = slice(0, count * 4 // 5), slice(count * 4 // 5, count)
torch.manual_seed(0)
looker, generator = LooksBack(codes.shape[1]), torch.Generator().manual_seed(0)
optimiser = torch.optim.Adam(looker.parameters(), lr=5e-3)
for _ in range(epochs):
    for batch in torch.randperm(count * 4 // 5, generator=generator).split(32):
        cost = nn.functional.cross_entropy(looker(codes[batch]), labels[batch])
        optimiser.zero_grad()
        cost.backward()
        optimiser.step()


def right_share(codes: Tensor, labels: Tensor) -> float:
    """The share of right answers."""
    with torch.no_grad():
        return float((looker(codes).argmax(1) == labels).float().mean())


plain = right_share(codes[tested], labels[tested])
front = torch.tensor([WORDS.index(word) for word in ("my", "sister", "sings")])
moved = torch.cat((front.expand(count, 3), codes[:, :-6], codes[:, -3:]), 1)  # as long as before
shifted = right_share(moved[tested], labels[tested])

figure, axes = plt.subplots(figsize=(11, 2.8), layout="constrained")
with torch.no_grad():
    weights = looker.look(codes[tested][:1])[1][0, 0]
names = [WORDS[code] for code in codes[tested][0]]
colours = [ORANGE if name in LANGUAGES else BLUE for name in names]
axes.bar(range(len(names)), weights, color=colours)
axes.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
axes.set(ylabel="weight", title="Where the last word looks (orange: countries)")
axes.spines[["top", "right"]].set_visible(False)
show(figure, "17-looks-back")
expect("right, 40 words between", plain, full=(0.9, 1))
expect("right, with three words in front", shifted, full=(0.1, 0.7))

# %% [markdown]
# From the answer to any word it is one step, not forty, so no slope fades. But look *where* it
# looks. It learned "the fifth word", and nothing about growing up. In these data that is always
# right. Put three words in front, and it is back at chance. Networks learn what is enough for the
# data they get; to learn more, they need data in which more is needed.
#
# ## A GPT
#
# A **language model** says how probable each next sign is, after all before it. Its text is its own
# teacher: no labels. A **GPT** does it with attention. In each block,
#
# 1. every place asks all places *before* it (the **causal mask** hides the rest), in several
#    **heads** at once, which ask different things;
# 2. a small perceptron works on what each place found;
# 3. both *add* to what was there, so that slopes have a free way back (a **residual** network).
#
# That is all of it. GPT-2 (Radford et al. 2019) has 12 to 48 such blocks, and reads pieces of words
# (**tokens**) of a vast number of web pages. Ours has two blocks, and reads first names.


# %%
class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.scale_1, self.scale_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.ask, self.answer = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.think = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width), nn.Dropout(0.1)
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(n, places, width) of the same shape, and the weights (n, heads, places, places)."""
        parts = self.ask(self.scale_1(x)).unflatten(-1, (3, self.heads, -1))
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)  # (n, heads, places, d) each
        found, weights = attention(queries, keys, values, causal=True)
        x = x + self.answer(found.transpose(1, 2).flatten(2))
        return x + self.think(self.scale_2(x)), weights


class GPT(nn.Module):
    def __init__(self, signs: int, places: int, width: int = 48, blocks: int = 2) -> None:
        super().__init__()
        self.signs, self.position = nn.Embedding(signs, width), nn.Embedding(places, width)
        self.blocks = nn.ModuleList(Block(width, heads=4) for _ in range(blocks))
        self.scale, self.tell = nn.LayerNorm(width), nn.Linear(width, signs)

    def look(self, codes: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Scores of each next sign (n, places, signs), and each block's weights."""
        x = self.signs(codes) + self.position.weight[: codes.shape[1]]
        looks = []
        for block in self.blocks:
            x, weights = block(x)
            looks.append(weights)
        return self.tell(self.scale(x)), looks

    def forward(self, codes: Tensor) -> Tensor:
        return self.look(codes)[0]


# %% [markdown]
# Each name begins and ends with an end sign. The cost is the **surprise**: -log of the probability
# that was given to the sign that came, in nats. A model that knows nothing has the log of the
# number of signs. The rival is the best that counting can do: an **n-gram** model, which looks up
# how often each sign followed the last few (Kneser & Ney 1995), from the same names.

# %%
from supervised import ngram
from supervised.data import load
from supervised.language import next_characters, whole_rows
from supervised.split import split

names_set = load("names")
told = next_characters(names_set)  # targets: the next sign; -100 behind the end
rows = split(names_set, seed=0)
alphabet = names_set.characters
train = rows.train[: pick(full=len(rows.train), fast=150)]
counted = ngram.best(whole_rows(told, train), whole_rows(told, rows.validation), len(alphabet))
single = ngram.count(whole_rows(told, train), len(alphabet), 1)
judged = whole_rows(told, rows.test)
nats = {"nothing known": math.log(len(alphabet)), "single letters": single.nats(judged)}
nats["best n-gram"] = counted.nats(judged)
print(f"{len(train):,} names, {len(alphabet)} signs; n-grams of {len(counted.tables)} signs")


# %%
def surprise(network: GPT, rows: Tensor) -> Tensor:
    """The mean surprise at a sign, in nats."""
    logits, targets = network(told.inputs[rows]), told.targets[rows]
    return nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


torch.manual_seed(0)
gpt = GPT(len(alphabet), told.inputs.shape[1])
epochs, size = pick(full=12, fast=1), 32
optimiser = torch.optim.AdamW(gpt.parameters(), weight_decay=0.1)
steps = epochs * math.ceil(len(train) / size)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 5e-3, total_steps=steps)
curve = []
for _ in range(epochs):
    gpt.train()
    for batch in torch.randperm(len(train), generator=generator).split(size):
        cost = surprise(gpt, train[batch])
        optimiser.zero_grad()
        cost.backward()
        nn.utils.clip_grad_norm_(gpt.parameters(), 1.0)
        optimiser.step()
        schedule.step()
    gpt.eval()
    with torch.no_grad():
        curve.append((float(surprise(gpt, train[:500])), float(surprise(gpt, rows.validation))))
with torch.no_grad():
    nats["GPT"] = float(surprise(gpt, rows.test))

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.2), layout="constrained")
bars = left.barh(list(nats), list(nats.values()), color=[GREY, GREY, VIOLET, BLUE])
left.bar_label(bars, fmt="%.2f", padding=3)
left.invert_yaxis()
left.set(xlabel="surprise at a sign of new names, in nats", xlim=(0, 4.8))
for place, (name, colour) in enumerate([("learned from", GREY), ("validation", BLUE)]):
    values = [pair[place] for pair in curve]
    right.plot(range(1, epochs + 1), values, "o-", markersize=3, color=colour, label=name)
right.axhline(nats["best n-gram"], color=VIOLET, linestyle=":", label="best n-gram (test)")
right.set(xlabel="epoch", ylabel="surprise, in nats")
right.legend(frameon=False)
for axis in (left, right):
    axis.spines[["top", "right"]].set_visible(False)
show(figure, "17-surprise")
for name, value in nats.items():
    print(f"{name:16} {value:.3f}")
expect("best n-gram", nats["best n-gram"], full=(2.1, 2.4))
expect("GPT", nats["GPT"], full=(2.2, 2.5))

# %% [markdown]
# The GPT came from 4.55 to about 2.3 nats: as unsure as if it chose among ten signs (e to the 2.3
# is 10), and no longer among 95. And **counting wins**, by a little. 3,668 short names are few, and
# what tells most about the next letter is the last few, which is what n-grams look at. On the right
# you see the rest: at the end our GPT still gets better at the names it learns from, and no better
# at new ones. Attention pays where the text is long, the clue is far back, and there is a great
# deal to learn from.
#
# ## Writing
#
# To write, draw a sign by its probability, put it behind the others, ask again. The
# **temperature** divides the scores first: below 1 the probable becomes more so, above 1 less so.


# %%
@torch.no_grad()
def write(network: GPT, count: int, temperature: float, seed: int = 0) -> list[str]:
    """Names, sign by sign; each begins with the end sign, code 0."""
    generator = torch.Generator().manual_seed(seed)
    codes = torch.zeros(count, 1, dtype=torch.int64)
    while codes.shape[1] < told.inputs.shape[1]:
        scores = network(codes)[:, -1] / temperature  # (count, signs)
        drawn = torch.multinomial(scores.softmax(1), 1, generator=generator)
        codes = torch.cat((codes, drawn), 1)
    lines = ["".join(alphabet[code] for code in row[1:]) for row in codes.tolist()]
    return [line.split("\n")[0] for line in lines]


known = {
    "".join(alphabet[code] for code in row).strip() for row in names_set.inputs[train].tolist()
}
copied = {}
for temperature in (0.3, 0.7, 1.0, 1.5):
    written = write(gpt, pick(full=300, fast=30), temperature)
    copied[temperature] = float(np.mean([name in known for name in written]))
    print(f"temperature {temperature}: {copied[temperature]:4.0%} known | {', '.join(written[:7])}")
expect("share copied at temperature 0.3", copied[0.3], full=(0.05, 0.5))
expect("share copied at temperature 1.5", copied[1.5], full=(0, 0.04))

# %% [markdown]
# At the lowest temperature about one name in five is one it was shown, and they resemble each
# other; at the highest hardly any is, and few can be pronounced. Between them, most sound like
# names and stand in no list that it was given. That is worth a thought. The model was never asked
# to write *existing* names, only *probable* signs. A large language model is asked for nothing else
# in its first training: a wrong sentence that sounds probable costs it nothing more. Truth is not
# in the cost.
#
# ## Where it looks
#
# Each row is a place that asks, each column one that is asked. The upper right is empty: that is
# the causal mask. Four heads of the second block, on a name:

# %%
lengths = (names_set.inputs[rows.test] != 0).sum(1)
shown = int(rows.test[lengths == 8][0])  # the first new name of eight letters
length = 9
signs = ["^" if code == 0 else alphabet[code] for code in told.inputs[shown, :length].tolist()]
with torch.no_grad():
    looks = gpt.look(told.inputs[shown : shown + 1, :length])[1][1][0]  # (heads, places, places)
figure, axes = plt.subplots(1, 4, figsize=(11, 3), layout="constrained")
for place, (axis, weights) in enumerate(zip(axes, looks, strict=True), start=1):
    drawn = axis.imshow(weights, cmap="Blues", vmin=0, vmax=1)
    axis.set_title(f"head {place}", fontsize=10)
    axis.set_xticks(range(length), signs)
    axis.set_yticks(range(length), signs)
axes[0].set_ylabel("asks (^ is the beginning)")
figure.colorbar(drawn, ax=axes, shrink=0.8, label="weight")
show(figure, "17-heads")
expect("most that any place looks ahead", float(looks.triu(1).max()), full=(0, 0), fast=(0, 0))

# %% [markdown]
# Such pictures invite stories ("head 2 looks for vowels, head 3 looks one letter back"). Take them
# with care: a weight says where a head looked, not what it did with what it saw (Jain & Wallace
# 2019).
#
# And the price: every place asks every place before it. Twice the text, four times the work.
#
# ## Exercises
#
# `workshop lesson 17 --answers answers_17.py` writes these into a file for you;
# `workshop lesson 17 --check answers_17.py` marks it; `--hint NAME` helps.
#
# ### 1 Softmax
#
# Turn scores into weights: exp of each, divided by the sum. exp(1000) is too large for a number in
# the computer, so subtract the largest score first; that changes no weight.


# %% tags=["exercise"]
def weights_of(scores: np.ndarray) -> np.ndarray:
    """The softmax of a row of scores: as many weights, which sum to 1."""
    ### BEGIN SOLUTION
    raised = np.exp(scores - scores.max())
    return raised / raised.sum()
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "weights_of",
    hints=(
        "First subtract the largest score from all, then np.exp, then make the sum 1.",
        "scores.max() is the largest; raised = np.exp(scores - scores.max()).",
        "return raised / raised.sum(), with raised = np.exp(scores - scores.max())",
    ),
)
def check_weights_of(weights_of):
    assert np.allclose(weights_of(np.zeros(4)), 0.25), "equal scores: equal weights, a quarter each"
    found = weights_of(np.log(np.array([1.0, 2.0, 5.0])))
    assert np.allclose(found, [0.125, 0.25, 0.625]), "scores log 1, 2, 5: weights 1/8, 2/8, 5/8"
    with np.errstate(over="ignore", invalid="ignore"):
        large = weights_of(np.array([1000.0, 1000.0]))
    assert np.allclose(large, 0.5), "subtract the largest score first: exp(1000) is too large"


# %% [markdown]
# ### 2 The causal mask
#
# Which places may a place look at? Make the table: row i, column j is True where place i may look
# at place j, that is, at itself and at all before it.


# %% tags=["exercise"]
def may_look(places: int) -> Tensor:
    """bool (places, places)."""
    ### BEGIN SOLUTION
    return torch.ones(places, places, dtype=torch.bool).tril()
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "may_look",
    hints=(
        "Draw it for three places: the first row has one True, the last has three.",
        "torch.tril keeps the lower left of a table, the diagonal included.",
        "torch.ones(places, places, dtype=torch.bool).tril()",
    ),
)
def check_may_look(may_look):
    found = may_look(3)
    assert found.dtype == torch.bool and found.shape == (3, 3), "a table of True and False, 3 x 3"
    assert bool(found.diagonal().all()), "each place may look at itself"
    assert not bool(found[0, 1:].any()), "the first place may look at nothing that comes later"
    assert found.sum() == 6, "of three places: 1 + 2 + 3 are allowed"


# %% [markdown]
# ### 3 One query
#
# Write attention for a single query, in NumPy, with `weights_of` or without: the scores are
# `keys @ query` divided by the root of d, the result is the sum of the values by weight.


# %% tags=["exercise"]
def look_up(query: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    """What a query (d,) finds among keys (places, d) and values (places, width): (width,)."""
    ### BEGIN SOLUTION
    scores = keys @ query / len(query) ** 0.5
    raised = np.exp(scores - scores.max())
    return (raised / raised.sum()) @ values
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "look_up",
    hints=(
        "Three lines: the scores, the weights, the weighted sum of the values.",
        "scores = keys @ query / len(query) ** 0.5; the weights are their softmax.",
        "raised = np.exp(scores - scores.max()); return (raised / raised.sum()) @ values",
    ),
)
def check_look_up(look_up):
    rng = np.random.default_rng(0)
    query, keys, values = rng.normal(size=4), rng.normal(size=(6, 4)), rng.normal(size=(6, 3))
    found = look_up(query, keys, values)
    assert np.shape(found) == (3,), "as many numbers as a value has"
    assert np.allclose(look_up(0 * query, keys, values), values.mean(0)), (
        "a query of zeros fits every key equally: the mean of the values"
    )
    parts = (torch.from_numpy(part) for part in (query[None], keys, values))
    right = nn.functional.scaled_dot_product_attention(*parts)[0].numpy()
    assert np.allclose(found, right), "PyTorch finds something else: divided by the root of d?"


# %% [markdown]
# ### 4 Temperature
#
# Given the probabilities of the next signs, what are they at another temperature? Their logs are
# scores: divide those by the temperature, then take the softmax.


# %% tags=["exercise"]
def at_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """The probabilities at that temperature; all given ones are above 0."""
    ### BEGIN SOLUTION
    raised = probabilities ** (1 / temperature)  # exp(log(p) / temperature)
    return raised / raised.sum()
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "at_temperature",
    hints=(
        "np.log gives scores; divide them; np.exp leads back; then make the sum 1.",
        "exp(log(p) / temperature) is p ** (1 / temperature).",
        "raised = probabilities ** (1 / temperature); return raised / raised.sum()",
    ),
)
def check_at_temperature(at_temperature):
    given = np.array([0.2, 0.3, 0.5])
    assert np.allclose(at_temperature(given, 1.0), given), "at temperature 1 nothing changes"
    cold = at_temperature(np.array([0.25, 0.75]), 0.5)
    assert np.allclose(cold, [0.1, 0.9]), "at 0.5: squares, 1 to 9, so 0.1 and 0.9"
    hot = at_temperature(given, 1000.0)
    assert np.allclose(hot, 1 / 3, atol=0.001), "very hot: all signs equally"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "Why does the GPT need numbers for positions?",
        ("To know how long a text is", "Attention alone sees no order", "To save weights"),
        answer=1,
        because="The weighted sum is the same in whatever order the places stand. Without "
        "positions, or a mask, 'dog bites man' and 'man bites dog' are one text.",
    ),
    Question(
        "What would happen in training without the causal mask?",
        ("It would copy the next sign", "It would learn more slowly", "Nothing"),
        answer=0,
        because="The next sign stands among what it reads, one place further on. Looking there "
        "makes the cost nearly zero, and teaches nothing for writing, where that place is empty.",
    ),
    Question(
        "The n-gram model beat our GPT. Why?",
        ("GPTs do not work", "Few, short names, where the last letters tell most", "A bug"),
        answer=1,
        because="Counting is strong where data are few and clues are near. The strength of "
        "attention, clues far back and a great deal of text, is not asked for here.",
    ),
    Question(
        "Why may a language model say something wrong that sounds right?",
        ("It lies", "Its temperature is too low", "It was taught what is probable, not what is so"),
        answer=2,
        because="The cost is the surprise at the next sign of some text. Nothing in it compares a "
        "sentence with the world.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - A. Vaswani et al., *Attention Is All You Need*, 2017.
# - D. Bahdanau, K. Cho and Y. Bengio, *Neural Machine Translation by Jointly Learning to Align and
#   Translate*, 2015: attention, for translation. `supervised/translation.py` is a small one.
# - A. Radford et al., *Language Models are Unsupervised Multitask Learners*, 2019: GPT-2.
# - S. Jain and B. Wallace, *Attention is not Explanation*, 2019.
# - A. Karpathy, *nanoGPT*: a GPT in two short files.
# - `supervised/gpt.py` and `supervised/ngram.py`: ours, in full.

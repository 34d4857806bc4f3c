# ---
# jupyter:
#   workshop:
#     title: "Memory: networks that read one word after the other"
#     topics: [memory, sequence, recurrent network, RNN, LSTM, GRU, gate, forget gate,
#       vanishing gradient, I grew up in France, machine translation, sequence to sequence,
#       encoder, decoder, teacher forcing]
#     minutes: 40
#     seconds: 40
#     data: "stories of 18 to 48 words, computed; dates in six languages, computed"
# ---

# %% [markdown]
# # 16 Memory: networks that read one word after the other
#
# *"I grew up in France. The weather was fine, my dog likes rain, then I visited Spain, work was
# hard. I speak fluent ..."* You know the next word, and you know which part of the text told you.
# A network that looks at the last five words cannot know. It needs a memory.
#
# | | |
# | --- | --- |
# | needs | lesson 9 (the slope, and how it travels back) |
# | data | stories made by rule: 800 to learn from, 200 for the test; 4000 phrases of 2000 days |
# | time | 40 minutes to read and try, 40 seconds to run on 2 cores; seeds 0 and 1 |
# | expect | 20 words later: plain recurrent network 0.25 right (chance), LSTM above 0.9 |

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn

from workshop.lessons import Question, exercise, expect, pick, quiz, show

BLUE, ORANGE, GREEN, VIOLET, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#8a5a9e", "#888888"

# %% [markdown]
# ## The stories
#
# Each story says where somebody grew up. Then come words that do not matter, and some that look as
# if they did ("then I visited Spain"). It ends with "I speak fluent". Of 30 words and 4 languages
# the computer can make as many as we like, at any distance. Chance is right once in four times.

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


example, label = stories(20, 1)
print(" ".join(WORDS[code] for code in example[0]), "...", list(LANGUAGES.values())[label[0]])

# %% [markdown]
# ## A network with a loop
#
# A **recurrent network** (RNN) reads one word at a time. What it keeps is a row of numbers, its
# memory. At each word it makes a new memory of the word and of the old memory, always with the
# *same* weights. So it can read texts of any length.
#
# ```
# memory = tanh(W word + U memory + b)                 Elman 1990
# ```
#
# That is one line of PyTorch. We test ours against `nn.RNN`, which takes all words in one call:


# %%
def rnn(cell: nn.RNN, words: Tensor) -> Tensor:
    """The memory after the last word: (n, width). `words`: (n, words, numbers)."""
    memory = torch.zeros(len(words), cell.hidden_size)
    for word in words.unbind(1):
        old = memory @ cell.weight_hh_l0.T + cell.bias_hh_l0
        memory = torch.tanh(word @ cell.weight_ih_l0.T + cell.bias_ih_l0 + old)
    return memory


torch.manual_seed(0)
cell, some = nn.RNN(16, 32, batch_first=True), torch.randn(5, 20, 16)
with torch.no_grad():
    apart = float((rnn(cell, some) - cell(some)[0][:, -1]).abs().max())
expect("difference from nn.RNN", apart, full=(0, 1e-5), fast=(0, 1e-5))

# %% [markdown]
# ## Why it forgets
#
# How does the network learn that the *fifth* word mattered? The slope of the cost has to travel
# back from the end, through every step. Each step multiplies it. Multiply by 0.8 forty times:

# %%
print(f"0.8 ** 40 = {0.8**40:.5f}     1.2 ** 40 = {1.2**40:,.0f}")

# %% [markdown]
# Below 1 the slope **fades**, above 1 it **explodes**; hardly anything lies between (Hochreiter
# 1991; Bengio, Simard & Frasconi 1994). A fading slope does not stop the network from *holding* a
# memory. It stops it from *learning* to hold one.
#
# ## Gates
#
# The **LSTM** (Hochreiter & Schmidhuber 1997; the forget gate: Gers et al. 2000) has a second row
# of numbers, the **cell memory**. It is not pushed through weights at each step. It is multiplied
# by a **gate**, a number from 0 (shut) to 1 (open), and something is added:
#
# ```
# i, f, o = sigmoid(...)      write, keep, show: gates, one of each for every number of the memory
# g       = tanh(...)         what is new
# memory  = f * memory + i * g
# shown   = o * tanh(memory)
#
# where ... is W word + U shown + b, with weights of its own for each of i, f, g, o
# ```
#
# If f = 1 and i = 0, the memory goes through unchanged, and so does the slope. The network *learns*
# when to open and shut, as all of this can be differentiated.


# %%
def lstm(cell: nn.LSTM, words: Tensor) -> tuple[Tensor, Tensor]:
    """What is shown at the end (n, width), and i, f, g, o, memory of all steps."""
    memory = shown = torch.zeros(len(words), cell.hidden_size)
    steps = []
    for word in words.unbind(1):
        sums = word @ cell.weight_ih_l0.T + cell.bias_ih_l0
        sums = sums + shown @ cell.weight_hh_l0.T + cell.bias_hh_l0  # (n, 4 * width)
        i, f, g, o = sums.chunk(4, 1)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        memory = f * memory + i * g
        shown = o * memory.tanh()
        steps.append(torch.stack((i, f, g, o, memory)))
    return shown, torch.stack(steps, 2)  # (5, n, words, width)


cell = nn.LSTM(16, 32, batch_first=True)
with torch.no_grad():
    apart = float((lstm(cell, some)[0] - cell(some)[0][:, -1]).abs().max())
expect("difference from nn.LSTM", apart, full=(0, 1e-5), fast=(0, 1e-5))

# %% [markdown]
# One trick: at the start we set the bias of the forget gate to 2, so that it begins nearly open,
# sigmoid(2) = 0.88 (Jozefowicz, Zaremba & Sutskever 2015). Here are the slopes, before anything is
# learned: how much would the answer change with each of the words before it?


# %%
class Reader(nn.Module):
    """Words in, scores of the four languages out."""

    def __init__(self, cell: type[nn.RNN] | type[nn.LSTM], keep: float = 2.0) -> None:
        super().__init__()
        self.words = nn.Embedding(len(WORDS), 16)  # 16 numbers for each word, learned
        self.cell = cell(16, 32, batch_first=True)
        self.tell = nn.Linear(32, len(LANGUAGES))
        if cell is nn.LSTM:
            nn.init.constant_(self.cell.bias_ih_l0[32:64], keep)  # the second quarter: f

    def forward(self, codes: Tensor) -> Tensor:
        """(n, words) -> (n, languages)."""
        return self.tell(self.cell(self.words(codes))[0][:, -1])


def slopes(network: Reader, codes: Tensor) -> Tensor:
    """How much the answers change with each word: (words,), the last is 1."""
    entered = network.words(codes).detach().requires_grad_()
    network.tell(network.cell(entered)[0][:, -1]).square().sum().backward()
    size = entered.grad.norm(dim=2).mean(0)
    return size / size[-1]


codes, _ = stories(40, 50)
kinds = {"RNN": (nn.RNN, 0.0), "LSTM, bias 0": (nn.LSTM, 0.0), "LSTM, bias 2": (nn.LSTM, 2.0)}
figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
faded = {}
for (name, (kind, keep)), colour in zip(kinds.items(), (ORANGE, GREEN, BLUE), strict=True):
    torch.manual_seed(0)
    size = slopes(Reader(kind, keep), codes)
    faded[name] = float(size[-21])
    axes.semilogy(range(len(size) - 1, -1, -1), size.clamp_min(1e-12), color=colour, label=name)
axes.set(xlabel="words before the end", ylabel="slope, last word = 1", ylim=(1e-11, 3))
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
show(figure, "16-slopes")
expect("RNN, log10 of the slope after 20 words", np.log10(faded["RNN"]), full=(-7, -3))
expect("LSTM with bias 2, the same", np.log10(faded["LSTM, bias 2"]), full=(-2.5, 0))

# %% [markdown] tags=["prediction"]
# **Predict first.** Four learners read 800 stories and are asked about 200 new ones. Between the
# country and the question lie 10, 20 or 40 words.
#
# 1. *Counting words*: a linear model that knows how often each word occurs, and no order,
# 2. *counting pairs*: the same with pairs of neighbouring words,
# 3. the plain RNN,
# 4. the LSTM.
#
# Chance is 0.25. What does each reach at 10, 20 and 40 words? Which one is the best of all?


# %%
def learn(network: nn.Module, inputs: Tensor, labels: Tensor, epochs: int, rate: float) -> None:
    """Adam, batches of 32; slopes longer than 1 are cut, as they may explode."""
    generator = torch.Generator().manual_seed(0)
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    for _ in range(epochs):
        for batch in torch.randperm(len(inputs), generator=generator).split(32):
            cost = nn.functional.cross_entropy(network(inputs[batch]), labels[batch])
            optimiser.zero_grad()
            cost.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()


@torch.no_grad()
def accuracy(network: nn.Module, inputs: Tensor, labels: Tensor) -> float:
    """The share of right answers."""
    return float((network(inputs).argmax(1) == labels).float().mean())


def counts(codes: Tensor, size: int) -> Tensor:
    """How often each number below `size` occurs in each row: (n, size)."""
    return torch.zeros(len(codes), size).scatter_add_(1, codes, torch.ones(codes.shape))


distances = pick(full=(10, 20, 40), fast=(10,))
count, seeds = pick(full=1000, fast=200), pick(full=(0, 1), fast=(0,))
right = {name: [] for name in ("counting words", "counting pairs", "RNN", "LSTM")}
readers = {}
for distance in distances:
    codes, labels = stories(distance, count)
    pairs = counts(codes[:, :-1] * len(WORDS) + codes[:, 1:], len(WORDS) ** 2)
    seen = {"counting words": counts(codes, len(WORDS)), "counting pairs": pairs}
    seen |= {"RNN": codes, "LSTM": codes}
    cut = count * 4 // 5
    for name, inputs in seen.items():
        found = []
        for seed in (0,) if name.startswith("counting") else seeds:
            torch.manual_seed(seed)
            if name.startswith("counting"):
                network, epochs, rate = nn.Linear(inputs.shape[1], 4), 20, 0.02
            else:
                network = Reader(nn.RNN if name == "RNN" else nn.LSTM)
                epochs, rate = pick(full=10, fast=1), 5e-3
            learn(network, inputs[:cut], labels[:cut], epochs, rate)
            found.append(accuracy(network, inputs[cut:], labels[cut:]))
        right[name].append(found)
        readers[name, distance] = network
for name, found in right.items():
    print(f"{name:16}", *(np.round(runs, 3) for runs in found))

# %%
figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
colours = {"counting words": GREY, "counting pairs": VIOLET, "RNN": ORANGE, "LSTM": BLUE}
for place, (name, found) in enumerate(right.items()):
    for spot, runs in enumerate(found):
        x = spot + 0.2 * (place - 1.5)
        axes.bar(x, np.mean(runs), 0.18, color=colours[name], label=None if spot else name)
        axes.plot([x] * len(runs), runs, "o", color="#222222", markersize=3)
axes.axhline(0.25, color="#444444", linewidth=0.8, linestyle=":")
axes.set_xticks(range(len(distances)), [f"{distance} words between" for distance in distances])
axes.set(ylabel="right, of 200 new stories", ylim=(0, 1.05))
axes.legend(frameon=False, ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1.0))
axes.spines[["top", "right"]].set_visible(False)
show(figure, "16-distances")

middle = distances.index(20) if 20 in distances else 0
expect("counting words, 20 words", right["counting words"][middle][0], full=(0.5, 0.85))
expect("counting pairs, 20 words", right["counting pairs"][middle][0], full=(0.97, 1))
expect("RNN, 20 words", float(np.mean(right["RNN"][middle])), full=(0.1, 0.5))
expect("LSTM, 20 words", float(np.mean(right["LSTM"][middle])), full=(0.9, 1))
if len(distances) == 3:
    expect("LSTM, 40 words", float(np.mean(right["LSTM"][2])), full=(0.2, 1))

# %% [markdown]
# What happened?
#
# - At 10 words all who know an order are perfect. **Counting words** is fooled by the visits: in
#   its eyes somebody who grew up in France and visited Spain did both in both.
# - At 20 words the **RNN** is at chance. Remember the slopes: its was 500,000 times smaller there.
#   Without its trick, the LSTM's would fade nearly as fast.
# - The **LSTM** holds the country over 20 words. At 40 words, after the same ten epochs, it was
#   right half of the time here. Gates are better; they are no magic.
# - **Counting pairs** wins everywhere, and needs a second. "in France" is one pair and "visited
#   France" another, so no memory is needed *here*. A look at the data before the network would have
#   told us. The pairs fail as soon as the clue is spread over words that stand apart.
#
# ## What the gates do
#
# Below, the twelve numbers of a trained LSTM's memory that last longest, over one new story. Look
# at the column of the country, and at what the visits do (or do not do).

# %%
from supervised.pictures.gates import draw_gates

reader = readers["LSTM", distances[middle]]
asked, _ = stories(distances[middle], 1, seed=7)
with torch.no_grad():
    _, steps = lstm(reader.cell, reader.words(asked))
show(draw_gates(steps[:, 0].numpy(), [WORDS[code] for code in asked[0]]), "16-gates")

# %% [markdown]
# Is 40 words too long a time to *hold* the country, or to *learn* to hold it? We take the LSTM that
# learned from 20 words, and ask it about longer stories. Guess first.

# %%
longer = {}
for distance in (20, 40, 80):
    longer[distance] = accuracy(reader, *stories(distance, pick(full=400, fast=40), seed=5))
    print(f"{distance} words between: {longer[distance]:.3f}")
expect("learned at 20 words, asked at 20", longer[20], full=(0.9, 1))
expect("learned at 20 words, asked at 40", longer[40], full=(0.8, 1))
expect("learned at 20 words, asked at 80", longer[80], full=(0.7, 1))

# %% [markdown]
# It is right even after 80 words, and it never met a story of more than 28. Once the gates are
# learned, holding is easy: they stay as they are. Learning them from long stories alone is hard, as
# the slope has to come all the way. So let networks learn from short examples first.
#
# ## Translation: one network reads, another writes
#
# *vendredi 5 mars 2021* becomes *03-05*. The answer is not as long as the question, and not in its
# order. So one recurrent network, the **encoder**, reads all; its last memory is all that the
# second, the **decoder**, gets. That one writes sign by sign, and reads what it wrote last (Cho et
# al. 2014; Sutskever, Vinyals & Le 2014). While it learns, we give it the *right* last sign,
# whatever it wrote: **teacher forcing**. Both use the GRU, a smaller cell with two gates.


# %%
class Translator(nn.Module):
    """Rows of characters to logits of signs: one memory lies between reading and writing."""

    def __init__(self, characters: int, signs: int = 11, width: int = 96) -> None:
        super().__init__()
        self.begin = signs  # stands before the first sign
        self.letters, self.last = nn.Embedding(characters, 32), nn.Embedding(signs + 1, 32)
        self.encoder = nn.GRU(32, width, batch_first=True)
        self.decoder = nn.GRU(32, width, batch_first=True)
        self.tell = nn.Linear(width, signs)

    def read(self, phrases: Tensor) -> Tensor:
        """The memory where each phrase ends: (1, n, width)."""
        ends = (phrases != 0).sum(1) - 1
        return self.encoder(self.letters(phrases))[0][torch.arange(len(phrases)), ends][None]

    def forward(self, phrases: Tensor, right: Tensor) -> Tensor:
        """Logits (n, signs of the answer, signs), told the right signs before each."""
        begin = torch.full_like(right[:, :1], self.begin)
        before = self.last(torch.cat((begin, right[:, :-1]), 1))
        return self.tell(self.decoder(before, self.read(phrases))[0])

    @torch.no_grad()
    def write(self, phrases: Tensor, length: int = 5) -> Tensor:
        """The signs it writes on its own: (n, length)."""
        memory = self.read(phrases)
        sign, written = torch.full_like(phrases[:, :1], self.begin), []
        for _ in range(length):
            shown, memory = self.decoder(self.last(sign), memory)
            sign = self.tell(shown).argmax(2)
            written.append(sign)
        return torch.cat(written, 1)


# %%
from supervised.dates import dates
from supervised.split import split
from supervised.texts import decode
from supervised.translation import read_by_rules

data = dates(days=pick(full=2000, fast=200), phrases=2, seed=0)
rows, answers = split(data, seed=0, validation=0.0), data.targets[:, 5:]  # month-day, no year
torch.manual_seed(0)
translator = Translator(len(data.characters))
epochs, generator = pick(full=8, fast=1), torch.Generator().manual_seed(0)
optimiser = torch.optim.Adam(translator.parameters())
batches = (len(rows.train) + 31) // 32
schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 6e-3, total_steps=epochs * batches)
for _ in range(epochs):
    for batch in rows.train[torch.randperm(len(rows.train), generator=generator)].split(32):
        logits = translator(data.inputs[batch], answers[batch])
        cost = nn.functional.cross_entropy(logits.flatten(0, 1), answers[batch].flatten())
        optimiser.zero_grad()
        cost.backward()
        nn.utils.clip_grad_norm_(translator.parameters(), 1.0)
        optimiser.step()
        schedule.step()

written = translator.write(data.inputs[rows.test])
phrases = [decode(row, data.characters).strip() for row in data.inputs[rows.test]]
wanted, told = answers[rows.test], [decode(row, "0123456789-") for row in written]
for phrase, answer, truth in list(zip(phrases, told, wanted, strict=True))[:40:5]:
    print(f"{phrase:36} {answer}   right: {decode(truth, '0123456789-')}")

# %%
hits = (written == wanted).double()
whole = float(hits.all(1).double().mean())
rules = [read_by_rules(phrase)[5:] for phrase in phrases]
by_rules = np.mean([a == decode(b, "0123456789-") for a, b in zip(rules, wanted, strict=True)])
figure, axes = plt.subplots(figsize=(8, 2.8), layout="constrained")
axes.bar(range(5), hits.mean(0), color=[BLUE, BLUE, GREY, ORANGE, ORANGE], width=0.6)
axes.set_xticks(range(5), ["month, 1st", "month, 2nd", "-", "day, 1st", "day, 2nd"])
axes.set(ylabel="right, of the test phrases", ylim=(0, 1.05))
axes.spines[["top", "right"]].set_visible(False)
show(figure, "16-translation")
expect("month right", float(hits[:, :2].all(1).double().mean()), full=(0.9, 1))
expect("last sign right", float(hits[:, 4].mean()), full=(0.35, 1))
expect("whole answer right", whole, full=(0.3, 1))
expect("a parser that people wrote for English", float(by_rules), full=(0.1, 0.8))

# %% [markdown]
# It reads the names of months in six languages, and no list of them was given to it. The mistakes
# are in the day. Everything it read has to fit through *one* memory, with the year coming last and
# being of no use. How well that goes is partly luck: begun with other weights, after the same few
# seconds, we saw the last sign right only half of the time. With longer texts it gets worse.
# Lesson 17 lets the network look back at what was read instead: that is **attention**.
#
# And the honest rival: dateutil, a parser that people wrote, knows English only, so it fails at the
# rest. If you know all forms of a date beforehand, rules for them are shorter, faster and surer.
#
# ## Exercises
#
# `workshop lesson 16 --answers answers_16.py` writes these into a file for you;
# `workshop lesson 16 --check answers_16.py` marks it; `--hint NAME` helps.
#
# ### 1 How long until it is gone?
#
# At each step a memory is multiplied by the forget gate `keep`, a number above 0 and below 1. After
# how many whole steps is it, for the first time, below `share` of what it was?


# %% tags=["exercise"]
def faded(keep: float, share: float) -> int:
    """The least number of steps n with keep ** n < share."""
    ### BEGIN SOLUTION
    steps = 0
    while keep**steps >= share:
        steps += 1
    return steps
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "faded",
    hints=(
        "After one step keep is left, after two keep * keep. Count until that is below share.",
        "A while loop is enough; it goes on as long as keep ** steps >= share.",
        "steps = 0; while keep**steps >= share: steps += 1; then return steps",
    ),
)
def check_faded(faded):
    assert faded(0.5, 0.3) == 2, "0.5, then 0.25: below 0.3 after two steps"
    assert faded(0.5, 0.25) == 3, "0.25 is not *below* 0.25"
    assert faded(0.88, 0.01) == 37, "a gate of 0.88, as at our start: 37 steps to one percent"
    assert faded(0.9, 2.0) == 0, "it is below twice itself from the beginning"


# %% [markdown]
# ### 2 The memory of an LSTM
#
# Given the three numbers i, f, g for each step, write what the memory is after each, beginning from
# 0: `memory = f * memory + i * g`.


# %% tags=["exercise"]
def memories(i: list[float], f: list[float], g: list[float]) -> list[float]:
    """The memory after each step."""
    ### BEGIN SOLUTION
    memory, found = 0.0, []
    for write, keep, new in zip(i, f, g, strict=True):
        memory = keep * memory + write * new
        found.append(memory)
    return found
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "memories",
    hints=(
        "One number goes through the loop, and is put into a list after each step.",
        "zip(i, f, g) gives the three numbers of a step.",
        "memory = keep * memory + write * new; then found.append(memory)",
    ),
)
def check_memories(memories):
    kept = memories([1, 0, 0], [0, 1, 1], [0.7, -1, 1])
    assert kept == [0.7, 0.7, 0.7], "written once, then shut off and kept: 0.7, 0.7, 0.7"
    assert memories([1, 1], [1, 0], [0.5, 0.2])[1] == 0.2, "f = 0 forgets all that was before"
    assert memories([1, 1], [1, 1], [0.5, 0.25]) == [0.5, 0.75], "with all gates open it adds up"
    assert memories([], [], []) == [], "no steps, no memories"


# %% [markdown]
# ### 3 A GRU
#
# The GRU (Cho et al. 2014) has one row of numbers only, and its gate z both keeps and writes:
# `shown = z * shown + (1 - z) * n`. The new n sees the old through a second gate, r:
#
# ```
# r = sigmoid(word @ Wr + shown @ Ur)     z = sigmoid(word @ Wz + shown @ Uz)
# n = tanh(word @ Wn + r * (shown @ Un))
# ```
#
# Write a step. `w` and `u` hold the three matrices each, in the order r, z, n; there is no bias.


# %% tags=["exercise"]
def gru_step(word: Tensor, shown: Tensor, w: list[Tensor], u: list[Tensor]) -> Tensor:
    """The new memory (n, width) from the word (n, numbers) and the old memory (n, width)."""
    ### BEGIN SOLUTION
    r = torch.sigmoid(word @ w[0] + shown @ u[0])
    z = torch.sigmoid(word @ w[1] + shown @ u[1])
    n = torch.tanh(word @ w[2] + r * (shown @ u[2]))
    return z * shown + (1 - z) * n
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "gru_step",
    hints=(
        "Four lines: r, z, n, and the mixture of the old memory and n.",
        "torch.sigmoid and torch.tanh; r multiplies shown @ u[2], not shown itself.",
        "return z * shown + (1 - z) * n, with n = torch.tanh(word @ w[2] + r * (shown @ u[2]))",
    ),
)
def check_gru_step(gru_step):
    cell = nn.GRUCell(3, 4, bias=False)
    generator = torch.Generator().manual_seed(0)
    word, old = torch.randn(2, 3, generator=generator), torch.randn(2, 4, generator=generator)
    w, u = cell.weight_ih.detach().T.chunk(3, 1), cell.weight_hh.detach().T.chunk(3, 1)
    found = gru_step(word, old, list(w), list(u))
    assert found.shape == (2, 4), "a memory for each of the two rows, 4 numbers each"
    apart = float((found - cell(word, old).detach()).abs().max())
    assert apart < 1e-5, "PyTorch's nn.GRUCell comes to another memory"


# %% [markdown]
# ### 4 Teacher forcing
#
# While it learns, the decoder is told the right sign before each place: what stands before place 0
# is `begin`, before place 1 the right sign 0, and so on. Make these rows.


# %% tags=["exercise"]
def told_before(right: Tensor, begin: int) -> Tensor:
    """What is told before each sign: the same shape as `right`, (n, length)."""
    ### BEGIN SOLUTION
    return torch.cat((torch.full_like(right[:, :1], begin), right[:, :-1]), 1)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "told_before",
    hints=(
        "Everything moves one place to the right; the last sign drops out.",
        "right[:, :-1] is all but the last; torch.full_like(right[:, :1], begin) is the first.",
        "torch.cat((torch.full_like(right[:, :1], begin), right[:, :-1]), 1)",
    ),
)
def check_told_before(told_before):
    found = told_before(torch.tensor([[0, 3, 5], [1, 2, 4]]), 11)
    assert found.shape == (2, 3), "as many signs as there are to write"
    assert found[:, 0].tolist() == [11, 11], "before the first sign stands begin"
    assert found.tolist() == [[11, 0, 3], [11, 1, 2]], "then the right signs, but the last"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "Why does the plain RNN stay at chance with 20 words between?",
        ("It has too few weights", "The slope fades on its way back", "It reads backwards"),
        answer=1,
        because="A weight can only be moved by a slope that reaches it. After 20 steps hardly any "
        "is left, so nothing tells the network that the early word mattered.",
    ),
    Question(
        "Which gates keep a memory unchanged?",
        ("forget gate 1, input gate 0", "forget gate 0, input gate 1", "all of them 0"),
        answer=0,
        because="memory = f * memory + i * g. With f = 1 and i = 0 it stays as it is. The name is "
        "misleading: a forget gate that is open keeps.",
    ),
    Question(
        "Counting pairs beat every network here. What follows?",
        (
            "LSTMs are useless",
            "Try the simple method first, and know why it wins",
            "The test was unfair",
        ),
        answer=1,
        because="The clue is a pair of neighbours, 'in France'. A simple method that fits the data "
        "wins. Where clues are spread over words far apart, pairs have nothing to count.",
    ),
    Question(
        "What does the decoder get to know of the phrase?",
        ("Every character", "The last memory of the encoder", "Only the length"),
        answer=1,
        because="All must fit into one row of numbers, however long the phrase is. That bottleneck "
        "is what attention was invented for.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - S. Hochreiter and J. Schmidhuber, *Long Short-Term Memory*, Neural Computation 1997.
# - Y. Bengio, P. Simard and P. Frasconi, *Learning Long-Term Dependencies with Gradient Descent is
#   Difficult*, IEEE Transactions on Neural Networks 1994.
# - K. Cho et al., *Learning Phrase Representations using RNN Encoder-Decoder*, 2014.
# - I. Sutskever, O. Vinyals and Q. Le, *Sequence to Sequence Learning with Neural Networks*, 2014.
# - C. Olah, *Understanding LSTM Networks*, 2015: the pictures everybody draws.
# - `supervised/recurrent.py`, `supervised/memory.py`, `supervised/translation.py`: ours.

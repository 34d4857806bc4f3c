# ---
# jupyter:
#   workshop:
#     title: "Policy gradients: from REINFORCE to PPO"
#     topics: [policy gradient, REINFORCE, baseline, advantage, actor-critic, A2C, PPO, clipping,
#       entropy, stochastic policy, log-probability, CartPole]
#     minutes: 35
#     seconds: 50
#     data: none; a slot machine of three arms, CartPole-v1
# ---

# %% [markdown]
# # 20 Policy gradients: from REINFORCE to PPO
#
# Lessons 18 and 19 learned what actions are *worth*, and then took the best. Why the detour? A
# network can say at once how *likely* each action should be, and then be nudged: more of what went
# well. That needs no maximum, works with as many actions as you like, and is how language models
# are trained on people's preferences today.
#
# | | |
# | --- | --- |
# | needs | lessons 9 and 18 |
# | data | none: three arms, then CartPole-v1; seeds 0 to 3 |
# | time | 35 minutes to read and try, 50 seconds to run on 2 cores |
# | expect | after 30 batches REINFORCE holds the pole for about 290 steps, PPO for 490 |

# %% tags=["setup"]
import gymnasium as gym
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn

from workshop.lessons import Question, exercise, expect, pick, quiz, show, source, trained

torch.set_num_threads(1)  # the networks are small: more threads would only wait for each other
BLUE, ORANGE, GREEN, VIOLET, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#8a5a9e", "#888888"

# %% [markdown]
# ## The trick, on three arms
#
# A slot machine has three arms that pay 1, 2 and 3. The policy is three numbers, its *logits*;
# softmax makes probabilities of them. We want the logits that earn most. The trouble: the reward
# does not depend on the logits. It depends on the *action*, and that was drawn by lot; no
# derivative leads through a lot. But through its probability (Williams, 1992):
#
# ```text
# the gradient of   mean reward   is   mean of   reward · gradient of log pi(action)
# ```
#
# In words: after each action make it more likely, the more so the more it paid. All pays are
# positive here, so *every* action is made more likely when it is drawn; the better ones just more.

# %%
PAYS = torch.tensor([1.0, 2.0, 3.0])


def gradients(pays: Tensor, draws: int, seed: int) -> Tensor:
    """The gradient that each of many single draws would follow, from an even policy: (draws, 3)."""
    chances = torch.full((3,), 1 / 3)
    arms = torch.multinomial(
        chances, draws, replacement=True, generator=torch.Generator().manual_seed(seed)
    )
    towards = nn.functional.one_hot(arms, 3) - chances  # the gradient of log softmax
    return pays[arms][:, None] * towards


plain, with_baseline = gradients(PAYS, 20_000, 0), gradients(PAYS - PAYS.mean(), 20_000, 0)
truth = (PAYS - PAYS.mean()) / 3  # the gradient of the mean pay itself, by hand
rows = {"the truth": truth, "mean of the draws": plain.mean(0)}
rows["minus the average pay"] = with_baseline.mean(0)
for name, row in rows.items():
    print(f"{name:<22}", row.numpy().round(3))
spread = float(plain.var() / with_baseline.var())
expect("off by", float((plain.mean(0) - truth).abs().max()), full=(0, 0.03), fast=(0, 0.03))
expect("variance, without baseline by with it", spread, full=(5, 20), fast=(5, 20))

# %% [markdown]
# Both are right on average. But a single draw says little, and it says far less if all pays are
# large. Subtract the average pay, the **baseline**: what paid less than average becomes *less*
# likely. The mean stays the same, and the noise is a fraction. What is left, reward minus baseline,
# is called the **advantage**.
#
# ## REINFORCE on the cart
#
# The pole of lesson 19. Play 16 episodes; for each action, add up what came *after* it; nudge.

# %%
CARTS, LIMIT, GAMMA = 16, 500, 0.99


def make_policy(seed: int) -> nn.Sequential:
    """(n, 4) observations -> (n, 2) logits."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 2))


@torch.no_grad()
def play(policy: nn.Module, envs: gym.vector.VectorEnv, lots: torch.Generator) -> list[Tensor]:
    """An episode in every world: observations, actions, rewards, and which steps count.

    Each is (steps, worlds, ...); a step after the end of its episode does not count.
    """
    observations, _ = envs.reset(seed=int(torch.randint(2**31, (1,), generator=lots)))
    rows, alive = [], torch.ones(CARTS)
    while alive.any():
        seen = torch.from_numpy(observations)
        actions = torch.multinomial(policy(seen).softmax(1), 1, generator=lots).squeeze(1)
        observations, rewards, ended, cut, _ = envs.step(actions.numpy())
        rows.append((seen, actions, torch.from_numpy(rewards).float() * alive, alive))
        alive = alive * torch.from_numpy(~(ended | cut))
    return [torch.stack(column) for column in zip(*rows, strict=True)]


def returns_of(rewards: Tensor) -> Tensor:
    """What came after each step, and in it: (steps, worlds)."""
    returns, later = torch.zeros_like(rewards), torch.zeros(rewards.shape[1])
    for step in reversed(range(len(rewards))):
        later = rewards[step] + GAMMA * later
        returns[step] = later
    return returns


def learn(
    seed: int, batches: int, baseline: bool = True, passes: int = 1, clip: float | None = None
) -> tuple[nn.Module, list[float]]:
    """Returns the policy, and the mean length of the episodes of each batch."""
    policy, lots = make_policy(seed), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(policy.parameters(), 1e-2)
    envs = gym.make_vec("CartPole-v1", CARTS, vectorization_mode="vector_entry_point")
    lengths = []
    for _ in range(batches):
        seen, actions, rewards, counts = play(policy, envs, lots)
        lengths.append(float(counts.sum(0).mean()))
        returns = returns_of(rewards)
        if baseline:  # the mean of those that are still up at that step
            returns = returns - (returns * counts).sum(1, True) / counts.sum(1, True)
        good = returns[counts == 1]
        good = good / (good.std() + 1e-8)
        kept, chosen = seen[counts == 1], actions[counts == 1][:, None]
        before = policy(kept).log_softmax(1).gather(1, chosen).detach()
        for _ in range(passes):
            now = policy(kept).log_softmax(1).gather(1, chosen)
            loss = loss_of(now, before, good[:, None], clip)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return policy, lengths


def loss_of(now: Tensor, before: Tensor, good: Tensor, clip: float | None) -> Tensor:
    """How bad the policy is. `now`, `before`: log-probabilities of what was done."""
    ratio = (now - before).exp()  # 1 in the first pass, where its gradient is that of `now`
    if clip is None:
        return -(ratio * good).mean()
    return -torch.minimum(ratio * good, ratio.clamp(1 - clip, 1 + clip) * good).mean()


# %% [markdown]
# There are more switches in it than REINFORCE needs. An episode is costly, and REINFORCE uses it
# for a single nudge. Why not go over the same 16 episodes twenty times? Because they were played by
# the policy *before*. The farther it moves away from that, the less they say about it.
#
# **PPO** (Schulman and others, 2017) goes over them all the same, and takes away the reason to move
# far. The `ratio` says how much more likely an action has become than when it was played. Beyond
# 1 + 0.2 a good action, and below 1 - 0.2 a bad one, earns nothing more:

# %%
ratio = torch.linspace(0, 2, 201)
figure, panels = plt.subplots(1, 2, figsize=(8, 2.6), sharey=True)
for axes, good, title in zip(panels, (1.0, -1.0), ("a good action", "a bad action"), strict=True):
    what = torch.full_like(ratio, good)
    axes.plot(ratio, ratio * what, color=GREY, linestyle="--", label="without clipping")
    clipped = torch.minimum(ratio * what, ratio.clamp(0.8, 1.2) * what)
    axes.plot(ratio, clipped, color=BLUE, label="with")
    axes.axvline(1, color="#ccc", linewidth=0.8)
    axes.set(title=title, xlabel="probability now / probability then")
    axes.spines[["top", "right"]].set_visible(False)
panels[0].set_ylabel("what it adds")
panels[0].legend(frameon=False)
show(figure, "20-clip")

# %% [markdown] tags=["prediction"]
# **Predict first.** Four learners play 30 batches of 16 episodes: REINFORCE; the same with a
# baseline; the same going over each batch twenty times; and that with clipping. Order them. Is any
# of them worse at the end than in the middle?

# %%
batches, seeds = pick(full=30, fast=4), range(pick(full=4, fast=1))
kinds = {
    "REINFORCE": ({"baseline": False}, GREY),
    "with a baseline": ({}, GREEN),
    "and 20 passes": ({"passes": 20}, ORANGE),
    "and clipping (PPO)": ({"passes": 20, "clip": 0.2}, BLUE),
}
runs = {
    name: np.array([learn(seed, batches, **switches)[1] for seed in seeds])
    for name, (switches, _) in kinds.items()
}

# %%
figure, panels = plt.subplots(1, 4, figsize=(11, 2.6), sharey=True)
for axes, (name, (_, color)) in zip(panels, kinds.items(), strict=True):
    axes.plot(range(1, batches + 1), runs[name].T, color=color, linewidth=1, alpha=0.5)
    axes.plot(range(1, batches + 1), runs[name].mean(0), color=color, linewidth=2.5)
    axes.set_title(name, fontsize=10)
    axes.set_xlabel("batches")
    axes.spines[["top", "right"]].set_visible(False)
panels[0].set_ylabel("steps until it falls")
show(figure, "20-learners")

# %%
for name, found in runs.items():
    print(f"{name:<20} best {found.mean(0).max():.0f}, at the end {found[:, -5:].mean():.0f}")
ends = {name: float(found[:, -5:].mean()) for name, found in runs.items()}
expect("REINFORCE", ends["REINFORCE"], full=(150, 420))
expect("20 passes, no clipping", ends["and 20 passes"], full=(60, 420))
expect("PPO", ends["and clipping (PPO)"], full=(450, 500))

# %% [markdown]
# - The baseline made the gradient on the slot machine seven times less noisy. On the cart it makes
#   hardly a difference: 16 episodes at once average much of the noise away. Theory says "not
#   worse", and no more.
# - Twenty passes without a limit: some reach the top, and fall off it again. One bad batch is
#   enough: the policy runs far away from what it knew, and then plays bad episodes to learn from.
# - With clipping all four get there, in half of the batches, and stay.
#
# PPO is no deeper idea than the others, it is a *brake*. It is popular since it mostly works
# without much tuning.
#
# ## A critic, and the library's PPO
#
# One more part belongs to it. Our baseline is an average over episodes of the same age. Better is
# to ask a second network, the **critic**, what *this* state is worth. Then one need not wait for
# the end of the episode, either. The advantages of the library's A2C and PPO, and the loss of PPO:

# %%
from agents.a2c import advantages_of
from agents.ppo import clipped_loss

source(advantages_of)
source(clipped_loss)

# %% [markdown]
# `sign` is the minus of games (lesson 21): the same file learns CartPole and tic-tac-toe. And
# `entropy` pays a little for staying undecided, so that it does not stop trying things too early.
# In a gridworld:

# %%
from envs.worlds import find_world
from workshop.truth import exact_measure

WORLD = "gridworld:map=default,slip=0.2"
measure = exact_measure(find_world(WORLD))
student = trained("ppo", WORLD, steps=pick(full=150_000, fast=4_096))
found = measure(student)
earns, best = found["greedy_return"], found["optimal_return"]
print(f"PPO earns {earns:.2f} an episode; the best there is: {best:.2f}")
expect("PPO, by the best there is", earns / best, full=(0.8, 1.0))

# %% [markdown]
# That took 150,000 steps. The table of lesson 18 came as near with 20,000, and planning with none.
# Where a table is possible, take the table.
#
# ## Exercises
#
# `workshop lesson 20 --answers answers_20.py` writes these into a file for you;
# `workshop lesson 20 --check answers_20.py` marks it; `--hint NAME` helps.
#
# ### 1 What came after
#
# The returns of every step of *one* episode, from the back.


# %% tags=["exercise"]
def returns_to_go(rewards: list[float], gamma: float) -> list[float]:
    """For each step: its reward, plus gamma times the return of the step after it."""
    ### BEGIN SOLUTION
    returns, later = [], 0.0
    for reward in reversed(rewards):
        later = reward + gamma * later
        returns.append(later)
    return returns[::-1]
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "returns_to_go",
    hints=(
        "The return of the last step is its reward. Go on from there, backwards.",
        "later = reward + gamma * later, for reward in reversed(rewards); collect each.",
        "At the end turn the list round: returns[::-1].",
    ),
)
def check_returns_to_go(returns_to_go):
    assert returns_to_go([5.0], 0.9) == [5.0], "a single step: its reward"
    assert returns_to_go([1.0, 1.0, 1.0], 0.5) == [1.75, 1.5, 1.0], "1.75, 1.5, 1 for three ones"
    assert returns_to_go([0.0, 4.0], 0.5)[0] == 2.0, "what comes later counts, discounted"


# %% [markdown]
# ### 2 The nudge
#
# The gradient of log pi(action) with respect to the logits, pi being their softmax, is simple: 1
# for the action that was taken and 0 for the others, minus the probabilities.


# %% tags=["exercise"]
def nudge(probabilities: np.ndarray, action: int, advantage: float) -> np.ndarray:
    """In which direction the logits are to move: advantage times the gradient of log pi(action)."""
    ### BEGIN SOLUTION
    taken = np.zeros(len(probabilities))
    taken[action] = 1
    return advantage * (taken - probabilities)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "nudge",
    hints=(
        "Make an array of zeros with a 1 at the place of the action.",
        "Subtract the probabilities, and multiply all of it by the advantage.",
        "taken = np.eye(len(p))[action]; return advantage * (taken - p)",
    ),
)
def check_nudge(nudge):
    even = np.array([0.5, 0.5])
    assert np.allclose(nudge(even, 0, 1.0), [0.5, -0.5]), "towards what went well"
    assert np.allclose(nudge(even, 0, -2.0), [-1.0, 1.0]), "away from what went badly"
    assert np.allclose(nudge(np.array([1.0, 0.0]), 0, 3.0), 0), "it is certain already: no nudge"
    logits = torch.tensor([0.3, -0.2, 0.5], requires_grad=True)
    logits.log_softmax(0)[2].backward()
    by_torch = nudge(logits.softmax(0).detach().numpy(), 2, 1.0)
    assert np.allclose(by_torch, logits.grad.numpy(), atol=1e-6), "PyTorch finds another gradient"


# %% [markdown]
# ### 3 The brake
#
# PPO's loss for one action, as a number: minus the smaller of the two, with and without clipping.


# %% tags=["exercise"]
def ppo_loss(ratio: float, advantage: float, clip: float = 0.2) -> float:
    """-min(ratio * advantage, ratio kept within 1 - clip and 1 + clip, times advantage)."""
    ### BEGIN SOLUTION
    kept = min(max(ratio, 1 - clip), 1 + clip)
    return -min(ratio * advantage, kept * advantage)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "ppo_loss",
    hints=(
        "Keeping a number within bounds: min(max(ratio, 1 - clip), 1 + clip).",
        "Of the two products the smaller one counts; then the sign is turned, since a loss falls.",
        "-min(ratio * advantage, kept * advantage)",
    ),
)
def check_ppo_loss(ppo_loss):
    assert abs(ppo_loss(1.0, 2.0) + 2) < 1e-9, "nothing has changed: -advantage"
    assert abs(ppo_loss(1.5, 1.0) + 1.2) < 1e-9, "a good action, likely enough: no more than 1.2"
    assert abs(ppo_loss(0.5, 1.0) + 0.5) < 1e-9, "a good action became unlikely: that still counts"
    assert abs(ppo_loss(1.5, -1.0) - 1.5) < 1e-9, "a bad action became likely: that counts in full"
    assert abs(ppo_loss(0.5, -1.0) - 0.8) < 1e-9, "a bad action, unlikely enough: no less than 0.8"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "Why can the gradient not go through the reward itself?",
        ("Rewards are too small", "A lot was drawn in between", "Rewards are whole numbers"),
        answer=1,
        because="How the reward depends on the action, nobody knows, and a lot has no derivative. "
        "The probability of the lot has one, and that is used.",
    ),
    Question(
        "What does a baseline change?",
        ("The mean of the gradient", "Its noise", "Both"),
        answer=1,
        because="Whatever does not depend on the action can be subtracted, and the mean stays the "
        "same. With a good one the noise is a fraction.",
    ),
    Question(
        "Rock, paper, scissors. Which of these can play it well?",
        ("A table of Q-values, greedy", "A policy", "Both"),
        answer=1,
        because="Whoever always plays the best-looking action can be seen through. The right play "
        "is a lot, and a policy can be one: a third each.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - R. Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement
#   learning", 1992.
# - J. Schulman and others, "Proximal Policy Optimization Algorithms", 2017.
# - R. Sutton and A. Barto, *Reinforcement Learning*, chapter 13.
# - L. Ouyang and others, "Training language models to follow instructions with human feedback",
#   2022: PPO on a language model.
# - `agents/reinforce.py`, `agents/a2c.py`, `agents/ppo.py` run parallel; their `diff` is the idea.

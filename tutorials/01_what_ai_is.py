# ---
# jupyter:
#   workshop:
#     title: "What AI is: percepts, actions, five kinds of agent"
#     topics: [what AI is, artificial intelligence, agent, percept, action, environment, reward,
#       reflex agent, model-based agent, goal-based agent, utility-based agent, learning agent]
#     minutes: 25
#     seconds: 10
#     data: none; a gridworld of 64 cells
# ---

# %% [markdown]
# # 1 What AI is: percepts, actions, five kinds of agent
#
# *Artificial intelligence is the study of agents that receive percepts from the environment and
# perform actions* (Russell & Norvig). No word of it is about computers that feel, or about brains.
# It is a sentence one can program, and this lesson does: one world, five minds.
#
# | | |
# | --- | --- |
# | needs | nothing but Python |
# | data | none: a gridworld of 64 cells; episodes of seeds 0 to 199 |
# | time | 25 minutes to read and try, 10 seconds to run on 2 cores |
# | expect | mean returns from about -1.1 for chance to 0.5 for an agent that weighs its risks |

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from agents.agent import make_agent
from envs.percept import Percept, perceive
from envs.worlds import find_world
from workshop.lessons import Question, exercise, expect, pick, quiz, show, source, trained, watched

WORLD = "gridworld:map=default,slip=0.2"  # one step in five slips to a side

# %% [markdown]
# ## A percept goes in, an action comes out
#
# A **percept** is all that reaches an agent at one moment. Here it is the number of the cell it
# stands on: no map, no goal, no rules. An **action** is all it can do: one of four steps. What
# happens then is the environment's business. It also pays a **reward**: 1 at the goal, -1 in a pit,
# and -0.01 for each step, so that nobody dawdles.

# %%
world = find_world(WORLD)
env = world.make(render_mode="rgb_array")
observation, info = env.reset(seed=0)
print(perceive(env, observation, info))
print("actions:", [world.action_name(action) for action in range(4)])
show(env.render(), "01-world")

# %% [markdown]
# An agent is anything with a method `act`. That is the whole agreement, here and in the arena:


# %% tags=["setup"]
class AlwaysRight:
    def act(self, percept: Percept) -> int:
        return 1


def play(agent, env, seed: int) -> float:
    """One episode; returns the sum of its rewards."""
    observation, info = env.reset(seed=seed)
    total, over = 0.0, False
    while not over:
        action = agent.act(perceive(env, observation, info))
        observation, reward, terminated, truncated, info = env.step(action)
        total, over = total + reward, terminated or truncated
    return total


# %%
print(f"always right: {play(AlwaysRight(), env, seed=0):.2f}")

# %% [markdown] tags=["prediction"]
# **Predict first.** Five agents will try to reach the goal, 200 times each:
#
# 1. a *simple reflex* agent sees the cells around it, and acts on nothing else,
# 2. a *model-based reflex* agent sees the same, and draws a map while it walks,
# 3. a *goal-based* agent is given the map, and plans a shortest way,
# 4. a *utility-based* agent is given the map, and told how often a step slips,
# 5. a *learning* agent is given nothing, but has practised for 20,000 steps.
#
# Put them in order of their mean return. Does any of them do worse than chance?

# %% [markdown]
# ## Five minds
#
# The two reflex agents get a window of the cells around them as their percept
# (`observation=local`), the others the number of their cell. The goal-based agent is called
# `a-star` here, after the way it plans: as if every step were certain. So it makes its plan in the
# world without slipping, and walks in this one. The learning agent is `q-learning`, of lesson 18.

# %%
SURE = "gridworld:map=default"
episodes = pick(full=200, fast=20)


def returns_of(name: str) -> np.ndarray:
    """The returns of an agent of that name, a new one for each episode."""
    sees = f"{WORLD},observation=local" if "reflex" in name else WORLD
    env, plans_in = find_world(sees).make(), find_world(SURE if name == "a-star" else sees)
    seeds = range(episodes)
    return np.array([play(make_agent(name, plans_in, seed), env, seed) for seed in seeds])


minds = ["random", "simple-reflex", "model-based-reflex", "a-star", "utility-based"]
returns = {name: returns_of(name) for name in minds}
student = trained("q-learning", WORLD, steps=20_000)
returns["q-learning"] = np.array([play(student, env, seed) for seed in range(episodes)])

# %%
names = list(returns)
means = np.array([returns[name].mean() for name in names])
halves = np.array([1.96 * returns[name].std() / episodes**0.5 for name in names])
figure, axes = plt.subplots(figsize=(8, 3.4))
axes.barh(names, means, xerr=halves, color="#3b7ea1", ecolor="#444", capsize=3)
axes.invert_yaxis()
axes.axvline(0, color="#444", linewidth=0.8)
axes.set_xlabel(f"mean return of {episodes} episodes, with 95 % intervals")
axes.spines[["top", "right"]].set_visible(False)
show(figure, "01-five-minds")

# %%
expect("chance", means[0], full=(-1.2, -1.0))
expect("simple reflex", means[1], full=(-1.4, -1.05))
expect("model-based reflex", means[2], full=(0.05, 0.4))
expect("goal-based", means[3], full=(0.15, 0.45))
expect("utility-based", means[4], full=(0.4, 0.65), fast=(0.0, 1.0))
expect("learning", means[5], full=(0.3, 0.6))

# %% [markdown]
# What happened?
#
# - The **simple reflex** agent is no better than chance. It avoids the pits it sees, and so it
#   wanders about for longer and pays for every step. A rule that is right at every moment need not
#   lead anywhere.
# - **Memory** is what the model-based agent has more, and that is nearly all: it finds the goal.
# - The **goal-based** agent takes the shortest way, past the pits, and slips into one now and then.
# - The **utility-based** agent knows *how good* a way is and not only whether it leads to the goal.
#   It keeps away from the pits.
# - The **learning** agent comes near to that, and nobody told it about pits, a goal or slipping. It
#   has no map. It has a table of 64 x 4 numbers, filled from its own mistakes.
#
# All of the reflex agent's mind, as it runs here:

# %%
from agents.simple_reflex import SimpleReflexAgent

source(SimpleReflexAgent.act)

# %% [markdown]
# And the learning agent on its way, with the values it has learned:

# %%
show(watched(WORLD, [student], "01-learned", seed=3), "01-learned")

# %% [markdown]
# ## Exercises
#
# `workshop lesson 1 --answers answers_01.py` writes these into a file for you;
# `workshop lesson 1 --check answers_01.py` marks it; `--hint NAME` helps.
#
# ### 1 What a percept does not tell
#
# Two different situations can set off the same percept. Write a function that says, for a list of
# local percepts (arrays), how many *different* ones there are. A simple reflex agent can have at
# most that many different answers.


# %% tags=["exercise"]
def different_percepts(observations: list[np.ndarray]) -> int:
    """How many different arrays there are in the list."""
    ### BEGIN SOLUTION
    return len({observation.tobytes() for observation in observations})
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "different_percepts",
    hints=(
        "A set keeps each thing once; but an array cannot be put into a set.",
        "array.tobytes() is a value that can, and it is the same for equal arrays of one shape.",
        "len({a.tobytes() for a in observations})",
    ),
)
def check_different_percepts(different_percepts):
    zero, one = np.zeros((2, 2)), np.ones((2, 2))
    assert different_percepts([zero]) == 1, "a single array is one percept"
    assert different_percepts([zero, one, zero.copy()]) == 2, "equal arrays are the same percept"
    assert different_percepts([]) == 0, "of none there are none"


# %% [markdown]
# ### 2 A mind of your own
#
# Write an agent that remembers one thing, the direction it goes in. It keeps going, and turns right
# where it cannot. Its percept is a set: those of the actions 0 up, 1 right, 2 down and 3 left that
# lead onto a free cell.


# %% tags=["exercise"]
class Walker:
    """Goes on in its direction; where that is not free, turns right until it is."""

    def __init__(self) -> None:
        self.direction = 0

    def act(self, free: set[int]) -> int:
        """The next action; `free` holds those that lead onto a free cell. If none does: 0."""
        ### BEGIN SOLUTION
        for _ in range(4):
            if self.direction in free:
                return self.direction
            self.direction = (self.direction + 1) % 4
        return 0
        ### END SOLUTION


# %% tags=["check"]
@exercise(
    "Walker",
    hints=(
        "The direction has to survive from one call to the next: it is self.direction.",
        "Turning right is direction + 1; after 3 (left) comes 0 (up): use % 4.",
        "Try at most four directions, so that it ends where nothing is free.",
    ),
)
def check_walker(walker):
    mind = walker()
    assert mind.act({0, 1, 2, 3}) == 0, "it begins upwards, direction 0, where that is free"
    assert mind.act({1, 3}) == 1, "up is not free: the next to the right is 1"
    assert mind.act({0, 1}) == 1, "it keeps its direction while that is free, though 0 is free too"
    assert mind.act({0}) == 0, "from 1 it turns by 2 and 3 to 0"
    assert mind.act(set()) == 0, "nothing is free: 0, and it must not turn for ever"


# %% [markdown]
# ### 3 How sure is a mean?
#
# 200 episodes are a sample. Write the half-width of the 95 % interval of a mean, as it is drawn
# above: 1.96 times the standard deviation of the returns, divided by the root of their number.


# %% tags=["exercise"]
def half_width(returns: np.ndarray) -> float:
    """Half the width of the 95 % interval of the mean."""
    ### BEGIN SOLUTION
    return float(1.96 * returns.std() / len(returns) ** 0.5)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "half_width",
    hints=(
        "NumPy's array.std() is the standard deviation.",
        "The more returns, the surer: divide by the root of len(returns).",
        "1.96 * returns.std() / len(returns) ** 0.5",
    ),
)
def check_half_width(half_width):
    assert abs(half_width(np.array([1.0, -1.0])) - 1.96 / 2**0.5) < 1e-9, "of 1 and -1: 1.386"
    assert half_width(np.ones(10)) == 0, "returns that are all equal leave no doubt"
    few, many = np.tile([0.0, 1.0], 10), np.tile([0.0, 1.0], 1000)
    assert abs(half_width(few) / half_width(many) - 10) < 1e-9, "100 times the data: 10 times surer"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "Why is the simple reflex agent no better than chance here?",
        ("Its rules are wrong", "It cannot tell places apart that look alike", "It never moves"),
        answer=1,
        because="Each rule is sensible, but the same percept always has the same answer, wherever "
        "it is. Only lots keep it from walking in circles for ever.",
    ),
    Question(
        "What does the utility-based agent know that the goal-based one does not?",
        ("Where the pits are", "The shortest way", "How likely each outcome of a step is"),
        answer=2,
        because="Both have the map. Only one of them weighs what a step may lead to by how likely "
        "that is, and so it takes a longer and safer way.",
    ),
    Question(
        "Which of these is an agent by the definition of this lesson?",
        ("A thermostat", "A photograph of a robot", "A chess book"),
        answer=0,
        because="It perceives a temperature and acts on it: switching on or off. A simple reflex "
        "agent. Nothing in the definition says that an agent has to be clever.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - S. Russell and P. Norvig, *Artificial Intelligence: A Modern Approach*, chapter 2.
# - V. Braitenberg, *Vehicles*, 1984: how much a few reflexes can look like a mind.
# - `agents/simple_reflex.py`, `agents/model_based.py`, `agents/goal_based.py`,
#   `agents/utility_based.py`, `agents/q_learning.py`: the five, a page each.
# - Watch one in the window: `workshop watch gridworld:slip=0.2 utility-based`

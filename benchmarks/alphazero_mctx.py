"""The search of mctx on the Connect Four of Pgx: `python -m benchmarks.alphazero_mctx`.

What `benchmarks/alphazero.py` measures of ours, measured of DeepMind's mctx: self-play in a batch
of games, every move by Gumbel search with so many simulations, the network of the same shape with
numbers of 16 bits, all compiled by JAX as one program. It runs in a process of its own, because JAX
and PyTorch do not share a GPU's memory well; `benchmarks/alphazero.py` calls it, where JAX, mctx
and pgx are installed (`pip install jax mctx pgx`; with a GPU `jax[cuda13]`).

Sources: the examples of both (github.com/google-deepmind/mctx, github.com/sotetsuk/pgx).
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import jax
import jax.numpy as jnp
import mctx
import pgx
from jax import lax
from pgx.experimental import auto_reset

Weights = dict[str, Any]


def make_weights(key: Any, channels: int, blocks: int, cells: int, actions: int) -> Weights:
    """Random weights of the network in `agents/policy_value.py`."""
    keys = iter(jax.random.split(key, 2 * blocks + 8))

    def some(*shape: int) -> Any:
        return (jax.random.normal(next(keys), shape) * 0.05).astype(jnp.bfloat16)

    return {
        "first": some(3, 3, 2, channels),
        "blocks": [
            (some(3, 3, channels, channels), some(3, 3, channels, channels)) for _ in range(blocks)
        ],
        "policy": (some(1, 1, channels, 16), some(16 * cells, actions)),
        "value": (some(1, 1, channels, 8), some(8 * cells, 128), some(128, 1)),
    }


def network(weights: Weights, planes: Any) -> tuple[Any, Any]:
    """Logits (n, actions) and values (n,) of planes (n, rows, cols, 2)."""

    def convolved(x: Any, kernel: Any) -> Any:
        return lax.conv_general_dilated(
            x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )

    x = jax.nn.relu(convolved(planes.astype(jnp.bfloat16), weights["first"]))
    for first, second in weights["blocks"]:
        x = jax.nn.relu(x + convolved(jax.nn.relu(convolved(x, first)), second))
    count = len(planes)
    kernel, out = weights["policy"]
    logits = jax.nn.relu(convolved(x, kernel)).reshape(count, -1) @ out
    kernel, hidden, out = weights["value"]
    value = jax.nn.relu(jax.nn.relu(convolved(x, kernel)).reshape(count, -1) @ hidden) @ out
    return logits.astype(jnp.float32), jnp.tanh(value[:, 0].astype(jnp.float32))


def make_move(simulations: int) -> tuple[Any, Any]:
    """How to begin games, and how every game makes one move; both compiled."""
    env = pgx.make("connect_four")
    step = jax.vmap(auto_reset(env.step, env.init))

    def look(weights: Weights, key: Any, action: Any, state: Any) -> tuple[Any, Any]:
        player = state.current_player
        state = jax.vmap(env.step)(state, action)
        logits, value = network(weights, state.observation)
        logits = jnp.where(state.legal_action_mask, logits, jnp.finfo(logits.dtype).min)
        rows = jnp.arange(len(player))
        output = mctx.RecurrentFnOutput(
            reward=state.rewards[rows, player],
            discount=jnp.where(state.terminated, 0.0, -1.0),
            prior_logits=logits,
            value=jnp.where(state.terminated, 0.0, value),
        )
        return output, state

    @jax.jit
    def move(weights: Weights, key: Any, state: Any) -> Any:
        search_key, step_key = jax.random.split(key)
        logits, value = network(weights, state.observation)
        found = mctx.gumbel_muzero_policy(
            params=weights,
            rng_key=search_key,
            root=mctx.RootFnOutput(prior_logits=logits, value=value, embedding=state),
            recurrent_fn=look,
            num_simulations=simulations,
            invalid_actions=~state.legal_action_mask,
            qtransform=mctx.qtransform_completed_by_mix_value,
        )
        return step(state, found.action, jax.random.split(step_key, len(value)))

    return jax.jit(jax.vmap(env.init)), move


def measure(
    games: int, channels: int, blocks: int, simulations: int, rounds: int, seconds: float
) -> dict[str, Any]:
    """Simulations a second in each round."""
    key = jax.random.key(0)
    weights = make_weights(key, channels, blocks, 42, 7)
    begin, move = make_move(simulations)
    state = begin(jax.random.split(key, games))
    started = time.perf_counter()
    state = jax.block_until_ready(move(weights, key, state))
    compiled = time.perf_counter() - started
    rates = []
    for _ in range(rounds):
        moves, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            key, now = jax.random.split(key)
            state = jax.block_until_ready(move(weights, now, state))
            moves += 1
        rates.append(round(moves * games * simulations / (time.perf_counter() - started)))
    return {
        "games": games,
        "rates": rates,
        "compile_seconds": round(compiled, 1),
        "device": jax.devices()[0].device_kind,
        "versions": {"jax": jax.__version__, "mctx": mctx.__version__, "pgx": pgx.__version__},
    }


def main() -> None:
    """Measures, and prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--games", type=int, default=512)
    parser.add_argument("--channels", type=int, default=32)
    parser.add_argument("--blocks", type=int, default=3)
    parser.add_argument("--simulations", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    print(json.dumps(measure(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()

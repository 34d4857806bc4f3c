"""Batched twins: thousands of worlds as tensors on one device, stepped by the same rules.

Made by `gym.make_vec(id, num_envs, vectorization_mode="vector_entry_point", device="cpu")`. With a
`device`, every observation, reward, flag and mask is a tensor on it; without one, a NumPy array.
Arrays are never reused: what a step returned stays as it was.

Autoreset is same-step: where an episode ends, the observation is already the next episode's, and
`info["final_obs"]` (the whole batch; rows of `info["_final_obs"]` count) is the one it ended with.
"""

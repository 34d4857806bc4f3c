"""Sound: a tone of an instrument as a wave, and its spectrogram as the image that a CNN reads."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from supervised.dataset import Dataset

RATE = 8000
"""Samples a second."""
SAMPLES = 2048
"""About a quarter of a second."""
WINDOW = 128
"""Samples that one column of the spectrogram looks at: 16 ms, so frequencies 62.5 Hz apart."""
SHAPES = ("sine", "square", "sawtooth", "triangle")
"""What tells tones of one pitch apart: a square has odd overtones only, as a triangle, where they
fade sooner; a sawtooth has them all."""


def waves(count: int, seed: int = 0, noise: float = 0.05) -> tuple[Tensor, Tensor]:
    """Tones of random pitch (110 to 880 Hz), loudness and phase: (n, samples), and shapes (n,)."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % len(SHAPES)
    pitch, loudness, phase = torch.rand(3, count, 1, generator=generator)
    seconds = torch.arange(SAMPLES) / RATE
    turns = 110 * 8**pitch * seconds + phase  # (n, samples), in periods
    part = turns % 1
    sounds = torch.stack(
        (
            (math.tau * turns).sin(),
            torch.where(part < 0.5, 1.0, -1.0),
            2 * part - 1,
            4 * (part - 0.5).abs() - 1,
        )
    )
    sound = sounds[labels, torch.arange(count)] * (0.3 + 0.7 * loudness)
    return sound + noise * torch.randn(sound.shape, generator=generator), labels


def spectrogram(sounds: Tensor) -> Tensor:
    """How loud each frequency is over time: (n, samples) -> (n, 1, frequencies, times), in bels.

    Low frequencies are at the top. Silence, 60 dB below full loudness, is 0; full loudness is 6.
    """
    window = torch.hann_window(WINDOW)
    spectrum = torch.stft(sounds, WINDOW, WINDOW // 2, window=window, return_complex=True)
    power = (spectrum.abs() / (window.sum() / 2)).square()
    return 6 + power.clamp_min(1e-6).log10()[:, None]


def tones(count: int = 1200, seed: int = 0) -> Dataset:
    """Which instrument is it? Spectrograms of four shapes of waves."""
    sounds, labels = waves(count, seed)
    return Dataset(
        "tones",
        spectrogram(sounds),
        labels,
        SHAPES,
        f"spectrograms of {count:,} noisy tones of a quarter of a second, 110 to 880 Hz",
        "computed",
        "none needed",
    )

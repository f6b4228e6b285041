"""Runs of every kind that can be taken away: plain, at limits, with memories and cues of one's own, bent."""

from __future__ import annotations

import numpy as np

from core import memories_from_images, simulate


def plain():
    return [simulate(seed=7)]


def limits():
    return [simulate(seed=3, tau_p=np.inf, tau_x=0.5, T=1.0 / 3, sigma=2.5)]


def letters():
    return [simulate(family="letters", target=4, noise=0.3, seed=5)]


def masked():
    return [simulate(cue="mask", noise=0.4, K=7, seed=2**53 - 1)]


def noisy():
    return [simulate(temperature_x=0.05, seed=11, K=5, horizon=2.0)]


def own_cue():
    return [simulate(seed=7, K=12, cue=np.where(np.arange(30) % 7 == 0, -1, np.where(np.arange(30) % 11 == 0, 0, 1)))]


def graded_cue():
    return [simulate(seed=7, K=3, N=6, cue=[0.1, -0.25, 1 / 3, 1e-9, -1.0, 2.0])]


def own_memories():
    pattern = np.where(np.random.default_rng(0).random((17, 5)) < 0.5, -1, 1)
    return [simulate(memories=pattern, noise=0.2, seed=4, model="linear", T=2.0)]


def images():
    return [simulate(memories=memories_from_images(np.random.default_rng(1).random((4, 3, 5))), target=2, noise=0.2)]


def bent():
    runs = [simulate(seed=7)]
    runs.append(simulate(start=runs[-1], at=30, T=3.0, tau_p=np.inf))
    runs.append(simulate(start=runs[-1], at=12, T=0.02, tau_p=0.0, tau_x=2.0))
    return runs


def bent_adaptive():
    runs = [simulate(seed=7, integrator="adaptive")]
    runs.append(simulate(start=runs[-1], at=30, T=3.0, tau_p=0.0))
    return runs


def bent_own():
    pattern = np.where(np.random.default_rng(2).random((12, 4)) < 0.5, -1, 1)
    runs = [simulate(memories=pattern, cue=pattern[:, 1] * np.where(np.arange(12) < 3, -1, 1), target=1)]
    runs.append(simulate(start=runs[-1], at=20, T=1.5))
    return runs


def rivals():
    return [simulate(model="neuron-astrocyte", N=10, K=3)]


MAKERS = (plain, limits, letters, masked, noisy, own_cue, graded_cue, own_memories, images, bent, bent_adaptive, bent_own, rivals)

"""A small lesson for tests: two chapters, a step that waits, questions of two kinds."""

from app.chapters import chapters
from app.chapters.lessons import OWN, read_lesson

TEXT = """
title = "Small"
minutes = 10

[[step]]
chapter = "retrieval"
say = "A cue, and a memory that has to find what was meant."
scene = "recall"
clock = { waits = true }
notes = "Leave it standing."

[[step]]
say = "At first little happens."
clock = { to = 0.5 }
notes = "Then ask."

[[step]]
say = "And then it falls."
view = { outcome = "hidden" }
hide = ["facts", "energy"]
clock = { to = "end_at" }
[step.question]
kind = "number"
ask = "How many bits are wrong in the end?"
truth = "wrong_end"
low = 0
high = 30
right = "Yes, {truth}."
below = "More: {truth}."
above = "Fewer: {truth}."
unsure = "It is {truth}."

[[step]]
chapter = "context"
say = "A cue that cannot decide."
clock = { to = "end_at" }
[step.question]
kind = "choice"
ask = "Will it rest?"
truth = "outcome"
choices = [{ text = "Yes", means = ["target"] }, { text = "No", means = ["undecided", "none"] }]
right = "Yes: {truth}."
unsure = "{truth}."

[[step]]
chapter = "retrieval"
say = "The same once more."
"""
CHAPTERS = chapters()
SMALL, SAID = read_lesson(OWN, TEXT, CHAPTERS)
assert SMALL is not None

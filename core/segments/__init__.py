"""RMAAT, arXiv:2601.00426: a small sequence model whose memory is carried from segment to segment, and forgotten on a schedule.

It has no energy and does not relax; its frames are segments.
"""

from core.segments.training import Progress as Progress
from core.segments.training import Trainer as Trainer
from core.segments.training import Training as Training
from core.segments.training import train as train

"""RMAAT, arXiv:2601.00426: a small sequence model whose memory is carried from segment to segment, and forgotten on a schedule.

It has no energy and does not relax; its frames are segments.
"""

from core.segments.reading import Reading as Reading
from core.segments.system import SYSTEM as SYSTEM
from core.segments.trained import trained as trained
from core.segments.training import Progress as Progress
from core.segments.training import Trainer as Trainer
from core.segments.training import Training as Training
from core.segments.training import train as train
from core.segments.training import train_on as train_on
from core.segments.training_file import load_training as load_training
from core.segments.training_file import save_training as save_training

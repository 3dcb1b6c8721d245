"""A sweep: many trainings, each of which looks for better settings where those before did well.

Optuna (the extra digitnet[sweep]) chooses the values, gives up trainings that lag behind, and keeps
count of all of them, for as many processes and machines as take part.

space      what varies: ranges and choices, from what people write; needs no Optuna
sampler    values that follow from the seed and the number of a trial
storage    a journal file, or PostgreSQL; who is still at work
study      what its processes have in common
trial      one training
trials     one after the other, until there are enough
folder     what a sweep leaves behind, and what it must be to be gone on with
results    tables of the trials, and the best settings as a file
figures    the course of a sweep, what mattered, which values went together
outcome    all of these, shown and written
"""

NEEDS = "the extra digitnet[sweep]: pip install optuna"

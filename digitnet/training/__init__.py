"""Training: from settings and data to a Model and a run folder.

options        what can be chosen, each with its default, range and meaning; kinds: the ranges
settings       a choice, checked; parameters: as scikit-learn wants them
recipes        settings that belong together, under one name
spelling       what somebody probably meant who wrote a name that there is not
build          settings -> network, optimizer, schedule, batches
state          what a training is at a moment: from record to record, and back from a stop
checkpoint     the last two states, on disk; checkpoint_fields: what one holds
learning       learn(): a network trained to one of its endings
diagnosis      whether anything was learned, and what to try if not
runs           the run folder; keeping: nothing is lost while a disk has room for it
interruption   Ctrl-C, SIGTERM, a terminal that was closed
ranks          the processes that mpiexec has started, by MPI; waiting: for one that has died
across         a training that they share; along: what all but the first of them do
plan           a new training, the rest of one, more of one, one that begins at another
aside          a second process, which measures and draws
job            the main job: all of this, without a command line, on its material (data), with an
               outcome and drawings (figures)
"""

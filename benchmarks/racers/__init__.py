"""The contestants of benchmarks/speedrun.py, each a program of its own: `python -m racers.ours`."""

"""The live figures of the course, and the engine that computes for them in a reader's browser.

figure.js      the element <digitnet-figure name="neuron" src="neuron.svg" alt="…">
engine.js      ask(command, fields): the one worker of a page, for figures and for exercises
courseworker.js, static/python.js     that worker: Pyodide, and digitnet/web/lesson.py in it
neuron.js, softmax.js, …              how each figure is drawn from what Python answers
writing.py     write(folder, pyodide): all of it as files

A page states where the files are: <meta name="digitnet-course" content="relative/folder">. Until a
reader touches a figure, it is the picture that `python -m digitnet.teach.figures` has drawn.
"""

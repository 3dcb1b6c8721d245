"""Live figures of the course: settings in, numbers and arrays out, and a sentence that says them.

    from digitnet.teach.figures import Material, answer

    answer("neuron", {"w1": 4.0}, Material(images, labels))

parts       what a figure is made of: controls, a function, what it answers
material    the digits that two of them look at
neuron      1: one neuron on two pixels            chain         3: the chain rule on a graph
softmax     2: softmax, temperature, large logits  valley        4: gradient descent in a valley
saturation  5: what becomes of signals with depth  units         6: what hidden units look for
catalogue   all of them by name
pictures    the same answers drawn by Matplotlib (pictured_…), in light and dark (svg)
digits      these digits from MNIST

All up to the catalogue need NumPy alone: a page of the course runs them in the browser
(digitnet/web/course draws what they answer). `python -m digitnet.teach.figures FOLDER` writes the
pictures, which are there before anything moves.
"""

from digitnet.teach.figures.catalogue import FIGURES, answer
from digitnet.teach.figures.material import Material
from digitnet.teach.figures.parts import Answer, Choice, Figure, Slider, Switch

__all__ = ["FIGURES", "Answer", "Choice", "Figure", "Material", "Slider", "Switch", "answer"]

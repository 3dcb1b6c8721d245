"""The one way in: what people hand over as images or labels, checked and turned into arrays.

images      any array of pictures -> grey pixels, in the shape and type that are learned from
ranges      what number is white: from the range of the images to that of a model
scaling     min-max scaling, one-hot rows
likeness    images that a model can read, but that do not look like what it learned from
labels      one class for each image, and how classes are called
caution     a warning at the caller's own line

Loaders, DigitClassifier and Model all go through here, so the same input gets the same answer.
NumPy only, because reading an image imports it.
"""

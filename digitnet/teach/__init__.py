"""Teaching: look into the network while it computes, and compare what becomes of choices.

checking   a gradient check on real images, and a way to make it fail
explain    one learning step with all its numbers
pages      that step as terminal text and as an HTML page
probe      one weight of it: its gradient as a product, and as it is measured
compare    trainings that differ in one thing, side by side
exercises  twelve functions with a blank, and a check that says what is wrong
exports    the same for pytest, nbgrader and Otter-Grader
grades     the hand-ins of a class, checked, and what came of it
figures    live figures: settings in, numbers and a sentence out; and as pictures
worksheet  one learning step to be computed by hand, and its solution
"""

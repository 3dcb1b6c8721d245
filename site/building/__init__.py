"""What Sphinx does not do by itself for the site.

stage        the project's pages in one folder, with links that Sphinx can follow
formulas     formulas as MathML, made while building: no script, no network
touching     and how their signs stand
sources      pages of code, for links from the text into it
docstrings   docstrings, which are written as plain text, as Sphinx wants them
course       what chapters have: predictions, live figures, margins for the teacher
exercise     and exercises, with their editor
downloads    files to hand out; engine: the files of the live parts
access       what keeps people from using a page, put right
walking      follows every link of the site that was built
"""

"""The hand-ins of a class, checked one after the other, and what came of it.

handed_in   which files there are, whose they are, and of which exercise
judging     the check of each in a process of its own; one grade for each student and exercise
table       the grades for a spreadsheet, and in short for a terminal
page        the grades as a page to read and to print
"""

from digitnet.teach.grades.handed_in import HandIn, collected
from digitnet.teach.grades.judging import Grade, best, judged, with_unreached
from digitnet.teach.grades.page import as_html
from digitnet.teach.grades.table import as_csv, in_short

__all__ = [
    "Grade",
    "HandIn",
    "as_csv",
    "as_html",
    "best",
    "collected",
    "in_short",
    "judged",
    "with_unreached",
]

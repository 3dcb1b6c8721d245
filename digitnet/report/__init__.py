"""Report: what people see of a network and its learning.

metrics    accuracy, precision, recall, F1, confusion matrix
counts     the same with NumPy alone, a confidence threshold, calibration
tables     these for the terminal
terminal   lines, tables, progress; progress: how far a work is
figures    all pictures; canvas: drawn without a display; axes, lettering: numbers and names that
           can be read
"""

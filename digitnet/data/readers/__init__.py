"""Readers: one for each kind of source that images come from.

idx       the IDX files of MNIST and its relatives; emnist: what is different about EMNIST's
folder    a folder of IDX files or of tables
npz       an archive of arrays
table     CSV files; columns: which of their columns are pixels
openml    data sets fetched from OpenML, and kept
"""

"""Files: written whole or not at all, and read with distrust.

writing    a file takes the place of another at once; locks
incoming   files from outside: opened, unpacked and parsed within limits
archive    archives of NumPy arrays (.npz)
"""

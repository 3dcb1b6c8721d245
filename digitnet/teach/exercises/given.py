"""Functions that exercises have above their blank: the solutions of those before, in short."""

from digitnet.languages import mark

SOFTMAX = mark('''\
def softmax(z):
    """The solution of exercise 3."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)''')
_OF_REGRESSION = mark('''\
def gradients(x, t, W, b):
    """dW and db of softmax regression, the solution of exercise 5 without weight decay."""
    dz = (softmax(x @ W + b) - t) / len(x)
    return x.T @ dz, dz.sum(axis=0)''')
_OF_A_NETWORK = mark('''\
def gradients(x, t, W1, b1, W2, b2):
    """dW1, db1, dW2, db2 of the network, the solution of exercise 8 without weight decay."""
    z1 = x @ W1 + b1
    h = np.maximum(z1, 0)
    dz2 = (softmax(h @ W2 + b2) - t) / len(x)
    dz1 = dz2 @ W2.T * (z1 > 0)
    return x.T @ dz1, dz1.sum(axis=0), h.T @ dz2, dz2.sum(axis=0)''')
BETWEEN = "\n\n\n"
"""What stands between two of them."""
REGRESSION = f"{SOFTMAX}{BETWEEN}{_OF_REGRESSION}"
NETWORK = f"{SOFTMAX}{BETWEEN}{_OF_A_NETWORK}"

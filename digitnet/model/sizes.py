"""The sizes of networks, in words."""

from collections.abc import Sequence

from digitnet.nn.network import Network
from digitnet.nn.oriented_gradients import oriented_layer


def description(networks: Sequence[Network]) -> str:
    """Sizes of the layers, and how many parameters there are."""
    sizes = ", ".join(dict.fromkeys(map(_of_one, networks)))
    n_parameters = sum(network.params.size for network in networks)
    many = f"a committee of {len(networks)}: " if len(networks) > 1 else ""
    return f"{many}{sizes}, {n_parameters:,} parameters"


def _of_one(network: Network) -> str:
    return layer_sizes(network) + (" of oriented gradients" if oriented_layer(network) else "")


def layer_sizes(network: Network) -> str:
    """The sizes of the layers in a row, as in 784-128-10."""
    outputs = [
        b.size for name, b, _ in network.parameters() if name[0] == "b" and name[1].isdigit()
    ]
    return "-".join(map(str, [network.n_in, *outputs]))

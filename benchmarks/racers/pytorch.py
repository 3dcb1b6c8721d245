"""PyTorch: tensors, a permutation and a loop; with RACER_COMPILED, the forward pass compiled."""

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from racers.job import (
    Images,
    Predict,
    Recipe,
    augmented,
    ends_of_parts,
    inputs,
    is_augmented,
    looked_at,
    main,
    prepared,
    rates,
    refuse,
    shares,
)

N_AT_ONCE = 1000


def network(settings: Recipe, n_in: int) -> nn.Sequential:
    """Dense layers with ReLU between them, initial weights as ours."""
    layers: list[nn.Module] = []
    for n_out in settings["hidden_layer_sizes"]:
        dense = nn.Linear(n_in, n_out, bias=not settings["batch_norm"])
        nn.init.kaiming_normal_(dense.weight, nonlinearity="relu")
        norm = [nn.BatchNorm1d(n_out, momentum=0.05)] if settings["batch_norm"] else []
        layers += [dense, *norm, nn.ReLU()]
        n_in = n_out
    last = nn.Linear(n_in, 10)
    nn.init.xavier_uniform_(last.weight)
    for layer in (*layers, last):
        if isinstance(layer, nn.Linear) and layer.bias is not None:
            nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers, last)


def batches(settings: Recipe, images: Images, labels: np.ndarray) -> Any:
    """A function from the number of an epoch to its batches, and how many there are."""
    size = settings["batch_size"]
    n_steps = -(-len(images) // size)
    if is_augmented(settings):
        epoch = augmented(settings, images, labels)
        return lambda number: (
            tuple(map(torch.from_numpy, pair)) for pair in epoch(number)
        ), n_steps
    x = seen(torch.from_numpy(inputs(settings, images).copy()))
    y = torch.from_numpy(labels.astype(np.int64))
    return lambda _: ((x[c], y[c]) for c in torch.randperm(len(x)).split(size)), n_steps


def race(
    settings: Recipe, images: Images, labels: np.ndarray, n_parts: int = 1
) -> Iterator[Predict]:
    """It yields after each part of an epoch."""
    refuse(settings, "PyTorch's contestant", activation=["relu"], dropout=0.0, nesterov=False)
    torch.manual_seed(settings["seed"])
    images = prepared(settings, images)
    epoch, n_steps = batches(settings, images, labels)
    model = network(settings, inputs(settings, images[:1]).shape[1])
    optimizer = optimizer_of(model, settings)
    loss_function = nn.CrossEntropyLoss()

    def forward_loss(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return loss_function(model(x), y)

    step = torch.compile(forward_loss) if "RACER_COMPILED" in os.environ else forward_loss
    params = list(model.parameters())
    mean = [torch.zeros_like(each) for each in params] if settings["averaging"] else []
    rate, share = rates(settings, n_steps).tolist(), shares(settings, n_steps).tolist()
    ends = ends_of_parts(n_steps, n_parts) - {n_steps}
    for number in range(settings["epochs"]):
        model.train()
        for n, (x, y) in enumerate(epoch(number + 1)):
            for group in optimizer.param_groups:
                group["lr"] = rate[number][n]
            loss = step(x, y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            if mean and share[number][n]:
                with torch.no_grad():
                    torch._foreach_lerp_(mean, params, share[number][n])
            if n + 1 in ends:
                yield lambda asked: predict(model, looked_at(settings, asked))
                model.train()
        if mean and number == settings["epochs"] - 1:
            take_over(model, mean, epoch(number + 1))
        yield lambda asked: predict(model, looked_at(settings, asked))


def optimizer_of(model: nn.Module, settings: Recipe) -> torch.optim.Optimizer:
    """Adam or SGD for the parameters, of which the matrices alone have the penalty."""
    params = list(model.parameters())
    matrices = [each for each in params if each.dim() == 2]
    others = [each for each in params if each.dim() != 2]
    groups = [
        {"params": matrices, "weight_decay": settings["weight_decay"]},
        {"params": others, "weight_decay": 0.0},
    ]
    beta1, beta2 = settings["momentum"], settings["beta2"]
    if settings["optimizer"] == "adam":
        return torch.optim.Adam(groups, betas=(beta1, beta2), fused=True)
    return torch.optim.SGD(groups, 0.1, momentum=beta1, fused=True)


def take_over(model: nn.Module, mean: list[torch.Tensor], epoch: Iterator[Any]) -> None:
    """Make the mean the parameters; the statistics of batch normalisation become those of it."""
    with torch.no_grad():
        for own, averaged in zip(model.parameters(), mean, strict=True):
            own.copy_(averaged)
    torch.optim.swa_utils.update_bn((x for x, _ in epoch), model)


def predict(model: nn.Module, rows: np.ndarray) -> np.ndarray:
    model.eval()
    with torch.inference_mode():
        parts = [model(seen(part)) for part in torch.from_numpy(rows.copy()).split(N_AT_ONCE)]
        return torch.cat(parts).argmax(dim=1).numpy()


def seen(rows: torch.Tensor) -> torch.Tensor:
    """Pixels from 0 to 1; what is no pixel, as it is."""
    return rows.float().div_(255) if rows.dtype == torch.uint8 else rows


if __name__ == "__main__":
    main(race, race)

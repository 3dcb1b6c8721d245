"""Recipes: settings that belong together, under one name.

Every value was chosen on the validation hold-out (docs/LOG.md); `python benchmarks/accuracy.py`
measures what each recipe reaches. Any setting can still be given besides.
"""

from typing import Any

MILD = {"rotation": 10.0, "scale": 10.0, "shear": 10.0, "shift": 1.0, "elastic": 1.0}

LONG: dict[str, Any] = {
    **{name: 1.5 * strength for name, strength in MILD.items()},
    "fade": 1 / 3,
    "optimizer": "adam",
    "learning_rate": 0.003,
    "batch_size": 512,
    "warmup": 1.5,
    "weight_decay": 0.0,
}

STRONG: dict[str, Any] = {
    **LONG,
    "hidden_layer_sizes": (1024, 1024),
    "batch_norm": True,
    "learning_rate": 0.006,
    "averaging": 0.3,
    "mixup": 0.2,
    "epochs": 110,
}

SPRINT: dict[str, Any] = {
    "oriented_gradients": True,
    "optimizer": "adam",
    "beta2": 0.98,
    "batch_size": 256,
    "warmup": 0.2,
    "weight_decay": 0.0,
}

RECIPES: dict[str, dict[str, Any]] = {
    "default": {},
    "sprint98": {**SPRINT, "hidden_layer_sizes": (32,), "learning_rate": 0.04, "epochs": 1},
    "sprint99": {
        **SPRINT,
        "deskew": True,
        "hidden_layer_sizes": (128,),
        "learning_rate": 0.02,
        "epochs": 2,
    },
    "sprint99.5": {
        **STRONG,
        **MILD,
        "oriented_gradients": True,
        "deskew": True,
        "hidden_layer_sizes": (640, 640),
        "epochs": 30,
    },
    "quick": {
        **MILD,
        "hidden_layer_sizes": (800,),
        "batch_size": 128,
        "epochs": 22,
        "learning_rate": 0.1,
        "warmup": 1.0,
        "weight_decay": 0.0,
    },
    "strong": STRONG,
    "plain": {
        "hidden_layer_sizes": (512, 512),
        "batch_norm": True,
        "adversarial": 2.0,
        "optimizer": "adam",
        "learning_rate": 0.008,
        "epochs": 20,
        "batch_size": 128,
        "warmup": 1.0,
        "weight_decay": 0.0,
    },
    "pixels": {**LONG, "hidden_layer_sizes": (1536, 1024), "epochs": 330},
    "best": {
        **STRONG,
        **MILD,
        "oriented_gradients": True,
        "deskew": True,
        "mixup": 0.0,
        "adversarial": 0.8,
        "epochs": 100,
    },
}
"""default: what no option says. sprint98, sprint99, sprint99.5: the shortest ways known here to
98, 99 and 99.5 per cent. quick: a minute on two cores; strong: a quarter of an
hour; plain: what can be reached without distortions, by a network that need not know that pixels
have neighbours; best: what can be reached within an hour; pixels: by one that sees pixels."""

"""Events: the table of what a visit tells its page, with types and units."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class About:
    """What there is to know about an event: its meaning, its fields and arrays, with units."""

    meaning: str
    fields: Mapping[str, str] = field(default_factory=dict)
    arrays: Mapping[str, str] = field(default_factory=dict)
    passing: bool = False


EVENTS: dict[str, About] = {
    "state": About(
        "Where the visit is, after `hello` or `forget`. `model`, `training`, `kept` and, for the "
        "curve so far, `curve` and an `epoch` for each follow.",
        {
            "version": "of digitnet",
            "recipes": "settings by name of recipe",
            "settings": "list of {name, group, meaning, default, kind, low, high, choices, live}; "
            "live: may change while it learns",
            "limits": "{weights, layers, width, epochs, batch}: the most of each",
            "data": "{name, train, test, note}: counts of images",
        },
    ),
    "model": About(
        "Who answers.",
        {
            "which": "shipped, trained or loaded",
            "name": "in words",
            "sizes": "of the layers, from pixels to classes",
            "activations": "of the hidden layers",
            "parameters": "how many",
            "available": "those of shipped, trained and loaded that can be chosen",
        },
    ),
    "answer": About(
        "What was read in a drawing or a picture. `digitnet read` cuts the digits out and says "
        "what is none; another network than the shipped one names them alone.",
        {
            "number": "of the drawing",
            "text": "the labels, lines separated by a newline",
            "size": "[width, height] of what was read, in pixels",
            "digits": "list of {label, confidence (0 to 1), box [left, top, right, bottom], line}",
            "milliseconds": "that reading took",
            "warnings": "list of sentences that `digitnet read` says besides; mostly empty",
        },
        {
            "images": "(n, 28, 28) uint8: what the network sees",
            "probabilities": "(n, 10) float32: of each digit, by `digitnet read` if the "
            "shipped network answers, else by the network that answers, alone",
        },
    ),
    "inside": About(
        "The network at work on one digit.",
        {
            "number": "of the drawing",
            "digit": "index into digits",
            "layers": "list of {units, activation}: hidden layers from the pixels up",
        },
        {
            "probabilities": "(10,) float32: the network's own softmax",
            "hidden1": "(units,) float32: activations of the first hidden layer; hidden2, … more",
            "units": "(10, m) int32: of the last hidden layer, those that matter most per class",
            "contributions": "(10, m) float32: activation times weight of those, in nats",
            "weights": "(w, 28, 28) float32: of the first layer's most active units, pixel weights",
            "excited": "(w,) int32: which units these are",
        },
    ),
    "training": About(
        "How the training stands.",
        {
            "status": "ready, running, paused, finished or diverged",
            "settings": "all settings, by name, as they are now",
            "sizes": "of the layers, from pixels to classes",
            "parameters": "how many",
            "epoch": "in which it is, from 1",
            "step": "batches learned from",
            "steps": "batches of an epoch",
            "message": "in words, what happened; maybe empty",
            "over": "true if it has ended, and can only begin again",
        },
    ),
    "progress": About(
        "What was learned since the last one.",
        {
            "epoch": "in which it is, from 1",
            "step": "batches learned from",
            "learning_rate": "of the last step",
            "images_per_s": "that were learned from, in the last second or so",
        },
        {"steps": "(m,) int32: numbers of steps", "losses": "(m,) float32: their losses, nats"},
        passing=True,
    ),
    "curve": About(
        "The losses of the steps so far, thinned out but for the first.",
        {},
        {"steps": "(m,) int32: numbers of steps", "losses": "(m,) float32: their losses, nats"},
    ),
    "epoch": About(
        "An epoch is over. Losses in nats, accuracies from 0 to 1; null without a hold-out.",
        {
            "epoch": "from 1",
            "step": "batches learned from",
            "learning_rate": "of the last step",
            "train_loss": "",
            "train_accuracy": "",
            "validation_loss": "",
            "validation_accuracy": "",
            "seconds": "of learning",
        },
    ),
    "weights": About(
        "The first layer's weights as images.",
        {"units": "how many there are in all"},
        {"images": "(n, 28, 28) float32, n at most 64"},
        passing=True,
    ),
    "layers": About(
        "What the hidden layers do, on 500 held-out images; gradients on one batch of 64 of them.",
        {"layers": "list of {name, units, dead, saturated}: shares from 0 to 1"},
        {
            "activation_edges": "(L, 25) float32: of the bins",
            "activations": "(L, 24) float32: share of values per bin",
            "gradient_edges": "(L, 25) float32: log10 of sizes",
            "gradients": "(L, 24) float32: share of the weights' gradients per bin",
        },
        passing=True,
    ),
    "confusion": About(
        "What the held-out images are taken for, and the most confident mistakes.",
        {
            "mistakes": "list of {label, prediction, confidence}: the surest first",
            "right": "how many images",
            "images": "how many in all",
        },
        {
            "matrix": "(10, 10) int32: counts, row: label, column: prediction",
            "mistaken": "(m, 28, 28) uint8: the images of mistakes, m at most 12",
        },
        passing=True,
    ),
    "changed": About(
        "A setting is another one now.",
        {
            "setting": "its name",
            "value": "what it is now",
            "before": "what it was",
            "step": "after which it counts",
            "epoch": "in which that is",
            "from": "now, or next epoch",
        },
    ),
    "warning": About(
        "Something is wrong with what is learned.",
        {
            "what": "happened, in words",
            "why": "in words",
            "offers": "list of {setting, before, value, sentence}: what to try, and what was "
            "before; value null: the default",
            "restart": "true if they help only from the start, after `configure`",
        },
    ),
    "preview": About(
        "Digits before and after distortion.",
        {},
        {
            "before": "(n, 28, 28) uint8",
            "after": "(n, 28, 28) uint8",
        },
    ),
    "kept": About(
        "The digits that the user kept.",
        {
            "counts": "ten numbers, one for each label",
            "where": "the file on this computer; empty if they are kept in memory alone",
        },
        {
            "last": "(n, 28, 28) uint8: the latest, at most 10",
            "labels": "(n,) uint8: what they were kept as",
        },
    ),
    "file": About(
        "A file to save.",
        {"name": "of the file"},
        {"file": "(n,) uint8: its bytes"},
    ),
    "walked": About(
        "A step of learning from one image, in the stages and numbers of `digitnet explain`, "
        "computed in float64 on a copy of the network. S: units that are shown of a layer, at most "
        "16; those of all layers follow each other, the classes last.",
        {
            "network": "small, fresh or answering",
            "source": "test or drawing",
            "image": "its number in the test set, or the digit's in the drawing, from 0",
            "images": "how many there are of those asked for; 0 for a drawing",
            "searched": "among how many, the first, these were looked for; 0 for a drawing",
            "neighbours": "[before, after]: the numbers of the images beside it, of those asked "
            "for; empty for a drawing",
            "label": "index of the class that it is, or was read as",
            "sizes": "of the layers, from pixels to classes",
            "activations": "of the hidden layers",
            "parameters": "how many",
            "classes": "their names",
            "shape": "[height, width] of the image",
            "target": "index of the class that it is taught",
            "stages": "list of {kind, level, title, formula, header, rows, words}: level: of the "
            "layer, from 0",
            "shown": "of each layer, which units are shown",
            "followed": "of each hidden layer, the unit that the stages follow; of the classes, "
            "where there is none",
            "pixel": "that the stages follow",
            "logit": "index of the class whose logit is told",
            "blamed": "index of the class whose output weight is told: that whose logit has the "
            "largest gradient, unless another was asked for",
            "rate": "the learning rate",
            "loss": "before the step, nats",
            "loss_after": "null if it is not finite",
            "others": "of how many other test images, the first, the mean loss is told",
            "others_change": "[before, after] the step; empty without them",
        },
        {
            "pixels": "(h, w) float32: the image as the network sees it",
            "unit": "(5, h, w) float32: of the followed unit the weights, what each pixel adds to "
            "its sum, the gradient, and after the step the weights and what each pixel adds",
            "weights": "(S, h, w) float32: of the first layer",
            "gradients": "(S, h, w) float32: of these",
            "z": "(ΣS,) float32: sums",
            "dz": "(ΣS,) float32: their gradients",
            "h": "(ΣS,) float32: activations of the hidden layers",
            "dh": "(ΣS,) float32: their gradients",
            "carried": "(ΣSS,) float32: input times weight, of each line between units shown",
            "line_gradients": "(ΣSS,) float32: of the weights of these lines",
            "h_after": "(ΣS,) float32: activations after the step",
            "carried_after": "(ΣSS,) float32: input times weight, after the step",
            "returned": "(ΣSS,) float32: weight times dz, what goes back along these lines",
            "probabilities": "(S,) float32: before the step",
            "probabilities_after": "(S,) float32: after it",
            "rates": "(r,) float32: learning rates",
            "losses": "(r,) float32: the loss after a step with each of them",
            "other_losses": "(r or 0,) float32: of the other images",
        },
    ),
    "probed": About(
        "One weight: its gradient as a product, and as it is measured, in float64.",
        {
            "layer": "from 1",
            "start": "the input",
            "end": "the output",
            "bias": "true if it is a bias, whose input is always 1",
            "weight": "its value before the step",
            "after": "its value after it",
            "input": "the first factor",
            "blame": "the second: the gradient of the output's sum",
            "gradient": "by backpropagation",
            "step": "h: how far the weight is moved to both sides",
            "above": "the loss with the weight h larger",
            "below": "the loss with it h smaller",
            "measured": "(above - below) / 2h",
            "error": "of the two, relative",
            "resolution": "the relative error that the rounding of the loss may cause",
            "near_kink": "true if a unit is so near to its kink that h may cross it",
            "loss": "with the weight as it is",
        },
        {
            "offsets": "(m,) float32: by how much the weight is moved",
            "losses": "(m,) float32: the loss with each of these",
        },
    ),
    "subject": About(
        "The network that Inside and Evaluate look at.",
        {
            "key": "another number for each one",
            "which": "shipped, trained or loaded",
            "step": "batches that a trained one had learned from",
            "sizes": "of the layers, from pixels to classes",
            "classes": "their names",
            "shape": "[height, width] of its images",
            "test": "how many test images there are",
            "problem": "why nothing can be told of it; mostly empty",
            "places": "rows and columns in which its first layer sees oriented gradients, or null",
            "test_problem": "why the test images cannot be used; mostly empty",
        },
    ),
    "evaluation": About(
        "How well it reads the images that it has read so far.",
        {
            "of": "test or kept",
            "images": "how many so far",
            "total": "how many there are",
            "right": "how many were read right",
            "accuracy": "their share",
            "loss": "mean, in nats",
            "macro": "[precision, recall, F1]: means over the classes that have images",
            "calibration_error": "mean distance of confidence and accuracy, over all answers",
            "classes": "their names",
        },
        {
            "matrix": "(K, K) int32: counts, row: label, column: prediction",
            "scores": "(K, 3) float32: precision, recall, F1 of each class; NaN without images",
            "support": "(K,) int32: images of each class",
            "thresholds": "(T,) float32: confidences below which nothing would be said",
            "answered": "(T,) int32: images that are answered then",
            "coverage": "(T,) float32: their share",
            "accuracies": "(T,) float32: the share of them that are answered right; NaN of none",
            "bin_counts": "(B,) int32: answers in bins of confidence, of one width from 0 to 1",
            "bin_confidence": "(B,) float32: their mean confidence; NaN in an empty bin",
            "bin_accuracy": "(B,) float32: the share of them that is right; NaN in an empty bin",
        },
    ),
    "opened": About(
        "Images, with what they are taken for.",
        {
            "of": "test or kept",
            "row": "the class they are of, if a cell was asked for",
            "column": "the class they are taken for, likewise",
            "below": "the confidence, if doubtful ones were asked for",
            "first": "which of them is the first here",
            "count": "how many there are in all",
            "listed": "list of {number, label, prediction, confidence}; number: among all images",
        },
        {"images": "(n, height, width) uint8: n at most 60"},
    ),
    "inspected": About(
        "An image on its way through the network, with all changes.",
        {
            "source": "test or drawing",
            "index": "of the test image, or of the digit in the last answer",
            "label": "what it is; null if nobody knows",
            "prediction": "what it is read as",
            "layers": "list of {units, activation}: hidden layers from the pixels up",
        },
        {
            "image": "(height, width) uint8",
            "probabilities": "(K,) float32: the softmax",
            "before": "(K,) float32: the same without the changes",
            "logits": "(K,) float32: what the softmax is taken of",
            "saliency": "(K, height, width) float32: each logit's gradient by the pixels, in nats "
            "for a pixel from no ink to full ink",
            "hidden1": "(units,) float32: activations of the first hidden layer; hidden2, … more",
        },
    ),
    "unit": About(
        "A unit of the network, with all changes.",
        {
            "layer": "from 1; that behind the hidden ones are the classes",
            "unit": "from 0",
            "name": "of the class, if it is one; else null",
            "off": "whether it is switched off",
            "says": "its activation for the image that is looked at, of a class its logit; or null",
            "bias": "as it is",
            "bias_before": "without the changes",
            "reach": "how far a weight may well be moved, in both directions",
            "bias_reach": "likewise of the bias",
            "largest": "the largest size that a weight or a bias may be given",
            "sample": "among how many test images those are that excite it most",
            "ready": "whether these are known so far",
            "exciting": "list of {number, label, says}: the most exciting first, in the unchanged "
            "network; a hidden unit is excited above 0",
        },
        {
            "weights": "(inputs,) float32: as they are",
            "weights_before": "(inputs,) float32: without the changes",
            "outgoing": "(outputs,) float32: to each unit of the next layer; none of a class",
            "images": "(m, height, width) uint8: those that excite it most",
        },
    ),
    "edited": About(
        "What was changed in a copy of the network, and how well it reads the test images then.",
        {
            "changes": "list of {kind, layer, unit, input, before, value}; kind: off, weight, bias",
            "images": "how many test images were read so far",
            "total": "how many there are",
            "accuracy": "the share of them that is read right; null at first",
            "before": "the same without the changes",
        },
    ),
    "sample": About(
        "The test images of the map.",
        {"images": "how many: the first 500, if there are more"},
        {
            "images": "(n, height, width) uint8",
            "labels": "(n,) int32: which class each is of",
            "predictions": "(n,) int32: which it is taken for",
        },
    ),
    "map": About(
        "Where the images of the sample lie by a layer: its first two principal components.",
        {
            "layer": "0: the pixels; then the hidden layers; the last one: the logits",
            "layers": "how many there are",
            "explained": "[share, share] of the variance along the two directions",
            "separation": "share of the variance of all the layer says that is between classes",
        },
        {"points": "(n, 2) float32"},
    ),
    "robustness": About(
        "How well distorted test images are read, so far.",
        {
            "kind": "noise (deviation, by full ink), rotation (degrees), shift (pixels, in both "
            "directions) or stroke (pixels, at each side)",
            "kinds": "all of them, in the order in which they come",
            "images": "how many are read each time: the first 500, if there are more",
        },
        {
            "strengths": "(m,) float32: all that are tried, at equal distances",
            "accuracies": "(n,) float32: of the first n so far",
            "examples": "(n, height, width) uint8: the first image, distorted like that",
        },
    ),
    "error": About(
        "A command could not be carried out; nothing has changed.",
        {
            "command": "its name",
            "message": "in a sentence",
            "setting": "that it is about; maybe empty",
        },
    ),
}

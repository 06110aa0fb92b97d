#!/usr/bin/env python3
"""Writes what PyTorch computes for every layer, in double precision, beside this file.

Each file has lines of a name and numbers: "shape" is (samples, channels, height, width) of the
inputs, "x" the inputs, "y" the outputs, "g" the gradient by the outputs, "gx" the gradient by the
inputs, and so on for parameters. All are row-major, images with channels before rows.

Needs the package torch; run without arguments.
"""

import pathlib

import torch
from torch.nn import functional

HERE = pathlib.Path(__file__).parent


def write(name, **tensors):
    """One file of named lines."""

    def number(value):
        return str(int(value)) if value == int(value) else repr(value)

    with open(HERE / f"{name}.txt", "w", encoding="ascii") as file:
        for key, tensor in tensors.items():
            if not torch.is_tensor(tensor):
                tensor = torch.tensor(tensor, dtype=torch.float64)
            numbers = tensor.detach().double().flatten().tolist()
            file.write(" ".join([key, *map(number, numbers)]) + "\n")


def decimals(*shape):
    """Normal numbers of two decimals, so that the files stay short."""
    return (torch.randn(*shape, dtype=torch.float64) * 100).round() / 100


def integers(*shape):
    """Integers from -3 to 3, so that sums of products are exact."""
    return torch.randint(-3, 4, shape).double()


def passes(name, layer, x, parameters=(), gradient=decimals, **more):
    """Outputs and gradients of a layer of x and named parameters."""
    x = x.clone().requires_grad_()
    parameters = {key: value.clone().requires_grad_() for key, value in dict(parameters).items()}
    y = layer(x, **parameters)
    g = gradient(*y.shape)
    y.backward(g)
    gradients = {f"g{key}": value.grad for key, value in parameters.items()}
    write(name, shape=list(x.shape), **more, x=x, **parameters, y=y, g=g, gx=x.grad, **gradients)


def convolution(name, inputs, outputs, kernel, stride, padding, height, width):
    options = {"stride": stride, "padding": padding}
    passes(
        f"convolution_{name}",
        lambda x, weight, bias: functional.conv2d(x, weight, bias, **options),
        integers(2, inputs, height, width),
        {"weight": integers(outputs, inputs, kernel, kernel), "bias": integers(outputs)},
        integers,
        outputs=outputs,
        kernel=kernel,
        **options,
    )


def max_pooling(name, kernel, stride, padding, *shape):
    options = {"stride": stride, "padding": padding}
    passes(
        f"max_pooling_{name}",
        lambda x: functional.max_pool2d(x, kernel, **options),
        # Few different numbers, so that there are ties.
        integers(*shape),
        (),
        integers,
        kernel=kernel,
        **options,
    )


def average_pooling(name, kernel, stride, *shape):
    passes(
        f"average_pooling_{name}",
        lambda x: functional.avg_pool2d(x, kernel, stride),
        decimals(*shape),
        kernel=kernel,
        stride=stride,
    )


def batch_norm(name, training, *shape):
    channels = shape[1]
    mean, variance = decimals(channels), decimals(channels).abs() + 0.25
    given = {"mean": mean.clone(), "variance": variance.clone()}
    x = (decimals(*shape) + decimals(channels, 1, 1)).requires_grad_()
    gamma, beta = decimals(channels).requires_grad_(), decimals(channels).requires_grad_()
    # Changes mean and variance in training.
    y = functional.batch_norm(x, mean, variance, gamma, beta, training, 0.1, 1e-5).relu()
    g = decimals(*shape)
    y.backward(g)
    moved = {"moved_mean": mean, "moved_variance": variance} if training else {}
    write(
        f"batch_norm_{name}",
        shape=list(shape),
        **given,
        x=x,
        gamma=gamma,
        beta=beta,
        y=y,
        g=g,
        gx=x.grad,
        ggamma=gamma.grad,
        gbeta=beta.grad,
        **moved,
    )


def local_response(name, size, alpha, k, *shape):
    layer = torch.nn.LocalResponseNorm(size, alpha, 0.75, k)
    passes(f"local_response_{name}", layer, decimals(*shape), size=size, alpha=alpha, k=k)


def main():
    torch.manual_seed(1)
    convolution("3x3", 3, 8, 3, 1, 1, 6, 5)
    convolution("3x3_stride_2", 16, 24, 3, 2, 1, 5, 6)
    convolution("5x5", 3, 8, 5, 1, 2, 6, 7)
    convolution("1x1", 35, 19, 1, 1, 0, 3, 2)
    max_pooling("3_stride_2", 3, 2, 1, 2, 19, 6, 5)
    max_pooling("2", 2, 2, 0, 2, 3, 7, 6)
    average_pooling("3_stride_2", 3, 2, 1, 19, 6, 5)
    average_pooling("2", 2, 2, 2, 3, 5, 6)
    passes("global_average", lambda x: x.mean((2, 3)), decimals(2, 19, 3, 5))
    batch_norm("training", True, 2, 19, 3, 2)
    batch_norm("inference", False, 2, 19, 2, 3)
    local_response("5", 5, 0.3, 2.0, 1, 35, 2, 3)
    local_response("9", 9, 1.5, 1.0, 2, 19, 2, 1)
    local_response("5_of_3", 5, 1.0, 1.0, 1, 3, 2, 2)


if __name__ == "__main__":
    main()

"""Golden values for tests/golden_sharpness.rs from PyTorch, in float64.

    python3 tests/golden/sharpness.py

needs numpy and torch, and writes sharpness.json beside this file: a small ReLU
network whose weights and inputs are float32 numbers, its initial weights, and
what automatic differentiation makes of them: the whole Hessian and its spectrum,
gradients of single examples, Jacobians, tangent kernels. Nothing here uses the
shortcuts of src/measure.
"""

import json
import sys
from pathlib import Path

sys.path.pop(0)  # statistics.py beside this file hides the standard module

import numpy as np
import torch
from torch.func import functional_call, hessian, jacrev, vmap

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
rng = np.random.default_rng(20170226)
WIDTHS = [6, 9, 7, 4]
SAMPLES = 40
CLASSES = WIDTHS[-1]


def float32(array):
    return array.astype(np.float32).astype(np.float64)


def network(scale):
    net = []
    for n_in, n_out in zip(WIDTHS, WIDTHS[1:]):
        weight = float32(scale * rng.normal(size=(n_out, n_in)))
        net.append((weight, float32(0.1 * rng.normal(size=n_out))))
    return net


def arrays(net):
    named = []
    for l, pair in enumerate(net):
        for name, array in zip(["weight", "bias"], pair):
            values = array.ravel().tolist()
            named.append({"name": f"{l}.{name}", "shape": list(array.shape), "values": values})
    return named


def module(net):
    layers = []
    for l, (weight, bias) in enumerate(net):
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0])
        linear.weight.data = torch.tensor(weight)
        linear.bias.data = torch.tensor(bias)
        layers += [linear] if l + 1 == len(net) else [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers)


initial = network(0.6)
trained = [(float32(w + d), float32(b + c)) for (w, b), (d, c) in zip(initial, network(0.3))]
X = torch.tensor(float32(rng.normal(size=(SAMPLES, WIDTHS[0]))))
y = torch.tensor(rng.integers(0, CLASSES, SAMPLES))
model = module(trained)
names = [name for name, _ in model.named_parameters()]
shapes = [p.shape for p in model.parameters()]
w = torch.cat([p.detach().ravel() for p in model.parameters()])


def logits(flat, x, net=model):
    parts = torch.split(flat, [s.numel() for s in shapes])
    return functional_call(net, {n: p.view(s) for n, p, s in zip(names, parts, shapes)}, (x,))


def loss(flat, x, label):
    return torch.nn.functional.cross_entropy(logits(flat, x), label)


H = hessian(lambda flat: loss(flat, X, y))(w)
gradient = jacrev(lambda flat: loss(flat, X, y))(w)
per_example = vmap(jacrev(loss), (None, 0, 0))(w, X, y)
by_label = torch.stack(
    [vmap(jacrev(loss), (None, 0, 0))(w, X, torch.full((SAMPLES,), k)) for k in range(CLASSES)]
)
p = torch.softmax(logits(w, X), dim=1)
slopes = by_label @ w  # (classes, samples)
fisher = (p.T * slopes**2).sum(0).mean()
empirical = ((per_example @ w) ** 2).mean()
input_jacobian = vmap(jacrev(lambda x: logits(w, x)))(X)
noise = ((per_example - gradient) ** 2).sum(1).mean()


def kernel(flat):
    J = vmap(jacrev(logits), (None, 0))(flat, X)  # (samples, classes, parameters)
    return torch.einsum("ikp,jkp->ij", J, J) / CLASSES


def cosine(a, b):
    return (a * b).sum() / (a.norm() * b.norm())


w0 = torch.cat([p.detach().ravel() for p in module(initial).parameters()])
theta, theta0 = kernel(w), kernel(w0)
centre = torch.eye(SAMPLES) - 1.0 / SAMPLES
one_hot = torch.nn.functional.one_hot(y, CLASSES).double()

# Layer margins at the input of every linear layer.
layer_margins = []
for l in range(len(trained)):
    linear = [i for i, m in enumerate(model) if isinstance(m, torch.nn.Linear)][l]
    before, after = model[:linear], model[linear:]
    a = before(X).detach().requires_grad_(True)
    f = after(a)
    own = f[torch.arange(SAMPLES), y]
    other = f.masked_fill(one_hot.bool(), -torch.inf).max(dim=1).values
    (g,) = torch.autograd.grad((own - other).sum(), a)
    variance = a.var(dim=0, unbiased=False).sum()
    norm = g.norm(dim=1)
    ratio = ((own - other) / norm)[norm > 0]
    layer_margins.append(float(np.median(ratio.detach().numpy())) / float(variance.sqrt()))

F = [torch.linalg.matrix_norm(torch.tensor(a), 2) for a, _ in trained]
D = [torch.tensor(a - b).norm(dim=1).sum() for (a, _), (b, _) in zip(trained, initial)]
complexity = torch.stack(F).prod() * sum((d / f) ** (2 / 3) for d, f in zip(D, F)) ** 1.5
f = logits(w, X).detach().numpy().astype(np.float32).astype(np.float64)
labels = y.numpy()
others = np.where(np.arange(CLASSES) == labels[:, None], -np.inf, f)
margins = f[np.arange(SAMPLES), labels] - others.max(axis=1)
P = np.exp(f - f.max(axis=1, keepdims=True))
P /= P.sum(axis=1, keepdims=True)

ends = np.cumsum([s.numel() for s in shapes])
diagonal = torch.diagonal(H).numpy()
blocks = [diagonal[a:b].sum() for a, b in zip([0, *ends[1::2][:-1]], ends[1::2])]

golden = {
    "versions": {"numpy": np.__version__, "torch": torch.__version__},
    "trained": arrays(trained),
    "initial": arrays(initial),
    "features": WIDTHS[0],
    "pixels": X.numpy().ravel().tolist(),
    "labels": labels.tolist(),
    "outputs": {"classes": CLASSES, "logits": f.ravel().tolist()},
    "exact": {
        "gradient-norm": float(gradient.norm()),
        "gradient-noise": float(noise),
        "gradient-noise-scale": float(noise / gradient.norm() ** 2),
        "fisher-rao-norm": float(fisher.sqrt()),
        "fisher-rao-norm-empirical": float(empirical.sqrt()),
        "input-jacobian-norm": float(input_jacobian.flatten(1).norm(dim=1).mean()),
        "ntk-alignment": float(
            cosine(centre @ theta @ centre, centre @ one_hot @ one_hot.T @ centre)
        ),
        "ntk-drift": float(1 - cosine(theta0, theta)),
        "hessian-trace": float(H.trace()),
        "margin-10th-percentile": float(np.percentile(margins, 10)),
        "margin-median": float(np.median(margins)),
        "margin-minimum": float(margins.min()),
        "output-entropy": float(-(P * np.log(P)).sum(axis=1).mean()),
        "bartlett-normalized-margin": float(
            np.median(margins) / (complexity * X.norm() / SAMPLES)
        ),
    },
    "layers": {
        "layer-margin": layer_margins,
        "hessian-trace": [float(b) for b in blocks],
    },
    "top_eigenvalue": float(torch.linalg.eigvalsh(H)[-1]),
    "loss": float(loss(w, X, y)),
}
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, allow_nan=False) + "\n")

"""Checkpoints for tests/checkpoints.rs, and what PyTorch says of them.

    python3 tests/golden/checkpoints/make.py

needs torch, numpy and safetensors, and writes beside this file one small
convolutional network with batch norm in every format and type, files that are to
be refused, and golden.json: shape and sum of every array in float64, an
image, and the network's outputs on it before and after batch norm was folded by
torch.nn.utils.fusion.
"""

import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

HERE = Path(__file__).parent
torch.manual_seed(20170226)


class Net(nn.Module):
    """Two convolutions with batch norm, the mean over the image, a linear layer."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 6, 3)
        self.bn1 = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 8, 3, bias=False)
        self.bn2 = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(self.bn2(self.conv2(x)))
        return self.fc(x.mean((2, 3)))


net = Net()
with torch.no_grad():
    for norm in [net.bn1, net.bn2]:
        norm.weight.uniform_(0.5, 2.0)
        norm.bias.normal_()
        norm.running_mean.normal_()
        # Small variances, where eps matters.
        norm.running_var.uniform_(0.005, 0.5)
net.eval()
state = net.state_dict()

files = {}


def note(name, arrays):
    """Shape and float64 sum of the arrays of a file, in its order."""
    files[name] = [
        {"name": key, "shape": list(a.shape), "sum": a.double().sum().item()}
        for key, a in arrays.items()
    ]


def weights(arrays, dtype=None):
    """The arrays that are weights, cast."""
    floating = {k: v for k, v in arrays.items() if v.dtype.is_floating_point}
    return {k: v.to(dtype or v.dtype) for k, v in floating.items()}


def save(name, arrays, content=None, **options):
    torch.save(content if content is not None else arrays, HERE / name, **options)
    note(name, weights(arrays))


save("net.pt", state)
save_file(state, HERE / "net.safetensors")
note("net.safetensors", weights(state))
np.savez(HERE / "net.npz", **{k: v.numpy() for k, v in state.items()})
note("net.npz", weights(state))
np.savez_compressed(HERE / "compressed.npz", **{k: v.numpy() for k, v in state.items()})
note("compressed.npz", weights(state))
np.savez(
    HERE / "types.npz",
    **{
        "double": state["conv2.weight"].double().numpy() / 3,
        "half": state["conv2.weight"].half().numpy(),
        "fortran": np.asfortranarray(state["conv2.weight"].numpy()),
        "big": state["conv2.weight"].numpy().astype(">f4"),
        "big_half": state["fc.weight"].numpy().astype(">f2"),
        "integers": np.arange(3),
        "empty": np.zeros((0, 3), np.float32),
        "text": np.array("adam"),
        "record": np.zeros(2, [("a", "f4"), ("b", "i4")]),
    },
)
note(
    "types.npz",
    {
        "double": (state["conv2.weight"].double() / 3).float(),
        "half": state["conv2.weight"].half(),
        "fortran": state["conv2.weight"],
        "big": state["conv2.weight"],
        "big_half": state["fc.weight"].half(),
    },
)

for name, dtype in [("half", torch.float16), ("bfloat", torch.bfloat16), ("double", torch.float64)]:
    cast = weights(state, dtype)
    save(f"{name}.pt", cast)
    save_file(cast, HERE / f"{name}.safetensors")
    note(f"{name}.safetensors", cast)

storage = torch.arange(60, dtype=torch.float32).sin()
strided = {
    "transposed": storage[:12].view(3, 4).t(),
    "offset": storage[20:32].view(4, 3),
    "every_other": storage[3:43:2].view(4, 5)[:, ::2],
    "permuted": storage[:24].view(2, 3, 4).permute(2, 0, 1),
    "expanded": storage[5:8].view(3, 1).expand(3, 7),
    "shared": storage,
    "scalar": torch.tensor(2.5),
    "other": torch.tensor([[1.5, -2.0]]),
}
others = {"empty": torch.zeros(0, 3), "counter": torch.tensor(7), "float8": torch.ones(2, 2).to(torch.float8_e4m3fn)}
save("strided.pt", strided, {**strided, **others})
# Exact values, so that the order of the numbers is checked, not their sum alone.
files["strided.pt"] = [{**f, "values": strided[f["name"]].reshape(-1).tolist()} for f in files["strided.pt"]]

optimizer = torch.optim.Adam(net.parameters(), 1e-3)
net(torch.randn(4, 2, 8, 8)).sum().backward()
optimizer.step()
net.load_state_dict(state := {k: v.clone() for k, v in torch.load(HERE / "net.pt").items()})
save(
    "nested.pt",
    weights(state),
    {"epoch": 3, "state_dict": state, "optimizer": optimizer.state_dict(), "device": torch.device("cpu"), "best": 0.93},
)
parameters = dict(net.named_parameters())
save("parameters.pt", parameters, {"model": parameters, "dtype": torch.float32}, pickle_protocol=4)

# To be refused.
torch.save(state, HERE / "legacy.pt", _use_new_zipfile_serialization=False)
torch.save(net.fc, HERE / "module.pt")
torch.jit.script(nn.Linear(2, 1)).save(HERE / "script.pt")
with zipfile.ZipFile(HERE / "malicious.pt", "w") as archive:
    command = b"touch called-by-a-pickle"
    archive.writestr("archive/data.pkl", b"\x80\x02cos\nsystem\nX" + struct.pack("<I", len(command)) + command + b"\x85R.")
    archive.writestr("archive/byteorder", "little")

double = net.double()
image = torch.randn(1, 2, 8, 8, dtype=torch.float64)
with torch.no_grad():
    golden = {
        "files": files,
        "epsilon": net.bn1.eps,
        "image": {"shape": list(image.shape[1:]), "values": image.flatten().tolist()},
        "first": {
            "before": double.bn1(double.conv1(image)).flatten().tolist(),
            "after": fuse_conv_bn_eval(double.conv1, double.bn1)(image).flatten().tolist(),
        },
        "outputs": double(image).flatten().tolist(),
    }
(HERE / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")

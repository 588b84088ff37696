"""One epoch of the paper's VAE on MNIST without nines: vaelib, its loop with autograd, the usual tutorial, pythae.

Same network, batch, learning rate and number of images; none of them tests, saves or prints inside of what is timed.
"""

import contextlib
import io
import tempfile
import time
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn
from torchvision import datasets, transforms

from benchmarks import machine
from vaelib import data, paths, provenance
from vaelib.closed_form import ClosedForm
from vaelib.determinism import deterministic
from vaelib.models import VAE
from vaelib.objectives import Autograd, negative_elbo
from vaelib.training import Batches, train_epoch

BATCH, LEARNING_RATE, LATENT = 128, 1e-3, 50
PARTITION, IMAGES = "mnist/train-without-9", 54_051  # in an epoch


class Measured(NamedTuple):
    """One process's epochs, and what its core could do meanwhile."""

    seconds: float  # an epoch
    matmul_gflops: float | None  # mean of just before and just after; of a contestant that has a core to itself
    peak_memory: int  # bytes


def measure(contestant: str, hidden: tuple[int, ...], epochs: int, start: Callable) -> Measured:
    """Time epochs, after one that is not counted."""
    own_core = contestant in OWN_CORE
    with CONTESTANTS[contestant](hidden) as epoch:
        epoch()
        start()
        before = machine.matmul_rate() if own_core else None
        began = time.perf_counter()
        for _ in range(epochs):
            epoch()
        took = (time.perf_counter() - began) / epochs
        rate = (before + machine.matmul_rate()) / 2 if own_core else None
        return Measured(took, rate, provenance.peak_memory())


@contextlib.contextmanager
def vaelib_as_it_is(hidden):
    """A worker of the sweep."""
    with deterministic():
        yield _epoch(ClosedForm(VAE(hidden, LATENT), data.partition(PARTITION).images, beta=1.0))


@contextlib.contextmanager
def vaelib_autograd(hidden):
    """The same with the plain objective."""
    with deterministic():
        yield _epoch(Autograd(VAE(hidden, LATENT), data.partition(PARTITION).images, (LATENT,), negative_elbo_loss))


def negative_elbo_loss(vae, x, noise, step):
    """The loss as the plain objective asks for it."""
    return negative_elbo(vae, x, noise)


def _epoch(objective):
    optimizer = torch.optim.Adam(objective.parameters, lr=LEARNING_RATE, fused=True)
    batches = Batches(IMAGES, BATCH, objective.noise, torch.Generator().manual_seed(0))
    return lambda: train_epoch(objective, optimizer, batches)


@contextlib.contextmanager
def tutorial(hidden):
    """A VAE as tutorials write it: a data loader with transforms, cross-entropy on probabilities, default Adam."""
    everything = datasets.MNIST(paths.data(), train=True, transform=transforms.ToTensor())
    seen = (everything.targets != 9).nonzero().flatten().tolist()
    loader = torch.utils.data.DataLoader(torch.utils.data.Subset(everything, seen), batch_size=BATCH, shuffle=True)
    model = TutorialVAE(hidden)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)

    def epoch():
        total = 0.0
        for x, _ in loader:
            x = x.view(-1, 784)
            output, mean, log_variance = model(x)
            distortion = F.binary_cross_entropy(output, x, reduction="sum")
            rate = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
            loss = (distortion + rate) / len(x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()

    yield epoch


class TutorialVAE(nn.Module):
    """Encoder, reparameterisation and decoder in one module, ending in probabilities."""

    def __init__(self, hidden):
        super().__init__()
        sizes = (784, *hidden)
        self.encoder = nn.Sequential(
            *(layer for pair in zip(sizes, sizes[1:], strict=False) for layer in _block(*pair))
        )
        self.mean, self.log_variance = nn.Linear(sizes[-1], LATENT), nn.Linear(sizes[-1], LATENT)
        sizes = (LATENT, *reversed(hidden))
        blocks = (layer for pair in zip(sizes, sizes[1:], strict=False) for layer in _block(*pair))
        self.decoder = nn.Sequential(*blocks, nn.Linear(sizes[-1], 784), nn.Sigmoid())

    def forward(self, x):
        h = self.encoder(x)
        mean, log_variance = self.mean(h), self.log_variance(h)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return self.decoder(z), mean, log_variance


@contextlib.contextmanager
def pythae(hidden):
    """pythae's VAE and trainer, with its own data set class and default workers."""
    from pythae.data.datasets import BaseDataset
    from pythae.models import VAE as PythaeVAE
    from pythae.models import VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.trainers import BaseTrainer, BaseTrainerConfig

    class Encoder(BaseEncoder):
        def __init__(self):
            super().__init__()
            sizes = (784, *hidden)
            self.layers = nn.Sequential(
                *(part for i, o in zip(sizes, sizes[1:], strict=False) for part in _block(i, o))
            )
            self.embedding, self.log_var = nn.Linear(sizes[-1], LATENT), nn.Linear(sizes[-1], LATENT)

        def forward(self, x):
            h = self.layers(x.reshape(-1, 784))
            return ModelOutput(embedding=self.embedding(h), log_covariance=self.log_var(h))

    class Decoder(BaseDecoder):
        def __init__(self):
            super().__init__()
            sizes = (LATENT, *reversed(hidden))
            blocks = (part for i, o in zip(sizes, sizes[1:], strict=False) for part in _block(i, o))
            self.layers = nn.Sequential(*blocks, nn.Linear(sizes[-1], 784), nn.Sigmoid())

        def forward(self, z):
            return ModelOutput(reconstruction=self.layers(z).reshape(-1, 1, 28, 28))

    images = data.partition(PARTITION).images.reshape(-1, 1, 28, 28)
    config = VAEConfig(input_dim=(1, 28, 28), latent_dim=LATENT, reconstruction_loss="bce")
    with tempfile.TemporaryDirectory() as folder:
        settings = BaseTrainerConfig(
            output_dir=folder, per_device_train_batch_size=BATCH, learning_rate=LEARNING_RATE, no_cuda=True
        )
        model = PythaeVAE(config, encoder=Encoder(), decoder=Decoder())
        trainer = BaseTrainer(model, BaseDataset(images, torch.ones(len(images))), training_config=settings)
        trainer.prepare_training()

        def epoch():
            with contextlib.redirect_stderr(io.StringIO()):  # a bar for each epoch
                trainer.train_step(epoch=1)

        yield epoch


def _block(inputs, outputs):
    return nn.Linear(inputs, outputs), nn.ReLU()


def products(hidden: tuple[int, ...]) -> float:
    """Floating-point operations in the matrix products of a training step, for one image.

    Forward, gradient of the weights and gradient of the inputs, but of the images, which need none.
    """
    encoder, decoder = (784, *hidden, 2 * LATENT), (LATENT, *reversed(hidden), 784)
    layers = [i * o for sizes in (encoder, decoder) for i, o in zip(sizes, sizes[1:], strict=False)]
    return 2.0 * (3 * sum(layers) - layers[0])


OWN_CORE = ("vaelib", "autograd")  # one thread each, a worker a core; the others take all cores that PyTorch gives them
CONTESTANTS = {"vaelib": vaelib_as_it_is, "autograd": vaelib_autograd, "tutorial": tutorial, "pythae": pythae}

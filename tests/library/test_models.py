"""The paper's architectures: shapes, mirrored sizes, numbers of parameters."""

import pytest
import torch
from torch import nn

from vaelib.models import VAE, decoder_parameters
from vaelib.novelty.experiments import ARCHITECTURES, DEEP


def sizes(network: nn.Module) -> list[int]:
    linear = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
    return [linear[0].in_features, *(layer.out_features for layer in linear)]


def test_the_decoder_mirrors_the_encoder():
    vae = VAE(DEEP, 50)
    assert sizes(vae.encoder) == [784, 400, 200, 100, 100]  # mean and log standard deviation of 50 dimensions
    assert sizes(vae.decoder) == [50, 100, 200, 400, 784]


def test_relu_stands_between_layers_and_not_at_the_end():
    kinds = [type(layer) for layer in VAE((10, 5), 2).decoder.layers]
    assert kinds == [nn.Linear, nn.ReLU, nn.Linear, nn.ReLU, nn.Linear]


@pytest.mark.parametrize("hidden", ARCHITECTURES, ids=str)
def test_decoder_parameters_counts_what_the_decoder_has(hidden):
    counted = sum(parameter.numel() for parameter in VAE(hidden, 50).decoder.parameters())
    assert decoder_parameters(hidden, 50) == counted


def test_published_axis_starts_at_the_linear_decoder():
    assert decoder_parameters((), 50) == 50 * 784 + 784


def test_encoding_many_images_in_parts_changes_nothing():
    vae, x = VAE((20,), 3), torch.rand(10, 784)
    for whole, parts in zip(vae.encoder(x), vae.encode(x, chunk=4), strict=True):
        torch.testing.assert_close(whole, parts)


def test_output_is_the_sigmoid_of_the_logits():
    vae, z = VAE((20,), 3), torch.randn(4, 3)
    torch.testing.assert_close(vae.decoder.output(z), vae.decoder(z).sigmoid())

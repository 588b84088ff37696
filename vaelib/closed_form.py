"""The paper's objective with its gradient written out, for speed.

A step of training is a few matrix products and little else. Written out, backpropagation keeps to that: intermediate
results have places in memory that all steps share, biases ride along in the products, the cross-entropy costs no more
than its derivative σ(logit) − x, and all parameters lie in one vector, which the optimizer walks through once.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from vaelib.models import VAE
from vaelib.objectives import Terms, check_pixels, come_in


class ClosedForm:
    """The objective that ``Autograd`` makes of ``negative_elbo``, faster; tests hold one against the other.

    The model's parameters are moved into one vector, and their gradients into another; the model goes on using them
    there.

    Parameters
    ----------
    vae
        The model.
    images
        The training images, shape (N, 784), pixels in [0, 1].
    beta
        Weight β of the rate.
    warm_up
        Number of steps over which this weight rises from 0, in proportion to them; without it the weight is constant.

    Raises
    ------
    ValueError
        When a pixel lies outside [0, 1].
    """

    def __init__(self, vae: VAE, images: Float[Tensor, "n 784"], beta: float, warm_up: int = 0):
        check_pixels(images)  # once; the steps take them as they are
        self.images, self.beta, self.warm_up = images, beta, warm_up
        parts = [
            [layer for layer in part.layers if isinstance(layer, nn.Linear)] for part in (vae.encoder, vae.decoder)
        ]
        vector, vector.grad, self.encoder, self.decoder = _in_one_vector(*parts)
        self.parameters, self.noise = [vector], (self.encoder[-1].matrix.shape[1] // 2,)
        self._workspaces: dict[int, _Workspace] = {}  # by size of the batch: the last one of an epoch is smaller

    @torch.inference_mode()
    def __call__(self, rows: Int[Tensor, "n"], epsilon: Float[Tensor, "n d"], step: int) -> Terms:
        """Leave the gradient of the batch ``images[rows]``; its distortion and rate."""
        n = len(rows)
        beta = self.beta * come_in(step, self.warm_up)
        if n not in self._workspaces:
            self._workspaces[n] = _Workspace(n, self.encoder, self.decoder)
        w = self._workspaces[n]
        x = torch.index_select(self.images, 0, rows, out=w.x)

        _forward(self.encoder, w.encoder, w.code)
        torch.exp(w.log_std, out=w.std)
        torch.addcmul(w.mean, w.std, epsilon, out=w.z)  # z ~ q(z|x)
        _forward(self.decoder, w.decoder, w.logits)

        output = torch.sigmoid(w.logits, out=w.output)  # x̂
        distortion = _distortion(x, w.logits, output, w.scratch)
        squares = torch.addcmul(w.one, w.std, w.std, value=-1, out=w.squares)  # 1 − s²
        rate = 0.5 * (w.mean.square().sum() - squares.sum()) - w.log_std.sum()

        d_logits = torch.sub(output, x, out=output).mul_(1 / n)  # ∂/∂logit of the mean over images, and from there back
        d_z = _backward(self.decoder, w.decoder, d_logits, to_inputs=True)
        torch.add(d_z, w.mean, alpha=beta / n, out=w.d_mean)
        torch.mul(d_z, w.std, out=w.d_log_std).mul_(epsilon).sub_(squares, alpha=beta / n)
        _backward(self.encoder, w.encoder, w.d_code, to_inputs=False)
        return {"distortion": distortion, "rate": rate}


class _Layer:
    """A linear layer as one matrix (inputs + 1, outputs): its weights, transposed, above its bias."""

    def __init__(self, linear: nn.Linear, values: Tensor, gradient: Tensor):
        shape = (linear.in_features + 1, linear.out_features)
        self.matrix, self.gradient = values.view(shape), gradient.view(shape)
        self.matrix[:-1], self.matrix[-1] = linear.weight.detach().T, linear.bias.detach()
        self.weight = self.matrix[:-1].T
        linear.weight.data, linear.bias.data = self.weight, self.matrix[-1]
        linear.weight.grad, linear.bias.grad = self.gradient[:-1].T, self.gradient[-1]


class _Inputs:
    """Inputs of a layer for n images: ``values``, beside a column of ones that meets the bias; and their gradient."""

    def __init__(self, n: int, layer: _Layer):
        self.with_ones = layer.matrix.new_ones(n, len(layer.matrix))
        self.values = self.with_ones[:, :-1]
        self.transposed = self.with_ones.T
        self.gradient = layer.matrix.new_empty(self.values.shape)


class _Workspace:
    """Places for the intermediate results of n images; fresh memory at each step would cost more than arithmetic."""

    def __init__(self, n: int, encoder: list[_Layer], decoder: list[_Layer]):
        def empty(columns: int) -> Tensor:
            return encoder[0].matrix.new_empty(n, columns)

        self.encoder, self.decoder = [_Inputs(n, layer) for layer in encoder], [_Inputs(n, layer) for layer in decoder]
        self.x, self.z = self.encoder[0].values, self.decoder[0].values
        self.code, self.d_code = empty(2 * self.z.shape[1]), empty(2 * self.z.shape[1])
        self.mean, self.log_std = self.code.chunk(2, dim=1)
        self.d_mean, self.d_log_std = self.d_code.chunk(2, dim=1)
        self.std, self.squares = empty(self.z.shape[1]), empty(self.z.shape[1])
        self.logits, self.output, self.scratch = (empty(self.x.shape[1]) for _ in range(3))
        self.one = self.code.new_ones(())


def _in_one_vector(*parts: list[nn.Linear]) -> tuple:
    """Two vectors, the parameters and their gradients, and for each part of the model its layers, which lie in them."""
    sizes = [(linear.in_features + 1) * linear.out_features for part in parts for linear in part]
    parameters = torch.zeros(sum(sizes), device=parts[0][0].weight.device)
    gradient = torch.zeros_like(parameters)
    pieces = zip(parameters.split(sizes), gradient.split(sizes), strict=True)
    return parameters, gradient, *([_Layer(linear, *next(pieces)) for linear in part] for part in parts)


def _forward(layers: list[_Layer], inputs: list[_Inputs], output: Tensor) -> None:
    """From the first layer's inputs to ``output``, with ReLU between the layers."""
    for layer, here, following in zip(layers, inputs, inputs[1:], strict=False):
        torch.mm(here.with_ones, layer.matrix, out=following.values).relu_()
    torch.mm(inputs[-1].with_ones, layers[-1].matrix, out=output)


def _backward(layers: list[_Layer], inputs: list[_Inputs], d_output: Tensor, *, to_inputs: bool) -> Tensor:
    """From the gradient of the last layer's output to that of all parameters and, if asked for, of the inputs."""
    for number in reversed(range(len(layers))):
        layer, h = layers[number], inputs[number]
        torch.mm(h.transposed, d_output, out=layer.gradient)
        if number or to_inputs:
            d_output = torch.mm(d_output, layer.weight, out=h.gradient)
        if number:
            d_output.mul_(h.values.sign_())  # the derivative of h = max(0, ·) is its sign
    return d_output


def _distortion(x: Tensor, logits: Tensor, output: Tensor, scratch: Tensor) -> Tensor:
    """Σ max(l, 0) − x l + log(1 + e^−|l|): the cross-entropy with output σ(l); destroys the logits l."""
    # log(1 + e^−|l|) = −log max(σ, 1 − σ); one logarithm for the product of n numbers, each at least a half
    certain = torch.maximum(torch.sub(output.new_ones(()), output, out=scratch), output, out=scratch)
    groups = next(size for size in (16, 8, 4, 2, 1) if certain.numel() % size == 0)
    uncertainty = certain.view(groups, -1).prod(0).log_().sum()
    agreement = torch.mul(x, logits, out=scratch).sum()
    return logits.relu_().sum() - agreement - uncertainty

def denoise(y, sigma, images):
    """The best denoiser's answers to noisy images (K, P), given the images (N, P)."""
    logs = -((y[:, None] - images) ** 2).sum(2) / (2 * sigma**2)
    weights = np.exp(logs - logs.max(1, keepdims=True))
    return weights @ images / weights.sum(1, keepdims=True)


def sample(y, sigmas, images):
    """From noise y (K, P), of the first of the sigmas, to images."""
    for sigma, quieter in zip(sigmas, [*sigmas[1:], 0.0], strict=True):
        answer = denoise(y, sigma, images)
        y = answer + quieter / sigma * (y - answer)
    return answer

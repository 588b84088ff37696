def elbo(x, W, sigma, m, s):
    """E_q[log p(x | z)] − KL(q(z | x) ‖ p(z)), in nats."""
    square = ((x - W @ m) ** 2).sum() + (s**2 * (W**2).sum(0)).sum()
    distortion = (square / sigma**2 + len(x) * np.log(2 * np.pi * sigma**2)) / 2
    rate = (m**2 + s**2 - 1 - 2 * np.log(s)).sum() / 2
    return -distortion - rate


def best_posterior(x, W, sigma):
    """The m and s of the best q(z | x) whose dimensions are independent."""
    precision = np.eye(W.shape[1]) + W.T @ W / sigma**2  # of the true posterior
    m = np.linalg.solve(precision, W.T @ x / sigma**2)
    return m, 1 / np.sqrt(precision.diagonal())

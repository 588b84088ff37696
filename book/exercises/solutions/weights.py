def log_weights(z, means, log_stds):
    """log w_i(z) of K codes (K, D) for N clouds (N, D) each; a (K, N) array."""
    distances = (z[:, None] - means) / np.exp(log_stds)
    logs = -(distances**2).sum(2) / 2 - log_stds.sum(1)
    logs -= logs.max(1, keepdims=True)
    return logs - np.log(np.exp(logs).sum(1, keepdims=True))

def average(z, parts):
    """μ(z) at one code (D,); parts gives means, log_stds, images."""
    highest, weight, summed = -np.inf, 0.0, 0.0
    for means, log_stds, images in parts:
        distances = (z - means) / np.exp(log_stds)
        logs = -(distances**2).sum(1) / 2 - log_stds.sum(1)
        before, highest = highest, max(highest, logs.max())
        terms, shrunk = np.exp(logs - highest), np.exp(before - highest)
        weight = shrunk * weight + terms.sum()
        summed = shrunk * summed + terms @ images
    return summed / weight

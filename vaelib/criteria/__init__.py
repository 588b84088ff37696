"""Criteria beyond the ELBO, and the sequential VAE (Zhao, Song and Ermon 2017)."""

"""What really decides whether a VAE draws what it never saw: the code, the decoder, the training set, or depth."""

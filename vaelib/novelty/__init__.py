"""Can VAEs Generate Novel Examples? (Bozkurt et al. 2018): the paper of this book. ``paper.PAPER`` declares it."""

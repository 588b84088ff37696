"""Yacoby, Pan and Doshi-Velez, *Characterizing and Avoiding Problematic Global Optima of Variational Autoencoders*.

Only the paper's abstract was at hand. What is here is a likelihood-first procedure, reconstructed from it.
"""

"""Can VAEs Generate Novel Examples? The models, Theorem 1 and the evaluations behind the book."""

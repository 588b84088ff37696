"""The two-stage VAE: "Diagnosing and Enhancing VAE Models" (Dai & Wipf 2019), and what its samples are made of."""

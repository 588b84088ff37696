"""The statements of the paper that are judged, each with what it is measured on."""

from vaelib.novelty.subjects import CODES, DIGITS, FIGURES, TRAINING
from vaelib.pages.claims import Claim

CLAIMS = (
    Claim(
        "seen-similar",
        "Section 2, Figure 1",
        "trained on all digits, output and weighted average look alike",
        FIGURES[1],
    ),
    Claim(
        "one-example", "Section 2, Figure 1", "for most test images one training image carries the weight", FIGURES[1]
    ),
    Claim("k-nn", "Section 2, Figure 1", "this is k-nearest-neighbour matching with k = 1", CODES),
    Claim(
        "depth-keeps-perplexity",
        "Section 2, Figure 1",
        "shallow and deep have similar histograms of perplexity",
        FIGURES[1],
    ),
    Claim(
        "not-the-average",
        "Section 2, Figure 1",
        "shallow, without nines: outputs are not similar to the average",
        FIGURES[1],
    ),
    Claim(
        "shallow-generalises", "Section 2, Figure 2", "the shallow VAE reconstructs nines that it never saw", FIGURES[2]
    ),
    Claim("shallow-nearer-input", "Section 2, Figure 2", "shallow, without nines: nearer to the input", FIGURES[2]),
    Claim(
        "deep-nearer-average", "Section 2, Figure 2", "deep, without nines: nearer to the weighted average", FIGURES[2]
    ),
    Claim(
        "changes-the-decoder",
        "Section 2, Figures 1 and 2",
        "complexity changes the decoder, not the encoder",
        FIGURES[1],
    ),
    Claim("deltas", "Section 2, Figure 3", "mini-MNIST's posteriors converge to delta distributions", FIGURES[3]),
    Claim("cells", "Section 2, Figure 3", "one training image has all the weight nearly everywhere", FIGURES[3]),
    Claim(
        "nearest-in-plane",
        "Section 2, Figure 3",
        "the weighted average is the nearest neighbour in the latent space",
        FIGURES[3],
    ),
    Claim(
        "capacity",
        "Section 2.1, Figure 4",
        "the more capacity, the nearer to the average, not to the input",
        FIGURES[4],
    ),
    Claim("overfit", "Section 2.1, Figure 4", "complex VAEs overfit and therefore fail", TRAINING),
    Claim("layers-over-parameters", "Section 2.1, Figure 4", "layers matter more than parameters", FIGURES[4]),
    Claim(
        "single-layer-always",
        "Section 2.1, Figure 4",
        "one hidden layer matches the input whatever its size",
        FIGURES[4],
    ),
    Claim("close-to-neighbours", "Abstract", "deep outputs are closely approximated by nearest neighbours", FIGURES[1]),
    Claim("all-digits", "Figures 4 to 13, our sentence", "both shares of Figure 2, whatever the digit", DIGITS),
)

OF_THE_STUDY = {
    "depth-is-a-proxy": "the number of code dimensions decides whether the unseen is drawn, depth does not",
    "proxy-of-other-digits": "for other digits, too, the number of code dimensions decides, depth does not",
    "deep-catches-up": "with a wide code and fifty epochs, the deep VAE draws other digits as the shallow one does",
    "proxy-of-architectures": "over the architectures, too, the number of code dimensions decides, depth does not",
    "premise": "where its premise is made true, the decoder is the best one",
    "few-from-memory": "with few images, each of two models answers from its own",
    "many-agree": "with many images, two models that share none answer alike",
    "pair": "of two convolutional VAEs the shallow one draws the unseen, the deep one its average",
    "ten-digits": "of every digit, with every seed, the shallow VAE draws the unseen, the deep one its average",
    "the-encoder-decides": "the encoder decides whether the unseen is drawn: by its depth, and by what it saw",
    "the-decoder-decides": "the decoder decides whether the unseen is drawn: by its depth, and by what it saw",
    "mostly-the-decoders": "most of what an unseen digit costs more than a seen one is the decoder's",
    "mostly-the-encoders": "most of what an unseen digit costs more than a seen one is the encoder's",
}
SAYS = {claim.identity: claim.says for claim in CLAIMS} | OF_THE_STUDY

"""The statements that are judged: those of the abstract in words of ours, and ours."""

from vaelib.likelihood_first.subjects import CLOSED, DIGITS, DRIFTS, ENDS, TWIN_CURVES
from vaelib.pages.claims import Claim

CLAIMS = (
    Claim("equal-optima", "Abstract", "models that explain data equally well differ in what their codes say", CLOSED),
    Claim("biased-objective", "Abstract", "the objective may prefer a model that explains the data worse", CLOSED),
    Claim("unidentifiable", "Abstract", "many models explain the data equally well", TWIN_CURVES),
    Claim("leaves-the-truth", "ours", "training leaves the truth for a model with easier posteriors", DRIFTS),
    Claim("captures-the-data", "Abstract", "likelihood first captures the data where the ELBO does not", ENDS),
    Claim("prior-matches", "ours", "with likelihood first the aggregate of the codes matches the prior", ENDS),
    Claim("samples-match", "ours", "samples of likelihood first are nearer to the data than the ELBO's", ENDS),
    Claim("benign-case", "ours", "where a model with easy posteriors explains the data, both methods find one", ENDS),
    Claim("digits-likelier", "ours", "likelihood first gives unseen digits the higher likelihood", DIGITS),
    Claim("digits-memorised-less", "ours", "likelihood first tells its training digits less apart", DIGITS),
    Claim("digits-nearer-the-theorem", "ours", "likelihood first's decoder is nearer to Theorem 1's", DIGITS),
)

SAYS = {claim.identity: claim.says for claim in CLAIMS}

"""Train on the ELBO and on reconstruction alone, fit priors to the codes, and measure log p(x) on the way."""

"""What the project's speed is, as ratios within one run on one machine: ``make bench``."""

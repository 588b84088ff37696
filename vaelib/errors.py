"""Errors for people: each says what was expected, what was found and what to do."""


class VaelibError(Exception):
    """Anything that vaelib refuses to do; the message says what to do instead."""


class FileIsDamaged(VaelibError):
    """A file's content is not what its check-sum says."""


class DataNotFound(VaelibError):
    """No source of a data set answered."""


class UnknownName(VaelibError):
    """A partition, an experiment or a figure that does not exist."""


class InvalidParameters(VaelibError):
    """A notebook's parameter that is misspelt, missing or impossible."""


class TrainingDiverged(VaelibError):
    """The objective is no longer a finite number."""


class NotPublished(VaelibError):
    """Something that the published results do not hold and that was not asked to be computed."""


class NothingAsked(VaelibError):
    """A question without a drawing, or to no model."""

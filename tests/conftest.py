"""What all tests share."""

from hypothesis import settings

# The first example pays for imports and compilation; what is slow, benchmarks tell.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

"""The pass over a log on many machines: parts where the rows lie, sums where parcels meet."""

from stillhunt.spread.gather import gather

__all__ = ["gather"]

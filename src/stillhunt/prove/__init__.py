"""Verdicts beside the truth: what was found, who was wronged, and how sure that is."""

from stillhunt.prove.leak import Leak, Look, Moment, PlantedHarvest, Replayed, leak
from stillhunt.prove.scores import (
    CalibrationBin,
    CampaignScore,
    ClassScore,
    ExchangeScore,
    Interval,
    RecallAt,
    Score,
)
from stillhunt.prove.scoring import score

__all__ = [
    "CalibrationBin",
    "CampaignScore",
    "ClassScore",
    "ExchangeScore",
    "Interval",
    "Leak",
    "Look",
    "Moment",
    "PlantedHarvest",
    "RecallAt",
    "Replayed",
    "Score",
    "leak",
    "score",
]

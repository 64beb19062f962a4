"""Innocent explanations: one file, one line in ``EXPLANATIONS``. Each is asked of every ring."""

from typing import Final

from stillhunt.judge.explanations.aggregator import Aggregator
from stillhunt.judge.explanations.answer import Answer, Case, Explanation
from stillhunt.judge.explanations.batch_job import BatchJob
from stillhunt.judge.explanations.classroom import Classroom
from stillhunt.judge.explanations.company_seats import CompanySeats
from stillhunt.judge.explanations.evaluation_harness import EvaluationHarness
from stillhunt.judge.explanations.hourly_ci import HourlyCI
from stillhunt.judge.explanations.load_test import LoadTest
from stillhunt.judge.explanations.model_migration import ModelMigration
from stillhunt.judge.explanations.shared_account import SharedAccount
from stillhunt.judge.explanations.shared_product import SharedProduct
from stillhunt.judge.explanations.viral_day import ViralDay

EXPLANATIONS: Final[tuple[Explanation, ...]] = (
    Aggregator(),
    BatchJob(),
    Classroom(),
    CompanySeats(),
    EvaluationHarness(),
    HourlyCI(),
    LoadTest(),
    ModelMigration(),
    SharedAccount(),
    SharedProduct(),
    ViralDay(),
)

__all__ = ["EXPLANATIONS", "Answer", "Case", "Explanation"]

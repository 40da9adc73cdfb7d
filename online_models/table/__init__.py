"""An online classifier for any labelled table: mixed columns, missing cells, late labels, drift."""

from online_models.table.classifier import TableClassifier

__all__ = ["TableClassifier"]

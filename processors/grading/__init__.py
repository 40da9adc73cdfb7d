"""Grades: what is known of a customer, and the sum that makes a grade of it."""

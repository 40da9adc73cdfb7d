"""The data of the sample; see ATTRIBUTION.md."""

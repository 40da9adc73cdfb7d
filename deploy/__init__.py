"""Files that are deployed with the code: settings, rule books, dashboards, the data of the sample."""

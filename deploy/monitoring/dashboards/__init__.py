"""Grafana's dashboards, written as rows of panels and made into JSON: `python -m deploy.monitoring`."""
